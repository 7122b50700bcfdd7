from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0013_plain_help_texts'),
        ('tracker', '0038_sentences_of_constraints'),
    ]

    operations = [
        migrations.AlterConstraint(
            model_name='quiethours',
            name='quiet_hours_once',
            constraint=models.UniqueConstraint(fields=('owner', 'weekday', 'starts'), name='quiet_hours_once', violation_error_message='There are quiet hours from that time on that weekday already.'),
        ),
        migrations.AlterConstraint(
            model_name='quiethours',
            name='quiet_hours_have_a_length',
            constraint=models.CheckConstraint(condition=models.Q(('starts', models.F('ends')), _negated=True), name='quiet_hours_have_a_length', violation_error_message='Quiet hours end at another time than they start.'),
        ),
    ]

import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tracker', '0037_confirmed_amounts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterConstraint(
            model_name='owner',
            name='owner_name_unique',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='owner_name_unique', violation_error_message='There is an owner of this name already.'),
        ),
        migrations.AlterConstraint(
            model_name='owner',
            name='owner_email_unique',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='owner_email_unique', violation_error_message='There is an owner with this address already.'),
        ),
        migrations.AlterConstraint(
            model_name='owner',
            name='owner_slack_name_unique',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('slack_name'), condition=models.Q(('slack_name', ''), _negated=True), name='owner_slack_name_unique', violation_error_message='There is an owner with this name in Slack already.'),
        ),
    ]

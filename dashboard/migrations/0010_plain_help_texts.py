from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dashboard', '0009_names_of_columns'),
    ]

    operations = [
        migrations.AlterField(
            model_name='reportsubscription',
            name='active',
            field=models.BooleanField(default=True, help_text='Off: this report is not sent, not even to an executive, who gets it otherwise.', verbose_name='active'),
        ),
    ]

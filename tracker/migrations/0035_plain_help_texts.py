from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tracker', '0034_terms_numbered'),
    ]

    operations = [
        migrations.AlterField(
            model_name='prioritypolicy',
            name='country',
            field=models.CharField(blank=True, help_text='Two letters, such as DE: on its public holidays the clock stands still.', max_length=2, verbose_name='country'),
        ),
        migrations.AlterField(
            model_name='prioritypolicy',
            name='subdivision',
            field=models.CharField(blank=True, help_text='State or province, such as BY for Bavaria, where it has holidays of its own.', max_length=10, verbose_name='subdivision'),
        ),
        migrations.AlterField(
            model_name='revenueprofile',
            name='grows',
            field=models.BooleanField(default=True, help_text='An open issue puts more at risk by the hour, twice as much after a week, and no more then.', verbose_name='grows with age'),
        ),
    ]

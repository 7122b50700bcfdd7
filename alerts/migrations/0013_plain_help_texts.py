import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0012_names_of_columns'),
    ]

    operations = [
        migrations.AlterField(
            model_name='channel',
            name='per_minute',
            field=models.PositiveIntegerField(default=30, help_text='So many messages in a minute at most; what is more goes out together as one.', validators=[django.core.validators.MinValueValidator(1)], verbose_name='per minute'),
        ),
    ]

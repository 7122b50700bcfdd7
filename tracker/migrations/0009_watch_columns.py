"""Since when an issue has its status and when somebody last worked on it, and from when on it is worth an alert."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('tracker', '0008_what_a_result_proves')]

    operations = [
        migrations.AddField(
            model_name='issue',
            name='status_since',
            field=models.DateTimeField(null=True, help_text='When it came to its status.'),
        ),
        migrations.AddField(
            model_name='issue',
            name='worked_at',
            field=models.DateTimeField(null=True, help_text='When somebody last wrote a note or moved its status.'),
        ),
        migrations.AddField(
            model_name='prioritypolicy',
            name='due_soon_hours',
            field=models.PositiveIntegerField(default=48, help_text='So many hours before its deadline an issue is due soon.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(87600)]),
        ),
        migrations.AddField(
            model_name='prioritypolicy',
            name='late_critical_hours',
            field=models.PositiveIntegerField(blank=True, help_text='… from which it is critical. Empty: never.', null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(87600)]),
        ),
        migrations.AddField(
            model_name='prioritypolicy',
            name='late_emergency_hours',
            field=models.PositiveIntegerField(blank=True, help_text='… from which it is an emergency. Empty: never.', null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(87600)]),
        ),
        migrations.AddField(
            model_name='prioritypolicy',
            name='late_warning_hours',
            field=models.PositiveIntegerField(blank=True, help_text='Hours past the deadline from which it is a warning; 0: at once. Empty: never.', null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(87600)]),
        ),
        migrations.AddField(
            model_name='prioritypolicy',
            name='stalled_hours',
            field=models.PositiveIntegerField(blank=True, help_text='After so many hours without a note, open work is stalled. Empty: never.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(87600)]),
        ),
    ]

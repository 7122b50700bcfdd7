"""Kept reports and reports by mail are called what people call them."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('dashboard', '0007_stake_rights'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='reportsubscription',
            options={'ordering': ('owner__name', 'period'), 'verbose_name': 'report by mail', 'verbose_name_plural': 'reports by mail'},
        ),
        migrations.AlterModelOptions(
            name='storedreport',
            options={'ordering': ('-as_of', '-pk'), 'verbose_name': 'report', 'verbose_name_plural': 'reports'},
        ),
    ]

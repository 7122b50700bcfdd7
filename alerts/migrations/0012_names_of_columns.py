"""Names of fields and models are marked for translation: the migrations know them, too."""

from django.db import migrations

from tracker.migrations._names import WriteNames


class Migration(migrations.Migration):
    dependencies = [("alerts", "0011_own_quiet_hours_rights"), ("tracker", "0028_validation_host_right")]
    operations = [WriteNames()]

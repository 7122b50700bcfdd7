"""Names of fields and models are marked for translation: the migrations know them, too."""

from django.db import migrations

from tracker.migrations._names import WriteNames


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0008_plain_report_names"), ("tracker", "0028_validation_host_right")]
    operations = [WriteNames()]

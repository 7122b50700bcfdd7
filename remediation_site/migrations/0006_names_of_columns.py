"""Names of fields and models are marked for translation: the migrations know them, too."""

from django.db import migrations

from tracker.migrations._names import WriteNames


class Migration(migrations.Migration):
    dependencies = [("remediation_site", "0005_calendar_feeds"), ("tracker", "0029_names_of_columns")]
    operations = [WriteNames()]

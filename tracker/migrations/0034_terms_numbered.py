"""Number the terms that were compared before there were numbers, so that one without a number says: read me."""

from django.db import migrations
from django.db.models import F


def number(apps, schema_editor):
    rows = apps.get_model("tracker", "AnalysisTerms").objects.using(schema_editor.connection.alias)
    rows.filter(compared=True, settled=None).update(settled=F("id"))


class Migration(migrations.Migration):
    dependencies = [("tracker", "0033_terms_settled")]

    operations = [migrations.RunPython(number, migrations.RunPython.noop)]

"""Auditors see from which rows on the audit is there, as they see everything else of the tracker."""

from django.db import migrations

from tracker.migrations._rights import NEEDED, giving


class Migration(migrations.Migration):
    dependencies = [("tracker", "0035_plain_help_texts"), *NEEDED]

    operations = [giving({"Auditor": ("view_anchor",)})]

"""Auditors see which hosts carry out runs, as they see everything else of the tracker."""

from django.db import migrations

from tracker.migrations._rights import NEEDED, giving


class Migration(migrations.Migration):
    dependencies = [("tracker", "0027_github_remote_id"), *NEEDED]

    operations = [giving({"Auditor": ("view_validationhost",)})]

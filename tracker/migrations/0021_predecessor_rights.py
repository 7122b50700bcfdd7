"""Who looks at what was taken over from the predecessor: managers and auditors."""

from django.db import migrations

from tracker.migrations._rights import NEEDED, giving


class Migration(migrations.Migration):
    dependencies = [("tracker", "0020_predecessor_entries"), *NEEDED]

    operations = [giving({"Manager": ("view_predecessorentry",), "Auditor": ("view_predecessorentry",)})]

"""Who pushes issues to GitHub, and who sees what became of them. Administrators set the repositories up."""

from django.db import migrations

from tracker.migrations._rights import NEEDED, giving

RIGHTS = {
    "Engineer": ("view_githublink",),
    "Manager": ("view_githublink", "add_githublink", "change_githublink", "view_githubrepository"),
    "Executive": ("view_githublink",),
    "Auditor": ("view_githublink", "view_githubrepository", "view_githubdelivery"),
}


class Migration(migrations.Migration):
    dependencies = [("tracker", "0024_github"), *NEEDED]

    operations = [giving(RIGHTS)]

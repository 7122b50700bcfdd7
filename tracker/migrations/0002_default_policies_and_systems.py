"""The policies that hold until somebody edits them, and systems that no product's name is in."""

from django.db import migrations

POLICIES = (("P0", 24), ("P1", 72), ("P2", 336), ("P3", 720))
SYSTEMS = (
    ("database", ("database", "databases", "db", "sql", "connection pool", "query", "queries", "replica")),
    ("cache", ("cache", "caches", "cached", "caching")),
    ("websocket", ("websocket", "websockets", "web socket", "web sockets", "wss")),
    ("authentication", ("authentication", "auth", "login", "logins", "oauth", "jwt", "sso", "mfa", "2fa", "access token", "password")),
    ("containers", ("container", "containers", "container image", "pod", "pods", "image registry")),
    ("frontend", ("frontend", "front end", "user interface", "ui", "browser", "browsers")),
    ("backend", ("backend", "back end", "server side", "api server", "app server", "application server")),
    ("health checks", ("health check", "health checks", "healthcheck", "healthchecks", "liveness", "readiness")),
)


def add_rows(apps, schema_editor):
    policy = apps.get_model("tracker", "PriorityPolicy")
    system = apps.get_model("tracker", "System")
    policies = [policy(priority=priority, hours=hours, calendar="24x7") for priority, hours in POLICIES]
    systems = [system(name=name, keywords="\n".join(keywords)) for name, keywords in SYSTEMS]
    policy.objects.bulk_create(policies, ignore_conflicts=True)
    system.objects.bulk_create(systems, ignore_conflicts=True)


def remove_rows(apps, schema_editor):
    """Remove what was added. A system that somebody has edited is somebody's, and stays."""
    apps.get_model("tracker", "PriorityPolicy").objects.filter(priority__in=dict(POLICIES)).delete()
    for name, keywords in SYSTEMS:
        rows = apps.get_model("tracker", "System").objects.filter(name=name, default_owner=None)
        rows.filter(keywords="\n".join(keywords)).delete()


class Migration(migrations.Migration):
    dependencies = [("tracker", "0001_rows")]

    operations = [migrations.RunPython(add_rows, remove_rows)]

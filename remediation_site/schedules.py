"""The table of schedules. `sync_schedules` and `up` write it to the database; nobody creates one by hand."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import Schedule

ONE_AT_A_TIME = 7_305_411_268  # the number of the lock, of this function alone


@dataclass(frozen=True)
class Row:
    """One function without arguments that runs again and again."""

    name: str
    function: str
    every: timedelta


SCHEDULES = (
    Row("purge task results", "remediation_site.tasks.purge_task_results", timedelta(days=1)),
    Row("purge sign-ins", "remediation_site.tasks.purge_sign_ins", timedelta(hours=1)),
    Row("purge answers of the API", "remediation_site.tasks.purge_api", timedelta(hours=1)),
    Row("seal the audit", "remediation_site.tasks.seal_audit", timedelta(minutes=1)),
    Row("reopen ended acceptances", "tracker.tasks.reopen_ended_acceptances", timedelta(minutes=15)),
    Row("look after validation runs", "tracker.tasks.look_after_validation", timedelta(minutes=1)),
    Row("compare analyses", "tracker.tasks.compare_analyses", timedelta(minutes=1)),
    Row("push to GitHub", "tracker.tasks.push_github", timedelta(minutes=1)),
    Row("follow GitHub", "tracker.tasks.follow_github", timedelta(minutes=1)),
    Row("purge calls of GitHub", "tracker.tasks.purge_github_deliveries", timedelta(days=1)),
    Row("purge drafts of imports", "tracker.tasks.purge_import_drafts", timedelta(hours=1)),
    Row("evaluate alerts", "alerts.tasks.evaluate_alerts", timedelta(minutes=settings.ALERT_INTERVAL_MINUTES)),
    Row("deliver messages", "alerts.tasks.deliver_messages", timedelta(minutes=1)),
    Row("send reports", "dashboard.tasks.send_reports", timedelta(minutes=15)),
    Row("purge ticks", "alerts.tasks.purge_ticks", timedelta(days=1)),
    Row("purge messages", "alerts.tasks.purge_messages", timedelta(hours=6)),
    Row("refresh figures", "dashboard.tasks.refresh_figures", timedelta(minutes=15)),
    Row("validate again at night", "tracker.tasks.validate_again", timedelta(minutes=15)),
)


def fields(row: Row) -> dict[str, object]:
    """The columns that the table decides; when it runs next is the queue's to say, as far as the interval allows."""
    return {
        "func": row.function,
        "schedule_type": Schedule.MINUTES,
        "minutes": int(row.every.total_seconds() // 60),
        "repeats": -1,
        "args": None,
        "kwargs": None,
        "hook": None,
        "cron": None,
        "cluster": None,
        "intended_date_kwarg": None,
    }


@transaction.atomic
def sync(rows: tuple[Row, ...] = SCHEDULES) -> int:
    """Make the database's schedules those of the table; how many rows that changed. Of two hosts the second waits."""
    if connection.vendor == "postgresql":  # SQLite lets one write at a time anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    changed = Schedule.objects.exclude(name__in=[row.name for row in rows]).delete()[0]
    for row in rows:
        same_name = Schedule.objects.filter(name=row.name).order_by("pk")
        if (first := same_name.first()) is None:
            Schedule.objects.create(name=row.name, **fields(row))
            changed += 1
            continue
        changed += same_name.exclude(pk=first.pk).delete()[0]  # names are not unique in the database
        changed += same_name.exclude(**fields(row)).update(**fields(row))
        latest = timezone.now() + row.every  # a shorter interval does not wait for the end of the longer one
        changed += same_name.filter(next_run__gt=latest).update(next_run=latest)
    return changed

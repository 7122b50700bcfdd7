"""Reports are kept in the database: there they are on every host, in each backup, and behind the rights of the site."""

import hashlib
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from dashboard.models import StoredReport
from dashboard.reports.document import document
from dashboard.reports.formats import Written
from dashboard.reports.report import Report

RIGHTS = ("dashboard.view_storedreport", "tracker.view_revenueprofile")  # a report tells of amounts


def keep(
    written: Written, *, now: datetime, actor: AbstractBaseUser | None = None, scheduled: bool = False
) -> tuple[StoredReport, bool]:
    """The row of the report, and whether it is new: what says the same in the same format is kept once."""
    return StoredReport.objects.get_or_create(
        period=written.report.period.kind,
        as_of=written.report.as_of,
        format=written.format,
        fingerprint=fingerprint(written.report),
        defaults={
            "content": written.content,
            "made_at": now,
            "made_by": actor,
            "made_by_name": actor.get_username() if actor else "",
            "scheduled": scheduled,
        },
    )


def fingerprint(report: Report) -> str:
    """The SHA-256 of what a report says; it does not depend on when it is made."""
    return hashlib.sha256(document(report, generated="").encode()).hexdigest()

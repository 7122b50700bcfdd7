"""Reports by mail: that of the week to executives, each to who subscribed to it.

A report that is due is made at the end of its period, kept, and put into the outbox of the alerts, all in one
transaction; the outbox sends it, tries again and confirms. So a report that was not sent is never taken for sent, and a
worker that stood still for days makes up for the latest one of each period, once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from alerts import mailings
from alerts.choices import MessageKind
from alerts.mailings import Planned
from dashboard.drawing import draw
from dashboard.metrics.filters import PERIODS, WEEK
from dashboard.models import ReportSubscription, StoredReport
from dashboard.png import png
from dashboard.reports import formats, report
from dashboard.reports.keeping import RIGHTS, keep
from dashboard.reports.moments import INSTANT, end_of, last_day_before
from dashboard.reports.report import Measure, Report
from tracker.choices import Role
from tracker.models import Analysis, Issue, Owner

CHARTS = ("exposure_trend", "on_time", "open_by_priority")  # with no name of a person or a stream in them
INTRO = gettext_lazy("As of {as_of}. The whole report, with tables and method, is on the site.")


@dataclass(frozen=True, slots=True)
class Readers:
    """Who gets a report, and who would but may not see reports."""

    owners: tuple[Owner, ...]
    refused: tuple[Owner, ...]


def readers(kind: str) -> Readers:
    """Executives get that of the week unless they do not want it; everybody what they subscribed to.

    Who has an account needs the right to see reports; who has none is an executive, or gets none.
    """
    chosen = dict(ReportSubscription.objects.filter(period=kind).order_by().values_list("owner", "active"))
    wanted = Q(pk__in=[owner for owner, active in chosen.items() if active])
    if kind == WEEK:
        wanted |= Q(role=Role.EXECUTIVE) & ~Q(pk__in=[owner for owner, active in chosen.items() if not active])
    found = [each for each in Owner.objects.filter(wanted).select_related("user").order_by("pk") if _is_here(each)]
    return Readers(tuple(each for each in found if may_read(each)), tuple(each for each in found if not may_read(each)))


def may_read(owner: Owner) -> bool:
    """Whether the person may have reports."""
    return owner.user.has_perms(RIGHTS) if owner.user else owner.role == Role.EXECUTIVE


def _is_here(owner: Owner) -> bool:
    return owner.user is None or owner.user.is_active


def plan(found: Report, stored: StoredReport | None, owners: Iterable[Owner], *, now: datetime) -> Planned:
    """Put the report into the outbox for these people; what was planned for the same moment stays as it is."""
    return mailings.plan(
        [owner.pk for owner in owners],
        kind=MessageKind.REPORT,
        key=key_of(found),
        body=body_of(found, stored, now),
        now=now,
    )


def key_of(found: Report) -> str:
    """What the mailing of a report is called: by its day, or by its second when that is not the end of a day."""
    at = timezone.localtime(found.as_of, timezone.get_default_timezone())
    whole = end_of(at.date()) == found.as_of
    return f"report:{found.period.kind}:{at:%Y-%m-%d}" if whole else f"report:{found.period.kind}:{at:%Y-%m-%dT%H%M%S}"


def body_of(found: Report, stored: StoredReport | None, now: datetime) -> dict[str, object]:
    """What the message says, as alerts.texts takes it; its charts are kept as pictures."""
    sections = [
        {"title": gettext("Risk level: %(level)s") % {"level": found.level_words}, "lines": _lines(found.reasons)},
        {
            "title": gettext("Headline figures"),
            "table": _table((gettext("Figure"), gettext("Now"), gettext("Change")), map(_headline, found.headline)),
        },
        {"title": gettext("Key wins"), "lines": _lines(found.wins)},
        {"title": gettext("What needs a decision"), "lines": _lines(found.decisions)},
        {
            "title": gettext("Key figures"),
            "table": _table(
                (gettext("Figure"), gettext("Current"), gettext("Target"), gettext("State")), map(_kpi, found.kpis)
            ),
        },
        {"title": gettext("The whole report"), "lines": [{"text": gettext("Open it"), "url": address_of(stored)}]},
    ]
    return {
        "subject": gettext("%(title)s: %(period)s, risk level %(level)s")
        % {"title": found.title, "period": found.period_words, "level": found.level_words},
        "intro": INTRO.format(as_of=found.as_of_words),
        "sections": sections,
        "pictures": _pictures(found, now),
    }


def address_of(stored: StoredReport | None) -> str:
    """Where a kept report is read; the overview for none."""
    page = reverse("admin:dashboard_storedreport_file", args=[stored.pk]) if stored else reverse("dashboard:overview")
    return settings.SITE_URL + page


def _lines(words: Iterable[str]) -> list[dict[str, str]]:
    return [{"text": each, "url": ""} for each in words]


def _table(heads: Sequence[str], rows: Iterable[list[str]]) -> dict[str, object]:
    return {"heads": list(heads), "rows": list(rows)}


def _headline(measure: Measure) -> list[str]:
    return [measure.name, measure.words, measure.change or gettext("no comparison")]


def _kpi(measure: Measure) -> list[str]:
    return [measure.name, measure.words, measure.target, measure.standing]


def _pictures(found: Report, now: datetime) -> list[dict[str, str]]:
    drawings = [draw(series, found.currency) for series in found.charts() if series.key in CHARTS]
    return [
        {"enclosure": mailings.enclose(png(drawing), "image/png", now), "title": drawing.title}
        for drawing in drawings
        if drawing
    ]


# -- by schedule ------------------------------------------------------------------------------------------------------


def send_due(now: datetime) -> int:
    """Make, keep and plan the reports of the periods that ended last and that nobody made yet; how many."""
    return sum(_send(kind, now) for kind in PERIODS if _is_due(kind, now))


def _is_due(kind: str, now: datetime) -> bool:
    as_of = end_of(last_day_before(kind, now))
    if now < as_of + INSTANT + timedelta(hours=settings.REPORT_HOUR):
        return False
    if StoredReport.objects.filter(scheduled=True, period=kind, as_of=as_of).exists():
        return False
    anything = (Analysis.objects.filter(imported_at__lte=as_of), Issue.objects.filter(created_at__lte=as_of))
    return any(rows.order_by().exists() for rows in anything)


def _send(kind: str, now: datetime) -> bool:
    """One report; False when another worker was faster."""
    found = report.build(kind, end_of(last_day_before(kind, now)))
    written = formats.write(found, formats.HTML, now)
    try:
        with transaction.atomic():
            stored = _keep_scheduled(written, now)
            plan(found, stored, readers(kind).owners, now=now)
    except IntegrityError:
        return False
    return True


def _keep_scheduled(written: formats.Written, now: datetime) -> StoredReport:
    """Keep it as that of the schedule; the same one that somebody kept by hand before becomes it."""
    stored, new = keep(written, now=now, scheduled=True)
    if not new:
        StoredReport.objects.filter(pk=stored.pk).update(scheduled=True)
    return stored

"""What the watch did and what came back: levels told, acknowledgements, checks, messages and returns.

Of a message it says that there is one, and not what it says or to whom.
"""

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from alerts.choices import Level, MessageKind, MessageState
from alerts.models import Alert
from dashboard.metrics.asked import Asked
from dashboard.metrics.learning import Learning, came_in
from dashboard.metrics.site import hours_between
from dashboard.metrics.watching import JUDGED, first_acknowledgements, http_checks, messages_of, steps_told
from dashboard.rows.listing import Cell, Listing, of_analysis, of_hours, of_issue
from tracker.choices import CheckOutcome
from tracker.models import CheckResult


def escalations(asked: Asked, part: str) -> tuple[Listing, ...]:
    """The times at which the level of the part was first told of an alert."""
    rows = steps_told(asked).filter(level=int(part))
    columns = ("at", "level", "recipient_name", "alert__sentence")
    return (
        Listing(
            "steps",
            gettext("%(level)s: alerts that were told") % {"level": Level(int(part)).label},
            (gettext("When"), gettext("Alert"), gettext("Told")),
            rows.select_related("alert").only(*columns).order_by("-at", "-pk"),
            lambda row: (Cell(at=row.at), _alert(row.alert), Cell(row.recipient_name or gettext("nobody was found"))),
        ),
    )


def acknowledged(asked: Asked, part: str) -> tuple[Listing, ...]:
    """The first acknowledgements of alerts in the period."""
    columns = ("at", "by_name", "alert__sentence", "alert__opened_at")
    return (
        Listing(
            "acknowledgements",
            gettext("Alerts that somebody acknowledged"),
            (gettext("Alert"), gettext("Opened"), gettext("Acknowledged"), gettext("By"), gettext("Waited for")),
            first_acknowledgements(asked).select_related("alert").only(*columns).order_by("-at", "-pk"),
            lambda row: (
                _alert(row.alert),
                Cell(at=row.alert.opened_at),
                Cell(at=row.at),
                Cell(row.by_name),
                of_hours(hours_between(row.alert.opened_at, row.at)),
            ),
        ),
    )


def _alert(alert: Alert) -> Cell:
    return Cell(alert.sentence, reverse("admin:alerts_alert_change", args=[alert.pk]))


def availability(asked: Asked, part: str) -> tuple[Listing, ...]:
    """The HTTP checks of the period that passed or failed, and those that could not be made."""
    rows = http_checks(asked).select_related("run__issue")
    columns = ("started_at", "command", "outcome", "run__issue__title", "run__issue__reference")
    rows = rows.only(*columns).order_by("-started_at", "-pk")
    passed, failed, error = JUDGED
    return (
        Listing("checks", gettext("HTTP checks"), CHECK_HEADS, rows.filter(outcome__in=(passed, failed)), _check),
        Listing("errors", gettext("Checks that could not be made"), CHECK_HEADS, rows.filter(outcome=error), _check),
    )


CHECK_HEADS = (gettext_lazy("When"), gettext_lazy("Check"), gettext_lazy("Outcome"), gettext_lazy("Issue"))


def _check(row: CheckResult) -> tuple[Cell, ...]:
    run = reverse("admin:tracker_validationrun_change", args=[row.run_id])
    return (
        Cell(at=row.started_at),
        Cell(row.command, run),
        Cell(CheckOutcome(row.outcome).label),
        of_issue(row.run.issue),
    )


def deliveries(asked: Asked, part: str) -> tuple[Listing, ...]:
    """The messages that were planned in the period, of the state of the part."""
    rows = messages_of(asked).filter(state=part).select_related("channel")
    columns = ("planned_at", "sent_at", "kind", "state", "attempts", "channel__name")
    return (
        Listing(
            "messages",
            gettext("Messages: %(state)s") % {"state": MessageState(part).label},
            (gettext("Planned"), gettext("What it is"), gettext("Channel"), gettext("Tries"), gettext("Sent")),
            rows.only(*columns).order_by("-planned_at", "-pk"),
            lambda row: (
                Cell(at=row.planned_at),
                Cell(MessageKind(row.kind).label),
                Cell(row.channel.name),
                Cell(f"{row.attempts}"),
                Cell(at=row.sent_at),
            ),
        ),
    )


def recurrence_rate(asked: Asked, part: str) -> tuple[Listing, ...]:
    """The analyses of the period that are confirmed returns, and the others."""
    rows = came_in(Learning(asked)).only("title", "imported_at").order_by("-imported_at", "-pk")
    heads = (gettext("Analysis"), gettext("Came in"))
    return (
        Listing("returns", gettext("Returns"), heads, rows.filter(is_return=True), _came_in),
        Listing("others", gettext("Other analyses of the period"), heads, rows.filter(is_return=False), _came_in),
    )


def _came_in(row) -> tuple[Cell, ...]:
    return of_analysis(row), Cell(at=row.imported_at)

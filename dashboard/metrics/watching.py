"""What the watch found and told: escalations, acknowledgements, availability, deliveries, and the risk level."""

from collections import Counter
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from alerts.choices import SilenceKind
from alerts.models import Alert, AlertSettings, Message, Silence, StepTaken
from dashboard.metrics.asked import Asked
from dashboard.metrics.learning import Learning, waiting_for_review
from dashboard.metrics.live import Live, amount, count
from dashboard.metrics.site import hours_between
from dashboard.value import downtime, execution, risk_level
from dashboard.value.figures import Figure
from tracker.choices import CheckOutcome, Priority, ReturnCase
from tracker.models import CheckResult
from tracker.querysets import any_of
from tracker.validation.catalogue_values import METHODS

RETURNS_COUNT_FOR = timedelta(days=30)
OF_HTTP = any_of([Q(command__startswith=f"{method} http") for method in METHODS])
JUDGED = (CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.ERROR)
URGENT = (Priority.P0, Priority.P1)


def alert_figures(asked: Asked) -> list[Figure]:
    """How often each level was told of an alert, and how long alerts waited for somebody. Three queries."""
    by_level = dict(steps_told(asked).values_list("level").annotate(number=Count("pk")))
    moments = set(first_acknowledgements(asked).values_list("alert", "alert__opened_at", "at"))
    hours = sorted(hours_between(opened, at) for _, opened, at in moments)
    still_open = Alert.objects.filter(Q(resolved_at__isnull=True) | Q(resolved_at__gt=asked.now))
    seen = Silence.objects.filter(kind=SilenceKind.ACKNOWLEDGED, at__lte=asked.now, alert=OuterRef("pk"))
    unseen = still_open.filter(~Exists(seen), opened_at__lte=asked.now)
    waiting = asked.related(unseen, "issue").order_by().count()
    return [*execution.escalations(by_level), *execution.hours_to_acknowledge(hours, waiting=waiting)]


def steps_told(asked: Asked) -> QuerySet[StepTaken]:
    """The levels that were told of an alert in the period, repeats not counted."""
    return asked.related(StepTaken.objects.filter(asked.within("at"), repeat=0), "alert__issue").order_by()


def first_acknowledgements(asked: Asked) -> QuerySet[Silence]:
    """The acknowledgements of the period that were the first of their alert; of two at one moment, one."""
    acknowledged = Silence.objects.filter(kind=SilenceKind.ACKNOWLEDGED, at__lte=asked.now)
    before = Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))
    earlier = acknowledged.filter(before, alert=OuterRef("alert"))
    return asked.related(acknowledged.filter(asked.within("at"), ~Exists(earlier)), "alert__issue").order_by()


def availability_figure(asked: Asked) -> Figure:
    """How many of the HTTP checks of the period passed. One query."""
    counts = dict(http_checks(asked).values_list("outcome").annotate(number=Count("pk")))
    passed, failed, errors = (counts.get(word, 0) for word in JUDGED)
    return downtime.availability(passed=passed, failed=failed, errors=errors)


def availability_by_day(asked: Asked) -> list[tuple[date, int, int]]:
    """(day, passed, passed or failed) of each day of the period with an HTTP check, in the site's time zone."""
    day = TruncDate("started_at", tzinfo=timezone.get_default_timezone())
    rows = http_checks(asked).filter(outcome__in=JUDGED[:2]).annotate(day=day).values_list("day", "outcome")
    numbers: Counter = Counter()
    for on, outcome, number in rows.annotate(number=Count("pk")):
        numbers[on, outcome] += number
    days = sorted({on for on, _ in numbers})
    return [(on, numbers[on, CheckOutcome.PASSED], sum(numbers[on, word] for word in JUDGED[:2])) for on in days]


def http_checks(asked: Asked) -> QuerySet[CheckResult]:
    """An entry that executes HTTP leaves the method and the address as what it executed."""
    rows = CheckResult.objects.filter(OF_HTTP, asked.within("started_at")).order_by()
    return asked.related(rows, "run__issue")


def message_counts(asked: Asked) -> dict[str, int]:
    """How many messages that were planned in the period stand where. One query."""
    return dict(messages_of(asked).values_list("state").annotate(number=Count("pk")))


def messages_of(asked: Asked) -> QuerySet[Message]:
    """The messages that were planned in the period, those of the whole site."""
    return Message.objects.filter(asked.within("planned_at")).order_by()


def assessment(live: Live, learning: Learning) -> risk_level.Assessment:
    """The risk level of what is asked about, with its reasons. At most three queries."""
    asked = live.asked
    settings = AlertSettings.objects.filter(pk=1).first() or AlertSettings()
    escapes = learning.confirmed().filter(
        case=ReturnCase.THOUGH_VALIDATED, decided_at__gt=asked.now - RETURNS_COUNT_FOR
    )
    since = asked.now - timedelta(hours=settings.pending_review_hours)
    return risk_level.assess(
        risk_level.Situation(
            at_risk=amount(live),
            warning=settings.revenue_warning,
            critical=settings.revenue_critical,
            p0_late=_overdue(live, Priority.P0, risk_level.LATE_P0_HOURS),
            p0_overdue=_overdue(live, Priority.P0, 0),
            p0_open=count(live.rows, lambda row: row.priority == Priority.P0),
            p1_late=_overdue(live, Priority.P1, risk_level.LATE_P1_HOURS),
            overdue=sum(_overdue(live, priority, 0) for priority in Priority),
            urgent_without_owner=count(live.rows, lambda row: row.priority in URGENT and row.owner is None),
            pending_reviews=waiting_for_review(asked, since),
            escapes=escapes.count(),
            currency=live.site.currency,
        )
    )


def _overdue(live: Live, priority: Priority, hours: int) -> int:
    """How many issues of a priority are overdue by so many hours."""
    late = (row.overdue_hours(live.asked.now) for row in live.rows if row.priority == priority)
    return sum(1 for each in late if each is not None and each >= hours)

"""Charts of how things went: by week from the snapshots of its last day, by month and day from rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext

from alerts.choices import MessageState
from dashboard.metrics.asked import Asked
from dashboard.metrics.learning import Learning
from dashboard.metrics.money import cost_by_month, month_start, protected_by_month, protected_by_week
from dashboard.metrics.sheet import Line, Series
from dashboard.metrics.watching import availability_by_day, message_counts
from dashboard.models import MetricSnapshot
from dashboard.value.catalogue import definition_of
from dashboard.value.downtime import AVAILABILITY, AVAILABLE, NO_CHECK
from dashboard.value.figures import ZERO, Figure, Lack, Unit
from dashboard.value.remediation import NO_RATE, ONE_RATE
from tracker.money import about

DAY, WEEK = timedelta(days=1), timedelta(days=7)
WEEKS, MONTHS = 12, 12
ONLY_SITE = gettext_noop("Snapshots are kept of the whole site only, so there is no history of a team or a system.")
NO_PROFILE = gettext_noop(
    "Before the first revenue profile nothing was counted as protected: those weeks have no number."
)
NO_SNAPSHOT = gettext_noop("A week without a snapshot on its last day has no number: nothing is filled in.")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a line says that rose, fell, is where it was, or of which too little is known."""

    risen: str
    fallen: str
    same: str
    unknown: str


AT_RISK = Findings(
    gettext_noop("Revenue at risk has risen in %(weeks)s weeks"),
    gettext_noop("Revenue at risk has fallen in %(weeks)s weeks"),
    gettext_noop("Revenue at risk is where it was in %(weeks)s weeks"),
    gettext_noop("Revenue at risk has too few snapshots for a trend"),
)
CONVERSION = Findings(
    gettext_noop("Conversion has risen in %(weeks)s weeks"),
    gettext_noop("Conversion has fallen in %(weeks)s weeks"),
    gettext_noop("Conversion is where it was in %(weeks)s weeks"),
    gettext_noop("Conversion has too few snapshots for a trend"),
)


def day_of(moment: datetime) -> date:
    """The day of a moment in the site's time zone."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date()


def weeks(now: datetime) -> list[date]:
    """The Mondays of the last 12 weeks, this one included, the oldest first."""
    monday = day_of(now) - timedelta(days=day_of(now).weekday())
    return [monday - WEEK * back for back in reversed(range(WEEKS))]


def midnight(day: date) -> datetime:
    """The start of a day in the site's time zone."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def last_months(now: datetime) -> list[str]:
    """The last 12 calendar months, this one included, such as 2026-11, the oldest first."""
    today = day_of(now)
    number = today.year * 12 + today.month - 1
    return [f"{each // 12:04d}-{each % 12 + 1:02d}" for each in range(number - MONTHS + 1, number + 1)]


def _weekly(asked: Asked, current: Figure) -> tuple[Decimal | None, ...]:
    """A figure at the end of each of the last 12 weeks, from its snapshots; of this week as it is now. One query."""
    if asked.narrowed:
        return (*(None,) * (WEEKS - 1), current.value)
    days = [monday + WEEK - DAY for monday in weeks(asked.now)]
    rows = MetricSnapshot.objects.filter(key=current.key, day__in=days[:-1]).order_by()
    values = dict(rows.values_list("day", "value"))
    return (*(values.get(day) for day in days[:-1]), current.value)


def week_labels(now: datetime) -> tuple[str, ...]:
    """The weeks by their Mondays."""
    return tuple(f"{monday:%Y-%m-%d}" for monday in weeks(now))


def moved(values: Sequence[Decimal | None], findings: Findings) -> str:
    """Whether a line rose or fell over what is known of it, in the sentence for that."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return gettext(findings.unknown)
    risen = findings.risen if known[-1] > known[0] else findings.fallen
    return gettext(findings.same if known[-1] == known[0] else risen) % {"weeks": WEEKS}


def returns(learning: Learning) -> Series:
    """How many returns were confirmed in each of the last 12 months. One query."""
    names = last_months(learning.asked.now)
    month = TruncMonth("decided_at", tzinfo=timezone.get_default_timezone())
    rows = learning.confirmed().filter(decided_at__gte=month_start(names[0])).annotate(month=month).values_list("month")
    numbers = {f"{moment:%Y-%m}": number for moment, number in rows.annotate(number=Count("pk"))}
    total = sum(numbers.values())
    words = ngettext(
        "%(number)s return was confirmed in %(months)s months",
        "%(number)s returns were confirmed in %(months)s months",
        total,
    )
    if not total:
        words = gettext("No return was confirmed in %(months)s months")
    return Series(
        "recurrences_trend",
        words % {"number": f"{total:,}", "months": MONTHS},
        Unit.COUNT,
        tuple(names),
        (Line(gettext("Confirmed returns"), tuple(Decimal(numbers.get(name, 0)) for name in names)),),
    )


def of_day(asked: Asked, figure: Figure) -> Figure:
    """The same figure on the last day of the previous period, from its snapshot. One query."""
    definition = definition_of(figure.key)
    day = day_of(asked.period.start) - DAY
    if asked.narrowed:
        return definition.without(Lack.NOT_ENOUGH_HISTORY, ONLY_SITE, part=figure.part)
    row = MetricSnapshot.objects.filter(key=figure.key, day=day).values_list("value", "lack").first()
    if row is None:
        return definition.without(
            Lack.NOT_ENOUGH_HISTORY, gettext("There is no snapshot of %(day)s.") % {"day": day}, part=figure.part
        )
    if row[0] is None:
        return definition.without(
            Lack(row[1]),
            gettext("It had no number on %(day)s: %(lack)s.") % {"day": day, "lack": gettext(row[1])},
            part=figure.part,
        )
    return definition.of(row[0], part=figure.part)


def _weekly_notes(asked: Asked, *more: str) -> tuple[str, ...]:
    notes = (ONLY_SITE if asked.narrowed else NO_SNAPSHOT, *more)
    return tuple(map(gettext, filter(None, notes)))


def exposure(asked: Asked, current: Figure) -> Series:
    """Revenue at risk at the end of each of the last 12 weeks, and what was protected in each. Three queries."""
    at_risk = _weekly(asked, current)
    protected = protected_by_week(asked, [midnight(monday) for monday in weeks(asked.now)])
    return Series(
        "exposure_trend",
        moved(at_risk, AT_RISK),
        Unit.MONEY_A_MONTH,
        week_labels(asked.now),
        (
            Line(gettext("At risk at the end of the week"), at_risk),
            Line(gettext("Protected in the week"), tuple(protected)),
        ),
        notes=_weekly_notes(asked, NO_PROFILE if None in protected else ""),
    )


def conversion(asked: Asked, current: Figure) -> Series:
    """The conversion of the month so far at the end of each of the last 12 weeks. One query."""
    shares = _weekly(asked, current)
    return Series(
        "conversion_trend",
        moved(shares, CONVERSION),
        Unit.SHARE,
        week_labels(asked.now),
        (Line(gettext("Tracked or dismissed, month to date"), shares),),
        notes=_weekly_notes(asked),
    )


def protected(asked: Asked) -> Series:
    """What each of the last 12 months counts as protected, below the cap. Two queries."""
    names = last_months(asked.now)
    amounts = protected_by_month(asked, names)
    best = max((amount for amount in amounts if amount is not None), default=ZERO)
    finding = gettext("Nothing was counted as protected in 12 months")
    if best:
        finding = gettext("Most was protected in %(month)s: %(amount)s") % {
            "month": names[amounts.index(best)],
            "amount": about(best, asked.site.currency),
        }
    return Series(
        "protected_by_month",
        finding,
        Unit.MONEY_A_MONTH,
        tuple(names),
        (Line(gettext("Protected"), tuple(amounts)),),
        notes=(gettext("Months without a revenue profile have no number."),) if None in amounts else (),
    )


def cost(asked: Asked) -> Series:
    """What the work of each of the last 12 months cost: hours noted, and estimates. Two queries."""
    names = last_months(asked.now)
    noted, estimated = cost_by_month(asked, names)
    if noted is None:
        return Series("cost_by_month", gettext(NO_RATE), Unit.MONEY, tuple(names), (), notes=(gettext(NO_RATE),))
    total = sum(noted, ZERO) + sum(estimated, ZERO)
    return Series(
        "cost_by_month",
        gettext("The work of %(months)s months cost %(amount)s")
        % {"months": MONTHS, "amount": about(total, asked.site.currency)},
        Unit.MONEY,
        tuple(names),
        (Line(gettext("Hours noted"), tuple(noted)), Line(gettext("Estimated"), tuple(estimated))),
        notes=(gettext(ONE_RATE),),
    )


def availability(asked: Asked, figure: Figure) -> Series:
    """The share of the HTTP checks that passed on each day of the period. One query."""
    days = availability_by_day(asked)
    finding = (
        figure.reason
        if figure.value is None
        else gettext("%(share)s of the HTTP checks passed") % {"share": f"{figure.value:.2%}"}
    )
    shares = tuple(AVAILABILITY.share(passed, judged, nothing=NO_CHECK).value for _, passed, judged in days)
    return Series(
        "availability",
        finding,
        Unit.SHARE,
        tuple(f"{day:%Y-%m-%d}" for day, _, _ in days),
        (Line(gettext("Passed"), shares), Line(gettext("Good from"), (AVAILABLE.value,) * len(days))),
        notes=(gettext("Days without an HTTP check are left out."),),
    )


def deliveries(asked: Asked) -> Series:
    """How far the messages have come that were planned in the period. One query."""
    numbers = message_counts(asked)
    dead, total = numbers.get(MessageState.DEAD, 0), sum(numbers.values())
    return Series(
        "deliveries",
        gettext("%(dead)s of %(total)s messages could not be delivered") % {"dead": f"{dead:,}", "total": f"{total:,}"}
        if total
        else gettext("No message was planned"),
        Unit.COUNT,
        tuple(state.label for state in MessageState),
        (Line(gettext("Messages"), tuple(Decimal(numbers.get(state, 0)) for state in MessageState)),),
        notes=(gettext("Messages are kept for %(days)s days.") % {"days": settings.KEEP_MESSAGE_DAYS},),
    )

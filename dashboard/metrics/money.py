"""What was protected, what the work and the downtime cost, and what came of it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from dashboard.metrics.asked import Asked
from dashboard.metrics.then import priority_of
from dashboard.models import Downtime, ProtectionEntry, Stake, StakeShare
from dashboard.value import downtime, protection, remediation, roi
from dashboard.value.figures import CENT, ONE, ZERO, Figure
from dashboard.value.protection import Month
from dashboard.value.remediation import Remediation, Terms, Work
from tracker.choices import IssueKind, Priority, Status
from tracker.exposure import Profile, Share
from tracker.models import Issue, Note, RevenueProfile, StatusChange

DAY = timedelta(days=1)
MOST_STAKES = 20


def month_of(moment: datetime) -> str:
    """The calendar month of a moment in the site's time zone, such as 2026-11."""
    return f"{timezone.localtime(moment, timezone.get_default_timezone()):%Y-%m}"


def quarter_start(moment: datetime) -> datetime:
    """When the calendar quarter of a moment begins in the site's time zone."""
    year, month = month_of(moment).split("-")
    return month_start(f"{year}-{(int(month) - 1) // 3 * 3 + 1:02d}")


def months_between(start: datetime, end: datetime) -> list[str]:
    """The calendar months from start up to, and without, the end; at least that of the start."""
    first, last = month_of(start), month_of(max(start, end - timedelta(microseconds=1)))
    names, month = [], first
    while month <= last:
        names.append(month)
        year, number = divmod(int(month[:4]) * 12 + int(month[5:]), 12)
        month = f"{year:04d}-{number + 1:02d}"
    return names


class StakeRow(NamedTuple):
    """What a fix has of what its analysis put at stake, and what was counted of it; None before it is validated."""

    issue: int
    reference: str
    title: str
    at_stake: Decimal
    share: Decimal
    counted: Decimal | None


@dataclass(frozen=True)
class Money:
    """What the ledger, the notes and the downtimes of the period say."""

    asked: Asked

    @cached_property
    def _entries(self) -> list[tuple[str, bool, str, Decimal]]:
        """(month, before, leading priority, amount) of what the ledger has from the start of the quarter on."""
        start = self.asked.period.start
        rows = ProtectionEntry.objects.filter(
            at__gte=quarter_start(start), at__lt=self.asked.period.end, at__lte=self.asked.now
        )
        rows = self.asked.related(rows, "issue").order_by().annotate(before=Q(at__lt=start))
        columns = rows.values_list("month", "before", "issue__stake_share__stake__leading")
        return list(columns.annotate(sum=Sum("amount")))

    @cached_property
    def months(self) -> list[Month]:
        """The months of the period up to now, with what the ledger has of them."""
        return [month for month in self._from_quarter if not month.before]

    @cached_property
    def _from_quarter(self) -> list[Month]:
        """Those, and before them what precedes the period in its quarter."""
        start, counted = self.asked.period.start, defaultdict(Decimal)
        for name, before, _, amount in self._entries:
            counted[name, before] += amount
        names = [(name, False) for name in months_between(start, self.asked.end)]
        if quarter_start(start) < start:
            names = [(name, True) for name in months_between(quarter_start(start), start)] + names
        revenue = mrr_of_months([name for name, _ in names], self.asked.now)
        unpriced = {names[-1]: self._unpriced()}
        return [Month(of[0], counted[of], revenue[of[0]], unpriced.get(of, 0), of[1]) for of in names]

    def _unpriced(self) -> int:
        steps = StatusChange.objects.filter(
            self.asked.within("at"),
            ~Exists(StakeShare.objects.filter(issue=OuterRef("issue_id"))),
            new_status=Status.VALIDATED,
            issue__kind=IssueKind.FIX,
        )
        return self.asked.related(steps, "issue").aggregate(number=Count("issue", distinct=True))["number"]

    @cached_property
    def protected(self) -> Figure:
        """What was counted as protected in the period."""
        return self._protected()

    def protected_figures(self) -> list[Figure]:
        """That, and what each of its months counted."""
        months = [self._protected(month.name) for month in self.months]
        return [replace(self.protected, key=protection.PROTECTED.key, part=""), *months]

    def _protected(self, only: str = "") -> Figure:
        stakes, currency = int(self._any_stake), self.asked.site.currency
        return protection.protected(self._from_quarter, stakes=stakes, currency=currency, only=only)

    @cached_property
    def _any_stake(self) -> bool:
        return Stake.objects.filter(at__lte=self.asked.now).order_by().exists()

    def stakes(self) -> tuple[StakeRow, ...]:
        """What was at stake in the period, the most first. One query."""
        shares = StakeShare.objects.filter(self.asked.within("stake__at"))
        rows = self.asked.related(shares, "issue").order_by("-amount", "pk")
        columns = ("issue", "issue__reference", "issue__title", "stake__increase", "amount")
        counted = Sum("issue__protection_entries__amount", filter=Q(issue__protection_entries__at__lte=self.asked.now))
        return tuple(StakeRow(*row) for row in rows.annotate(n=counted).values_list(*columns, "n")[:MOST_STAKES])

    @cached_property
    def work(self) -> list[Work]:
        """The work of the period."""
        return work_of(self.asked, self.asked.period.start)

    @cached_property
    def remediation(self) -> Remediation:
        """What it cost."""
        return remediation.remediation(self.work, self.asked.site.terms)

    def simulated_return(self) -> tuple[Figure, ...]:
        """The return on it, as a range."""
        sums = sorted(self._entries)
        counted = [
            (month, tuple((leading, amount) for *of, leading, amount in sums if of == [month.name, month.before]))
            for month in self._from_quarter
        ]
        terms = self.asked.site.terms
        return _simulated(
            Simulated(
                self.protected,
                self.remediation.cost,
                tuple(counted),
                self.asked.site.profile and tuple(self.asked.site.profile.shares.items()),
                tuple(self.work),
                (terms.hourly_rate, tuple(terms.hours.items()), terms.months_counted),
            )
        )


class Simulated(NamedTuple):
    """All that a simulation of the return depends on, as values that can be compared."""

    protected: Figure
    cost: Figure
    counted: tuple[tuple[Month, tuple[tuple[str, Decimal], ...]], ...]  # by leading priority; "": of confirmed amounts
    shares: tuple[tuple[Priority, Share], ...] | None
    work: tuple[Work, ...]
    terms: tuple[Decimal | None, tuple[tuple[str, Decimal], ...], int]


@lru_cache(maxsize=64)
def _simulated(of: Simulated) -> tuple[Figure, ...]:
    """The simulation, once for the same inputs: it is the longest part of a page of a small site."""
    profile = of.shares and Profile("", ONE, dict(of.shares))  # only its shares are drawn
    counted = [
        roi.Counted(month, {leading: amount for leading, amount in sums if leading}, dict(sums).get("", ZERO))
        for month, sums in of.counted
    ]
    rate, hours, months = of.terms
    terms = Terms(hourly_rate=rate, hours=dict(hours), months_counted=months)
    return roi.simulated_return(of.protected, counted, profile, of.work, terms, cost=of.cost)


def mrr_of_months(names: Iterable[str], now: datetime) -> dict[str, Decimal | None]:
    """The MRR of the profile that was in force at the end of each month, or is now. One query."""
    return _mrr_of_months(_profiles(), names, now)


def _profiles() -> list[tuple[date, Decimal]]:
    """From when on each profile is in force, the first one first, with its MRR."""
    return list(RevenueProfile.objects.order_by("effective_on").values_list("effective_on", "mrr"))


def _mrr_of_months(
    profiles: Sequence[tuple[date, Decimal]], names: Iterable[str], now: datetime
) -> dict[str, Decimal | None]:
    today = timezone.localtime(now, timezone.get_default_timezone()).date()
    return {name: _in_force(profiles, min(_last_day(name), today)) for name in names}


def _last_day(month: str) -> date:
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]), 12)
    return date(year, number + 1, 1) - DAY


def _in_force(profiles: Sequence[tuple[date, Decimal]], day: date) -> Decimal | None:
    return next((mrr for since, mrr in reversed(profiles) if since <= day), None)


def work_of(asked: Asked, start: datetime | None) -> list[Work]:
    """The work from a moment on, or of all time: hours noted, and issues completed without a note of any. 2 queries."""
    noted = Q(notes__hours__isnull=False) & _since("notes__at", asked, start)
    hours = dict(asked.issues().filter(noted).values_list("priority_then").annotate(sum=Sum("notes__hours")))
    unnoted = dict(unnoted_of(asked, start).values_list("priority_then").annotate(number=Count("pk")))
    return [Work(priority, hours.get(priority, ZERO), unnoted.get(priority, 0)) for priority in Priority]


def notes_of(asked: Asked, start: datetime | None) -> QuerySet[Note]:
    """The notes with hours from a moment on up to the end of the period, or of all time."""
    return asked.related(Note.objects.filter(_since("at", asked, start), hours__isnull=False), "issue")


def unnoted_of(asked: Asked, start: datetime | None) -> QuerySet[Issue]:
    """The issues that were first completed then, and of which nobody has noted hours."""
    completed = StatusChange.objects.filter(issue=OuterRef("pk"), new_status=Status.COMPLETED)
    first = Exists(completed.filter(_since("at", asked, start)))
    if start is not None:
        first &= ~Exists(completed.filter(at__lt=start))
    without = ~Exists(Note.objects.filter(issue=OuterRef("pk"), hours__isnull=False, at__lte=asked.now))
    return asked.issues().filter(first, without)


def _since(name: str, asked: Asked, start: datetime | None) -> Q:
    """That the moment of that name is no later than now; from a start on, that it lies in the period, too."""
    if start is None:
        return Q(**{f"{name}__lte": asked.now})
    return Q(**{f"{name}__gte": start, f"{name}__lt": asked.period.end, f"{name}__lte": asked.now})


def downtime_of(asked: Asked, start: datetime | None) -> downtime.Downtime:
    """What the downtime cost that people entered, of the whole site. One query."""
    return downtime.downtime(hours_down(asked, start), asked.site.profile and asked.site.profile.mrr, asked.site.terms)


def hours_down(asked: Asked, start: datetime | None) -> Decimal | None:
    """The hours of downtime from a moment on, or of all time; None when nobody entered any."""
    return downtimes_of(asked, start).aggregate(sum=Sum("hours"))["sum"]


def downtimes_of(asked: Asked, start: datetime | None) -> QuerySet[Downtime]:
    """The downtime that people entered, of the whole site, from a moment on or of all time."""
    rows = Downtime.objects.filter(started_at__lte=asked.now)
    return rows if start is None else rows.filter(started_at__gte=start)


def protected_by_week(asked: Asked, starts: Sequence[datetime]) -> list[Decimal | None]:
    """What counts as protected in each week from these moments on; None before the first profile. Two queries."""
    since, end = quarter_start(starts[0]), starts[-1] + 7 * DAY
    entries = ProtectionEntry.objects.filter(at__gte=since, at__lt=end, at__lte=asked.now)
    sums: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for at, month, amount in asked.related(entries, "issue").order_by().values_list("at", "month", "amount"):
        sums[month, bisect_right(starts, at)] += amount  # 0 is what precedes the weeks
    parts, profiles = sorted(sums), _profiles()
    revenue = _mrr_of_months(profiles, [name for name, _ in parts], asked.now)
    totals = protection.month_totals(Month(part[0], sums[part], revenue[part[0]]) for part in parts)
    weeks: dict[int, Decimal] = defaultdict(Decimal)
    for (_, week), total in zip(parts, totals, strict=True):
        weeks[week] += total or ZERO
    days = [timezone.localtime(start + 7 * DAY, timezone.get_default_timezone()).date() for start in starts]
    return [weeks[place] if profiles and profiles[0][0] < day else None for place, day in enumerate(days, start=1)]


def protected_by_month(asked: Asked, names: Sequence[str]) -> list[Decimal | None]:
    """What each month counts, to the cent; None without a profile. Two queries."""
    start = quarter_start(month_start(names[0]))
    since = months_between(start, month_end(names[-1]))
    entries = ProtectionEntry.objects.filter(month__gte=since[0], month__lte=names[-1], at__lte=asked.now)
    sums = dict(asked.related(entries, "issue").order_by().values_list("month").annotate(sum=Sum("amount")))
    revenue = mrr_of_months(since, asked.now)
    totals = protection.month_totals(Month(name, sums.get(name, ZERO), revenue[name]) for name in since)
    return [None if total is None else total.quantize(CENT) for total in totals[-len(names) :]]


def cost_by_month(asked: Asked, names: Sequence[str]) -> tuple[list[Decimal] | None, list[Decimal]]:
    """The cost of the hours noted, and of those estimated, in each month; None without a cost of an hour. 2 queries."""
    terms = asked.site.terms
    if terms.hourly_rate is None:
        return None, []
    since = month_start(names[0])
    zone = timezone.get_default_timezone()
    notes = Note.objects.filter(hours__isnull=False, at__gte=since, at__lte=asked.now)
    by_month = asked.related(notes, "issue").order_by().annotate(month=TruncMonth("at", tzinfo=zone))
    noted = {f"{month:%Y-%m}": hours for month, hours in by_month.values_list("month").annotate(sum=Sum("hours"))}
    steps = StatusChange.objects.filter(
        ~Exists(
            StatusChange.objects.filter(issue=OuterRef("issue"), new_status=Status.COMPLETED, at__lt=OuterRef("at"))
        ),
        ~Exists(Note.objects.filter(issue=OuterRef("issue"), hours__isnull=False, at__lte=asked.now)),
        new_status=Status.COMPLETED,
        at__gte=since,
        at__lte=asked.now,
    )
    rows = asked.related(steps, "issue").order_by().annotate(month=TruncMonth("at", tzinfo=zone))
    estimated: dict[str, Decimal] = defaultdict(Decimal)
    rows = rows.annotate(priority_then=F("issue__priority") if asked.site.present else priority_of(asked.now, "issue"))
    for month, priority, number in rows.values_list("month", "priority_then").annotate(number=Count("pk")):
        estimated[f"{month:%Y-%m}"] += number * terms.hours[priority]
    rate = terms.hourly_rate
    return [noted.get(name, ZERO) * rate for name in names], [estimated[name] * rate for name in names]


def month_start(name: str) -> datetime:
    """When a month such as 2026-11 begins in the site's time zone."""
    return datetime(int(name[:4]), int(name[5:]), 1, tzinfo=timezone.get_default_timezone())


def month_end(name: str) -> datetime:
    """When the month after it begins."""
    return month_start(month_of(month_start(name) + 31 * DAY))

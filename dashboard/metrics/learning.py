"""Does the organisation learn: what is prevented, what returned all the same, and how analyses become work."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from dashboard.metrics.asked import Asked
from dashboard.metrics.money import downtime_of, work_of
from dashboard.metrics.site import hours_between
from dashboard.value import execution, prevention
from dashboard.value.execution import FIRST_ISSUE_HOURS
from dashboard.value.figures import HOURS_A_DAY, ZERO, Figure
from dashboard.value.remediation import NO_RATE, estimated_hours, noted_hours
from tracker.choices import Decision, MeasureCategory, MeasureState
from tracker.models import Analysis, ExtractedItem, FieldChange, PreventionMeasure, Recurrence
from tracker.prevention import FIELD as MEASURE_FIELD
from tracker.querysets import any_of

HELD = (MeasureState.IN_PLACE, MeasureState.VERIFIED)
LABELS = {f"{state.marked}: ": state for state in MeasureState}
HELD_WORDS = any_of([Q(new__startswith=f"{state.marked}: ") for state in HELD])
AT_ONCE = 10_000


class Measure(NamedTuple):
    """A prevention measure as it stood then."""

    analysis: int
    category: str
    state: str


@dataclass(frozen=True)
class Learning:
    """What the measures and the confirmed returns say."""

    asked: Asked

    @cached_property
    def measures(self) -> list[Measure]:
        """The measures that were in place or verified then."""
        rows = PreventionMeasure.objects.filter(issue__analysis__isnull=False, created_at__lte=self.asked.now)
        rows = self.asked.related(rows, "issue").order_by()
        changed = self._changed_since()
        if changed:
            rows = rows.filter(Q(state__in=HELD) | Q(issue__in={issue for issue, _ in changed}))
        else:
            rows = rows.filter(state__in=HELD)
        columns = rows.values_list("issue", "text", "issue__analysis", "category", "state")
        found = (
            Measure(analysis, category, changed.get((issue, text), state))
            for issue, text, analysis, category, state in columns.iterator(chunk_size=AT_ONCE)
        )
        return [measure for measure in found if measure.state in HELD]

    def _changed_since(self) -> dict[tuple[int, str], str]:
        """Measures that were changed after the moment, as (issue, text), with the state that they had then."""
        changes = FieldChange.objects.filter(field=MEASURE_FIELD, at__gt=self.asked.now).order_by("-at", "-pk")
        before: dict[tuple[int, str], str] = {}
        for issue, old in changes.values_list("issue", "old"):
            for label, state in LABELS.items():
                if old.startswith(label):
                    before[issue, old.removeprefix(label)] = state
        return before

    @cached_property
    def covered(self) -> set[int]:
        """The analyses with a measure in place or verified."""
        return {measure.analysis for measure in self.measures}

    @cached_property
    def tracked(self) -> int:
        """How many analyses have a tracked issue."""
        return self.asked.analyses().filter(Exists(self.asked.issues().filter(analysis=OuterRef("pk")))).count()

    def confirmed(self) -> QuerySet[Recurrence]:
        """The returns that people had confirmed by then."""
        rows = Recurrence.objects.confirmed().filter(decided_at__lte=self.asked.now).order_by()
        return rows.filter(analysis__in=self.asked.analyses().values("pk")) if self.asked.narrowed else rows


def coverage_figures(learning: Learning) -> list[Figure]:
    """How many analyses have prevention, and of what category."""
    by_category: dict[str, set[int]] = defaultdict(set)
    for measure in learning.measures:
        by_category[measure.category].add(measure.analysis)
    verified = {measure.analysis for measure in learning.measures if measure.state == MeasureState.VERIFIED}
    counts = prevention.Covered(
        learning.tracked,
        len(learning.covered),
        len(verified),
        {category: len(by_category[category]) for category in MeasureCategory},
    )
    return list(prevention.coverage(counts))


def return_figures(learning: Learning) -> list[Figure]:
    """How many analyses of the period are returns, and the two kinds of escape that were confirmed in it."""
    asked = learning.asked
    counts = came_in(learning).aggregate(all=Count("pk"), returns=Count("pk", filter=Q(is_return=True)))
    by_case = learning.confirmed().filter(asked.within("decided_at")).values_list("case").annotate(n=Count("pk"))
    return [
        prevention.recurrence_rate(returns=counts["returns"], analyses=counts["all"]),
        *prevention.escapes(dict(by_case)),
    ]


def came_in(learning: Learning) -> QuerySet[Analysis]:
    """The analyses of the period; annotated is_return, whether one is a confirmed return of an earlier one."""
    asked = learning.asked
    returned = learning.confirmed().filter(analysis=OuterRef("pk"))
    return asked.analyses().filter(asked.within("imported_at")).annotate(is_return=Exists(returned))


def value_figures(learning: Learning) -> list[Figure]:
    """What prevention saves a year, by the history of the site so far."""
    asked = learning.asked
    with_prevention, without = watched(learning)
    cost = cost_so_far(asked)
    worth = prevention.prevention_value(
        with_prevention=with_prevention,
        without=without,
        covered_now=len(learning.covered),
        incidents=learning.tracked,
        cost=cost,
        reason="" if cost is not None else NO_RATE,
    )
    return [worth.fewer, worth.incident, worth.value]


def cost_so_far(asked: Asked) -> Decimal | None:
    """What work and downtime have cost so far, unrounded; None without a cost of an hour."""
    terms = asked.site.terms
    if terms.hourly_rate is None:
        return None
    work = work_of(asked, None)
    cost = (noted_hours(work) + estimated_hours(work, terms)) * terms.hourly_rate
    return cost if asked.narrowed else cost + downtime_so_far(asked)


def downtime_so_far(asked: Asked) -> Decimal:
    """The parts of the cost of downtime that are set."""
    total = downtime_of(asked, None).total
    return total.value or ZERO


def watched(learning: Learning) -> tuple[prevention.Watched, prevention.Watched]:
    """For how long analyses were watched with a measure in place and without, and how often they returned."""
    asked, since = learning.asked, _first_in_place(learning.asked)
    days = {True: ZERO, False: ZERO}
    for key, came_in in asked.analyses().values_list("pk", "imported_at").iterator(chunk_size=AT_ONCE):
        from_then = since.get(key)
        until = asked.now if from_then is None else max(from_then, came_in)
        days[False] += hours_between(came_in, until)
        days[True] += hours_between(until, asked.now)
    returns = {True: 0, False: 0}
    for earlier, came_in in learning.confirmed().values_list("earlier", "analysis__imported_at"):
        returns[earlier in since and since[earlier] <= came_in] += 1
    return tuple(prevention.Watched(days[each] / HOURS_A_DAY, returns[each]) for each in (True, False))


def _first_in_place(asked: Asked) -> dict[int, datetime]:
    """When a measure of each analysis first came to be in place, as its history tells."""
    changes = FieldChange.objects.filter(HELD_WORDS, field=MEASURE_FIELD, at__lte=asked.now).order_by()
    changes = asked.related(changes.filter(issue__analysis__isnull=False), "issue")
    return dict(changes.values_list("issue__analysis").annotate(first=Min("at")))


# -- how analyses become work -----------------------------------------------------------------------------------------


def entries_of(asked: Asked) -> QuerySet[ExtractedItem]:
    """The entries that asked for work and that the analyses still had then."""
    there = Q(found_at__isnull=True) | Q(found_at__lte=asked.now)
    kept = Q(gone_at__isnull=True) | Q(gone_at__gt=asked.now)
    rows = ExtractedItem.objects.issues().filter(there, kept).order_by()
    if asked.owners is not None:
        rows = rows.filter(owner__in=asked.owners)
    return rows if asked.filters.system is None else rows.filter(systems=asked.filters.system)


def decided(asked: Asked, decision: Decision) -> Q:
    """That an entry was decided about in this way by then."""
    return Q(decision=decision) & (Q(decided_at__isnull=True) | Q(decided_at__lte=asked.now))


def undecided(asked: Asked) -> Q:
    """That nobody had decided about an entry by then."""
    return Q(decision=Decision.PENDING) | Q(decided_at__gt=asked.now)


def conversion_figure(asked: Asked) -> Figure:
    """How many entries of the analyses of the period are tracked or dismissed."""
    counts = (
        entries_of(asked)
        .filter(asked.within("analysis__imported_at"))
        .aggregate(
            extracted=Count("pk"),
            tracked=Count("pk", filter=decided(asked, Decision.ADDED)),
            dismissed=Count("pk", filter=decided(asked, Decision.DISMISSED)),
        )
    )
    return execution.conversion(**counts)


def first_issue_figures(asked: Asked) -> list[Figure]:
    """How long the analyses of the period waited for their first tracked issue.

    One whose entries were all dismissed, or that asks for nothing, waits for nothing.
    """
    hours, waiting, late = [], 0, 0
    for came_in, first, waits in with_first_issue(asked).values_list("imported_at", "first", "waits"):
        if first is not None:
            hours.append(max(ZERO, hours_between(came_in, first)))
        elif waits:
            waiting += 1
            late += hours_between(came_in, asked.now) > FIRST_ISSUE_HOURS
    within = sum(value <= FIRST_ISSUE_HOURS for value in hours)
    late += len(hours) - within
    return list(execution.first_issue(sorted(hours), within=within, late=late, waiting=waiting))


def with_first_issue(asked: Asked) -> QuerySet[Analysis]:
    """The analyses of the period, with when their first issue was tracked, and whether an entry waits for a decision.

    Annotated: first, waits.
    """
    pending = entries_of(asked.whole()).filter(undecided(asked), analysis=OuterRef("pk"))
    first = Min("issues__created_at", filter=Q(issues__created_at__lte=asked.now))
    return asked.analyses().filter(asked.within("imported_at")).annotate(first=first, waits=Exists(pending))


def waiting_for_review(asked: Asked, since: datetime) -> int:
    """How many analyses have an entry that was there at that moment and that nobody had decided about by then."""
    there = Q(found_at__lte=since) | Q(found_at__isnull=True, analysis__imported_at__lte=since)
    rows = entries_of(asked).filter(there, undecided(asked))
    return rows.aggregate(number=Count("analysis", distinct=True))["number"]

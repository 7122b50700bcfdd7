"""The part of the review that asks whether this has happened before, and what its buttons do."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext

from tracker import returns
from tracker.choices import ReturnCase, ReturnDecision, ReturnKind
from tracker.models import Analysis, Issue, PreventionMeasure, Recurrence, RecurrenceDecision
from tracker.refusals import Refused

MOST_ISSUES = 10  # of an earlier analysis
MOST_MEASURES = 60  # of all earlier analyses of a page
LARGE_COLUMNS = ("earlier__text", "earlier__whys", "earlier__stated_impact")
ACTIONS: dict[str, Callable[..., Recurrence]] = {
    "confirm": returns.confirm,
    "reject": returns.reject,
    "same": returns.same_incident,
}
TAKE_BACK = "take back"


@dataclass(slots=True)
class LikelyReturn:
    """A likely return as the page shows it."""

    row: Recurrence
    issues: Sequence[Issue]
    measures: list[PreventionMeasure] = field(default_factory=list)

    @property
    def issues_left(self) -> int:
        return self.row.number_of_issues - len(self.issues)

    @property
    def history(self) -> list[RecurrenceDecision]:
        """What was decided before, the newest first; the only decision that still holds is told by itself."""
        decided = list(self.row.decisions.all())
        return decided if self.is_pending else decided[1:]

    @property
    def told(self) -> list[str]:
        """What followed from the decision that holds."""
        newest = next(iter(self.row.decisions.all()), None)
        return newest.told if newest and not self.is_pending else []

    @property
    def is_pending(self) -> bool:
        return self.row.decision == ReturnDecision.PENDING

    @property
    def looks_like_the_same(self) -> bool:
        return self.row.kind == ReturnKind.SAME_INCIDENT

    @property
    def decision_words(self) -> str:
        return ReturnDecision(self.row.decision).label

    @property
    def case_words(self) -> str:
        return ReturnCase(self.row.case).label if self.row.case else ""


@dataclass(frozen=True, slots=True)
class Returns:
    """What the section shows: the likely ones to decide and all that were decided, and apart the possible ones."""

    shown: list[LikelyReturn]
    possible: list[LikelyReturn]

    def __bool__(self) -> bool:
        return bool(self.shown or self.possible)


def returns_of(analysis: Analysis) -> Returns:
    """The likely and possible returns that an analysis is. Costs the same number of queries for any."""
    found = _likely_returns(analysis)
    shown = [each for each in found if each.row.likely or not each.is_pending]
    return Returns(shown, [each for each in found if each.row.is_pending and not each.row.likely])


def _likely_returns(analysis: Analysis) -> list[LikelyReturn]:
    issues = Issue.objects.by_urgency().only("reference", "title", "status", "priority", "is_closed", "analysis")
    rows = analysis.returns.select_related("earlier").defer(*LARGE_COLUMNS)
    first_issues = Prefetch("earlier__issues", issues[:MOST_ISSUES], to_attr="first_issues")
    rows = rows.prefetch_related(first_issues, "decisions")
    confirmed = Q(earlier__returned_as__decision=ReturnDecision.CONFIRMED)
    rows = rows.annotate(
        confirmed=Count("earlier__returned_as", filter=confirmed, distinct=True),
        number_of_issues=Count("earlier__issues", distinct=True),
    )
    found = [LikelyReturn(row, row.earlier.first_issues) for row in rows]
    measures = _measures([each.row.earlier_id for each in found])
    for each in found:
        each.measures = measures[each.row.earlier_id]
    return sorted(found, key=lambda each: not each.is_pending)


def _measures(earlier: Sequence[int]) -> dict[int, list[PreventionMeasure]]:
    found: dict[int, list[PreventionMeasure]] = defaultdict(list)
    if earlier:
        rows = PreventionMeasure.objects.filter(issue__analysis__in=earlier).select_related("issue", "owner")
        for measure in rows.order_by("pk")[:MOST_MEASURES]:
            found[measure.issue.analysis_id].append(measure)
    return found


def decide(views, request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Press one of the buttons of a likely return; `views` are those of the review."""
    if refused := views.refusal(request):
        return refused
    asked = request.POST.get("action", "")
    if asked not in (*ACTIONS, TAKE_BACK) or not Recurrence.objects.filter(pk=row, analysis_id=pk).exists():
        raise Http404(gettext("There is no such likely return, or nothing is asked for it."))
    given = {"reason": request.POST.get("reason", ""), **views.hand(request)}
    try:
        messages.success(
            request, _take_back(row, given) if asked == TAKE_BACK else _decided(ACTIONS[asked](row, **given))
        )
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    return views.back(pk, 1, "returns")


def _decided(done: Recurrence) -> str:
    return f"{ReturnDecision(done.decision).label}: {done.earlier}."


def _take_back(row: int, given: dict) -> str:
    done = returns.take_back(row, **given)
    back = gettext("Taken back: it is to be decided again whether %(analysis)s returned.")
    return " ".join([back % {"analysis": done.recurrence.earlier}, *done.told])

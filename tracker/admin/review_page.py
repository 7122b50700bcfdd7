"""What the review page of an analysis shows: its entries beside its text, in pages that tile the lines of the text."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from tracker.choices import Decision, ItemKind, Priority
from tracker.deadlines import stated_deadline, words_for
from tracker.models import Analysis, ExtractedItem, Owner, SkippedLine
from tracker.policies import policies
from tracker.rendering import RenderedSource, render_with_lines

ENTRIES_PER_PAGE = 120
MOST_GONE = 200
MOST_LINKS = 2000
MOST_CHECKS = 8
MOST_REASONS = 3
SUGGESTED_OWNERS = 20
TO_THE_END = 10**9
GROUPS = (
    (ItemKind.FIX, gettext_lazy("Fixes")),
    (ItemKind.INVESTIGATE, gettext_lazy("To investigate")),
    (ItemKind.PREVENT, gettext_lazy("Prevention")),
    (ItemKind.CHECK, gettext_lazy("Checks")),
)
MARKS = {Decision.PENDING: "pending", Decision.ADDED: "taken", Decision.DISMISSED: "dismissed"}
Link = ExtractedItem.checks.through


@dataclass(frozen=True, slots=True)
class Problem:
    """Why what was asked for an entry was refused, and what was typed."""

    pk: int
    reasons: tuple[str, ...]
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Candidate:
    """An entry with what a person needs to decide about it."""

    item: ExtractedItem
    values: dict[str, str]
    initial: dict[str, str]
    anchor: str = ""
    deadline_note: str = ""
    deadline_words: str = ""
    overdue: bool = False
    reasons: list[tuple[str, bool]] = field(default_factory=list)
    more_lines: list[tuple[int, str]] = field(default_factory=list)
    checks: list[ExtractedItem] = field(default_factory=list)
    checks_left: int = 0
    belongs_to: int = 0
    refused: tuple[str, ...] = ()

    @property
    def is_check(self) -> bool:
        return self.item.kind == ItemKind.CHECK

    @property
    def score(self) -> int:
        """In per cent."""
        return round(self.item.score * 100)

    @property
    def priority_note(self) -> str:
        """Where the priority comes from."""
        if "priority" in self.item.edited_fields:
            return gettext("set here")
        return gettext("as stated") if self.item.priority_stated else gettext("by default")


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of a kind on this page."""

    kind: str
    title: str
    candidates: list[Candidate]

    @property
    def pending(self) -> int:
        return sum(each.item.decision == Decision.PENDING for each in self.candidates)


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """One page of the review of an analysis."""

    analysis: Analysis
    groups: list[Group]
    gone: list[Candidate]
    skipped: list[tuple[str, list[tuple[SkippedLine, str]]]]  # reason, lines with their anchors
    source: RenderedSource
    number: int
    pages: list[range]
    owners: list[str]
    cause_anchor: str

    @property
    def skipped_number(self) -> int:
        """How many lines of this page were not taken."""
        return sum(len(lines) for _, lines in self.skipped)

    @property
    def numbers(self) -> range:
        """The numbers of the pages."""
        return range(1, len(self.pages) + 1)

    @property
    def is_partial(self) -> bool:
        return len(self.pages) > 1


def conversions(pks: Iterable[int]) -> dict[int, dict[str, int | float | None]]:
    """For each of these analyses the numbers of entries extracted, tracked, dismissed and pending, in one query.

    Without the columns of the analyses: a database that groups by their texts needs seconds for a long one.
    """
    rows = Analysis.objects.filter(pk__in=list(pks)).order_by().values("pk").with_conversion()
    return {row["pk"]: row for row in rows}


def slices(lines: Sequence[int], *, size: int = ENTRIES_PER_PAGE) -> list[range]:
    """Ranges of lines that cover every line once and hold about `size` of these lines each."""
    lines = sorted(lines)
    starts = [1]
    for place in range(size, len(lines), size):
        if lines[place] > starts[-1]:
            starts.append(lines[place])
    return [range(start, stop) for start, stop in pairwise([*starts, TO_THE_END])]


def page_of(analysis: Analysis, line: int) -> int:
    """The 1-based number of the page that shows a line."""
    return bisect_right([part.start for part in slices(_lines_of(analysis))], line)


def review_page(analysis: Analysis, number: int, *, now: datetime, problem: Problem | None = None) -> ReviewPage:
    """The page of that number, the nearest one when there is none. Costs the same number of queries at any size."""
    pages = slices(_lines_of(analysis))
    number = min(max(number, 1), len(pages))
    part = pages[number - 1]
    items = list(_items(analysis).present().filter(line__gte=part.start, line__lt=part.stop))
    gone = list(_items(analysis).filter(gone_at__isnull=False)[:MOST_GONE]) if number == 1 else []
    skipped = list(analysis.skipped_lines.filter(line__gte=part.start, line__lt=part.stop))
    marks = _marks(analysis, items, skipped)
    source = render_with_lines(analysis.text, marks=marks, lines=part if len(pages) > 1 else None)
    candidates = _Candidates(analysis, part, source, now, problem).of([*items, *gone])
    return ReviewPage(
        analysis=analysis,
        groups=[
            Group(kind, title, found)
            for kind, title in GROUPS
            if (found := [candidates[item.pk] for item in items if item.kind == kind])
        ],
        gone=[candidates[item.pk] for item in gone],
        skipped=_by_reason(skipped, source),
        source=source,
        number=number,
        pages=pages,
        owners=list(Owner.objects.values_list("name", flat=True)[:SUGGESTED_OWNERS]),
        cause_anchor=source.anchor(analysis.root_cause_line) if (analysis.root_cause_line or 0) in part else "",
    )


def _lines_of(analysis: Analysis) -> list[int]:
    rows = analysis.items.present(), analysis.skipped_lines.all()
    return [line for found in rows for line in found.order_by().values_list("line", flat=True)]


def _items(analysis: Analysis):
    rows = analysis.items.select_related("owner", "issue", "issue__owner", "decided_by")
    return rows.prefetch_related("systems").order_by("line", "pk")


def _marks(analysis: Analysis, items: Sequence[ExtractedItem], skipped: Sequence[SkippedLine]) -> dict[int, str]:
    """The class of each source line that something was found at. What asks for a decision comes first."""
    marks = {line.line: "skipped" for line in skipped}
    if analysis.root_cause_line:
        marks[analysis.root_cause_line] = "cause"
    marks |= {item.line: "check" for item in items if item.kind == ItemKind.CHECK}
    marks |= {item.line: MARKS[Decision(item.decision)] for item in items if item.kind != ItemKind.CHECK}
    return marks


def _by_reason(
    skipped: Sequence[SkippedLine], source: RenderedSource
) -> list[tuple[str, list[tuple[SkippedLine, str]]]]:
    grouped: dict[str, list[tuple[SkippedLine, str]]] = defaultdict(list)
    for line in skipped:
        grouped[line.reason].append((line, source.anchor(line.line)))
    return sorted(grouped.items(), key=lambda pair: -len(pair[1]))


class _Candidates:
    """Makes candidates of the entries of a page."""

    def __init__(
        self, analysis: Analysis, part: range, source: RenderedSource, now: datetime, problem: Problem | None
    ) -> None:
        self.analysis, self.part, self.source, self.now, self.problem = analysis, part, source, now, problem
        self.policies = policies()

    def of(self, items: Sequence[ExtractedItem]) -> dict[int, Candidate]:
        found = {item.pk: self.candidate(item) for item in items}
        links = Link.objects.filter(from_extracteditem__in=found).exclude(to_extracteditem__decision=Decision.DISMISSED)
        for link in links.select_related("to_extracteditem").order_by("to_extracteditem__line", "pk")[:MOST_LINKS]:
            candidate = found[link.from_extracteditem_id]
            if len(candidate.checks) < MOST_CHECKS:
                candidate.checks.append(link.to_extracteditem)
            else:
                candidate.checks_left += 1
        checks = [item.pk for item in items if item.kind == ItemKind.CHECK]
        belonging = Link.objects.filter(to_extracteditem__in=checks).order_by().values_list("to_extracteditem")
        for pk, number in belonging.annotate(number=Count("pk")):
            found[pk].belongs_to = number
        return found

    def candidate(self, item: ExtractedItem) -> Candidate:
        values = field_values(item)
        candidate = Candidate(item, values, values)
        if self.problem and self.problem.pk == item.pk:
            candidate.refused = self.problem.reasons
            candidate.values = values | {
                name: self.problem.typed[name] for name in values if name in self.problem.typed
            }
        if not item.gone_at:
            candidate.anchor = self.source.anchor(item.line)
        lines = (line for line in item.duplicate_lines if line in self.part)
        candidate.more_lines = [(line, self.source.anchor(line)) for line in lines]
        candidate.reasons = [(reason["text"], reason["weight"] >= 0) for reason in item.reasons[:MOST_REASONS]]
        if item.deadline:
            candidate.deadline_words = words_for(item.deadline, self.now)
            candidate.overdue = item.deadline <= self.now
        candidate.deadline_note = self.deadline_note(item)
        return candidate

    def deadline_note(self, item: ExtractedItem) -> str:
        """Where the deadline comes from."""
        if "deadline" in item.edited_fields:
            return gettext("set here")
        if not item.deadline_words or not item.priority:
            return gettext("by policy")
        calendar = self.policies[Priority(item.priority)].calendar
        if stated_deadline(item.deadline_words, analysis_date=self.analysis.date, calendar=calendar):
            return gettext("stated: “%(deadline)s”") % {"deadline": item.deadline_words}
        return gettext("by policy; stated: “%(deadline)s”") % {"deadline": item.deadline_words}


def field_values(item: ExtractedItem) -> dict[str, str]:
    """What the fields of an entry show, as their inputs take it. The deadline is in the zone of the viewer."""
    return {
        "owner": item.owner.name if item.owner else "",
        "priority": item.priority,
        "kind": item.kind,
        "deadline": timezone.localtime(item.deadline).strftime("%Y-%m-%dT%H:%M") if item.deadline else "",
    }

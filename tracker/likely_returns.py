"""Which earlier analyses an analysis is likely the return of: found with its text, and once more after it is committed.

Two imports at the same instant do not see each other. So every analysis is marked as not compared when its text is
written, and a schedule compares the marked ones again: of two analyses the one that was committed later is compared
when both are there. Each is looked at in both directions, as the return of those that came in before it and as what
those that came in after it return to. Only the rows say what is still to do, and doing it twice changes nothing.

A process that would have to read very many analyses first lets nobody wait for that: the schedule's worker compares.
"""

import math
import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tracker.choices import ReturnDecision, ReturnKind
from tracker.earlier import alone, earlier_analyses, keep_terms, settle
from tracker.models import Analysis, AnalysisTerms, Recurrence
from tracker.recurrence import MIGHT_BE, Match, Terms, terms
from tracker.recurrence.packing import VERSION

MOST_KEPT = 10
MOST_READ_AT_ONCE = 2000  # about six milliseconds each
MOST_COMPARED_AT_ONCE = 500  # some hundredths of a second each
REFRESHED = ["score", "likely", "kind", "reasons"]


def find(analysis: Analysis, now: datetime) -> None:
    """Keep the terms of the analysis and its likely returns. Called with its text, in one transaction with it.

    What nobody has ever decided about follows the text; what somebody decided stays. In a process that has not read the
    earlier analyses of a large site this happens when the schedule catches up, within a minute or two.
    """
    said = terms(analysis.text, analysis.source)
    keep_terms(analysis, said)
    if earlier_analyses.is_near():
        _compare(analysis, said, now)


def catch_up(now: datetime, *, seconds: float = math.inf) -> int:
    """Compare the analyses that were not compared since they were committed; how many were looked at.

    After so many seconds it stops, also in the middle of reading what a process compares with; the next time goes on.
    """
    until = time.monotonic() + seconds
    _read_again()
    marked = AnalysisTerms.objects.filter(compared=False).order_by("pk")
    found = list(marked.values_list("analysis_id", "fingerprint")[:MOST_COMPARED_AT_ONCE])
    if not found or not earlier_analyses.read(lambda: time.monotonic() < until):
        return 0
    looked_at = 0
    for pk, fingerprint in found:
        if time.monotonic() >= until:
            break
        for later in _settled(_later_ones(pk)):
            _compare_locked(later, now)
        _compare_and_settle(pk, fingerprint, now)
        looked_at += 1
    return looked_at


def _settled(pks: Collection[int]) -> list[int]:
    """Those that nobody will compare again by themselves.

    It waits for whoever is comparing one just now: afterwards that one is settled, before that it will see all that is
    committed by now.
    """
    with transaction.atomic():
        alone()
        rows = AnalysisTerms.objects.filter(analysis__in=pks, compared=True).order_by("analysis")
        return list(rows.values_list("analysis_id", flat=True))


def _read_again() -> None:
    """Write the terms of analyses that have none of this version, so that no process has to read their texts."""
    other = Analysis.objects.filter(Q(terms__isnull=True) | ~Q(terms__version=VERSION)).order_by("pk")
    for pk in list(other.values_list("pk", flat=True)[:MOST_READ_AT_ONCE]):
        with transaction.atomic():
            analysis = Analysis.objects.select_for_update().filter(pk=pk).first()
            if analysis and not AnalysisTerms.objects.filter(analysis=pk, version=VERSION).exists():
                keep_terms(analysis, terms(analysis.text, analysis.source))


def _compare_and_settle(pk: int, mark: int, now: datetime) -> None:
    """Compare an analysis, and say that this is done if its terms are still those of `mark`.

    Settled last: what this process reads on the way must not have a number that may yet be taken back.
    """
    with transaction.atomic():
        alone()
        _compare_locked(pk, now)
        settle(pk, mark)


@transaction.atomic
def _compare_locked(pk: int, now: datetime) -> None:
    """Compare an analysis with those that came in before it."""
    if analysis := Analysis.objects.select_for_update().filter(pk=pk).first():
        _compare(analysis, terms(analysis.text, analysis.source), now)


def _later_ones(pk: int) -> list[int]:
    """The analyses that came in later and may be returns of this one, or were until its text changed."""
    analysis = Analysis.objects.filter(pk=pk).first()
    settled = AnalysisTerms.objects.filter(analysis_id__gt=pk, compared=True)
    if not analysis or not settled.exists():
        return []
    said = terms(analysis.text, analysis.source)
    alike = _alike(analysis, said, among=lambda key: key > pk)
    pending = analysis.returned_as.pending().values_list("analysis_id", flat=True)
    return sorted({match.key for match in alike} | set(pending))


def _alike(analysis: Analysis, said: Terms, *, among: Callable[[int], bool]) -> list[Match]:
    return earlier_analyses.alike(said, key=analysis.pk, on=analysis.date, least=MIGHT_BE, among=among)


def _compare(analysis: Analysis, said: Terms, now: datetime) -> None:
    matches = _alike(analysis, said, among=lambda key: key < analysis.pk)
    kept = {match.key: match for match in _surest(match for match in matches if match.possible)}
    rows = {row.earlier_id: row for row in analysis.returns.select_for_update()}
    pending = {key: row for key, row in rows.items() if row.decision == ReturnDecision.PENDING}
    gone = [row.pk for key, row in pending.items() if key not in kept]
    analysis.returns.filter(pk__in=gone, decisions__isnull=True).delete()
    for key, row in pending.items():
        if key in kept:
            _describe(row, kept[key]).save(update_fields=REFRESHED)
    Recurrence.objects.bulk_create(
        _describe(Recurrence(analysis=analysis, earlier_id=key, found_at=now), match)
        for key, match in kept.items()
        if key not in rows
    )


def _surest(matches: Iterable[Match]) -> list[Match]:
    return sorted(matches, key=lambda match: not match.likely)[:MOST_KEPT]


def _describe(row: Recurrence, match: Match) -> Recurrence:
    row.score, row.likely, row.kind, row.reasons = (
        match.score,
        match.likely,
        ReturnKind(match.kind),
        list(match.reasons),
    )
    return row

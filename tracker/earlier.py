"""The analyses of the database in the form that they are compared in: one index per process, read again where needed.

Nobody tells a process what others write. Before each use it asks which analyses there are and the fingerprint of the
terms of each (two columns), and reads those that it has not got or has otherwise. So it does not matter in which order
transactions end, which are taken back, or which database it is.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable
from datetime import date

from tracker.batches import BATCH
from tracker.models import Analysis, AnalysisTerms
from tracker.recurrence import Index, Match, OtherVersion, Packed, Terms, from_bytes, pack, terms, to_bytes
from tracker.recurrence.packing import VERSION


def keep_terms(analysis: Analysis, said: Terms) -> None:
    """Write what the analysis is compared by, in place of what was there, and that it is still to be compared."""
    packed = to_bytes(pack(said))
    mark = fingerprint(packed, analysis.date)
    row = AnalysisTerms(analysis=analysis, terms=packed, version=VERSION, fingerprint=mark, compared=False)
    AnalysisTerms.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["analysis"],
        update_fields=["terms", "version", "fingerprint", "compared"],
    )


def fingerprint(packed: bytes, on: date | None) -> int:
    """64 bits of what an index takes in of an analysis."""
    digest = hashlib.sha256(packed + str(on).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class EarlierAnalyses:
    """The index of this process, behind a lock, with the state in which it has each analysis."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index = Index()
        self._states: dict[int, int | str] = {}

    def returns_of(
        self,
        new: Terms,
        *,
        key: int | None = None,
        on: date | None,
        top: int | None = None,
        among: Callable[[int], bool] | None = None,
    ) -> list[Match]:
        """The analyses that the new one may be the return of, by their keys, the likeliest first, at most `top`.

        among: which keys come into question, all of them without it; without `top` every one of them is compared.
        """
        with self._lock:
            self._bring_up_to_date()
            return self._index.returns_of(new, key=key, on=on, top=top or max(1, len(self._index)), among=among)

    def _bring_up_to_date(self) -> None:
        states = dict(_states())
        for pk in [pk for pk, state in self._states.items() if states.get(pk) != state]:
            self._index.discard(pk)
            del self._states[pk]
        missing = [pk for pk in states if pk not in self._states]
        for start in range(0, len(missing), BATCH):
            rows = Analysis.objects.filter(pk__in=missing[start : start + BATCH]).order_by()
            columns = ("pk", "date", "sha256", "terms__version", "terms__fingerprint", "terms__terms")
            for pk, on, *state, packed in rows.values_list(*columns):
                self._index.add(pk, _read(pk, packed), on)
                self._states[pk] = _state(*state)


def _states() -> Iterable[tuple[int, int | str]]:
    rows = Analysis.objects.order_by().values_list("pk", "sha256", "terms__version", "terms__fingerprint")
    return ((pk, _state(*state)) for pk, *state in rows.iterator(chunk_size=2000))


def _state(sha256: str, version: int | None, mark: int | None) -> int | str:
    """What changes when the analysis has to be read again: the text itself where its terms cannot be used."""
    return mark if version == VERSION and mark is not None else sha256


def _read(pk: int, packed: bytes | None) -> Terms | Packed:
    """The terms that a row keeps; those of its text where there are none, or of another version."""
    try:
        return from_bytes(packed or b"")
    except OtherVersion:
        source, text = Analysis.objects.values_list("source", "text").get(pk=pk)
        return terms(text, source)


earlier_analyses = EarlierAnalyses()

"""The analyses of the database in the form that they are compared in: one index per process, read on where needed.

Nobody tells a process what others write, and transactions end in another order than they began in. So whoever compares
an analysis once it is committed numbers its terms (`settle`), one at a time: numbers become visible in their order.
A process reads the terms with numbers above the highest that it knows, and those that have none yet or were written
anew since, which are few. What it saw of those and does not find again was taken back, and is read again by its key.
"""

import hashlib
import heapq
import threading
from collections.abc import Callable, Collection, Iterator
from datetime import date

from django.db import connection
from django.db.models import Max, Q

from tracker.batches import BATCH
from tracker.models import Analysis, AnalysisTerms
from tracker.recurrence import Index, Match, OtherVersion, Packed, Terms, from_bytes, pack, terms, to_bytes
from tracker.recurrence.packing import VERSION

READ_AT_ONCE = 5_000  # analyses that a process may read while somebody waits: about half a millisecond each
MOST_HELD = 250_000  # the latest analyses: about 1.7 GB
TO_SPARE = 1_000  # are forgotten together
ONE_AT_A_TIME = 7_306_114_223_051_188_001  # any number that nothing else locks
Row = tuple[int, date | None, str, int | None, int | None, bytes | None]
COLUMNS = ("pk", "date", "sha256", "terms__version", "terms__fingerprint", "terms__terms")


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


def alone() -> None:
    """Wait until nobody else settles terms, and keep others waiting until the transaction ends."""
    if connection.vendor == "postgresql":  # SQLite lets one write at a time anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])


def settle(pk: int, mark: int) -> None:
    """Number the terms of an analysis as compared, if they are still those of `mark`. Call `alone` before."""
    last = AnalysisTerms.objects.aggregate(last=Max("settled"))["last"] or 0
    AnalysisTerms.objects.filter(analysis=pk, fingerprint=mark).update(compared=True, settled=last + 1)


class EarlierAnalyses:
    """The index of this process, behind a lock, with the state in which it has each analysis."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Start anew: the next use reads everything."""
        self._index = Index()
        self._states: dict[int, int | str] = {}
        self._unsettled: set[int] = set()
        self._last: int | None = None  # the highest number that is known; None: not everything has been read yet
        self._first, self._reached = 0, -1  # the highest number and the key before reading everything; how far it is

    def __len__(self) -> int:
        return len(self._index)

    def is_near(self) -> bool:
        """Whether at most READ_AT_ONCE analyses have to be read before anything can be compared."""
        rows = AnalysisTerms.objects.order_by("settled").filter(settled__gt=self._last or 0)
        unread = Analysis.objects.order_by("pk") if self._last is None else rows
        return not unread.values_list("pk", flat=True)[READ_AT_ONCE : READ_AT_ONCE + 1]

    def read(self, go_on: Callable[[], bool] = lambda: True) -> bool:
        """Read everything the first time, which takes long; whether it is read. It stops after some hundreds when
        `go_on` says so, and the next time carries on there."""
        with self._lock:
            if self._last is None:
                self._read_all(go_on)
            return self._last is not None

    def returns_of(self, new: Terms, *, key: int | None = None, on: date | None, top: int) -> list[Match]:
        """The analyses that the new one may be the return of, by their keys, the likeliest first, at most `top`."""
        return self._of_those_there(lambda index: index.returns_of(new, key=key, on=on, top=top))

    def alike(
        self, new: Terms, *, key: int, on: date | None, least: float, among: Callable[[int], bool]
    ) -> list[Match]:
        """The analyses among those keys that score at least so much, the likeliest first."""
        return self._of_those_there(lambda index: index.alike(new, key=key, on=on, least=least, among=among))

    def _of_those_there(self, compare: Callable[[Index], list[Match]]) -> list[Match]:
        """What a comparison finds, once more without the analyses that it finds and that are there no more."""
        with self._lock:
            self._bring_up_to_date()
            while found := compare(self._index):
                keys = {match.key for match in found}
                gone = keys.difference(Analysis.objects.filter(pk__in=keys).order_by().values_list("pk", flat=True))
                if not gone:
                    break
                self._discard(gone)
            return found

    def _bring_up_to_date(self) -> None:
        if self._last is None:
            self._read_all()
        new = Q(compared=False) | Q(settled__gte=self._last) | Q(settled=None)  # None: compared by an older version
        news = AnalysisTerms.objects.filter(new).order_by()
        rows = list(news.values_list("analysis_id", "version", "fingerprint", "compared", "settled"))
        last = max((number for *_, number in rows if number is not None), default=0)
        if last < self._last:  # another database, or one that was restored
            self.forget()
            self._bring_up_to_date()
            return
        # Terms of another version are soon written anew; until then what was read of their analysis stays.
        changed = [pk for pk, version, mark, *_ in rows if version == VERSION and self._states.get(pk) != mark]
        self._read([*changed, *self._unsettled.difference(pk for pk, *_ in rows)])
        self._unsettled = {pk for pk, *_, compared, _ in rows if not compared}
        self._last = last
        if len(self._index) > MOST_HELD:
            self._discard(heapq.nsmallest(len(self._index) - MOST_HELD + TO_SPARE, self._states))

    def _read_all(self, go_on: Callable[[], bool] = lambda: True) -> None:
        if self._reached < 0:  # the number before the rows: what gets one meanwhile is read again
            self._first = AnalysisTerms.objects.aggregate(last=Max("settled"))["last"] or 0
            self._reached = _key_before_the_latest()
        try:
            self._index.add_many(self._taken_in(self._rows(go_on)))
        except BaseException:  # also when the queue ends the task: half of an analysis is no analysis
            self.forget()
            raise

    def _rows(self, go_on: Callable[[], bool]) -> Iterator[Row]:
        """The analyses that are not read yet, in steps, so that neither side has to hold them all."""
        while go_on():
            rows = list(Analysis.objects.filter(pk__gt=self._reached).order_by("pk").values_list(*COLUMNS)[:BATCH])
            if not rows:
                self._last = self._first
                return
            yield from rows
            self._reached = rows[-1][0]

    def _read(self, pks: Collection[int]) -> None:
        pks = list(pks)
        for start in range(0, len(pks), BATCH):
            batch = pks[start : start + BATCH]
            self._discard(batch)
            for pk, packed, on in self._taken_in(
                Analysis.objects.filter(pk__in=batch).order_by().values_list(*COLUMNS)
            ):
                self._index.add(pk, packed, on)

    def _taken_in(self, rows: Iterator[Row]) -> Iterator[tuple[int, Terms | Packed, date | None]]:
        for pk, on, sha256, version, mark, packed in rows:
            # What changes when the analysis has to be read again: the text itself where its terms cannot be used.
            self._states[pk] = mark if version == VERSION and mark is not None else sha256
            yield pk, _terms(pk, packed), on

    def _discard(self, pks: Collection[int]) -> None:
        for pk in pks:
            self._index.discard(pk)
            self._states.pop(pk, None)


def _key_before_the_latest() -> int:
    before = Analysis.objects.order_by("-pk").values_list("pk", flat=True)[MOST_HELD : MOST_HELD + 1]
    return next(iter(before), 0)


def _terms(pk: int, packed: bytes | None) -> Terms | Packed:
    """The terms that a row keeps; those of its text where there are none, or of another version."""
    try:
        return from_bytes(packed or b"")
    except OtherVersion:
        source, text = Analysis.objects.values_list("source", "text").get(pk=pk)
        return terms(text, source)


earlier_analyses = EarlierAnalyses()

"""Reads the audit and says what of it is not as it was sealed: which row was edited, removed, moved or put there.

Rows are read a piece at a time, so that it takes the same memory for any number of them, and up to the seal that is the
last one at the beginning: what is sealed meanwhile is no concern of it.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce

from tracker import chain
from tracker.models import Anchor, AuditEvent, Seal

AT_ONCE = 2000  # rows that the database hands over together
MOST_COMPARED = 200  # rows that are looked for at other positions, where they may have been sealed
PLACED = ("position", *chain.COLUMNS, "mark", "digest")
EDITED, MOVED, REMOVED, ADDED, LINK = "edited", "moved", "removed", "added", "link"
NO_SEAL = (0, 2**63, "", "")  # what covers rows that no seal covers: number, last position, digest, key
SEAL, KEY, HISTORY, HEAD, ANCHOR = "seal", "key", "history", "head", "anchor"
SEAL_COLUMNS = (*chain.SEALED, "signature")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed. `row` is the number of an AuditEvent."""

    what: str
    sentence: str
    position: int | None = None
    row: int | None = None
    seal: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A row as it stands in the chain."""

    position: int
    values: tuple  # those of chain.COLUMNS
    mark: str
    digest: str

    @classmethod
    def of(cls, columns: tuple) -> "Place":
        """From the columns of PLACED."""
        return cls(columns[0], columns[1:-2], *columns[-2:])

    @property
    def row(self) -> int:
        """The number of the AuditEvent."""
        return self.values[0]

    def was_sealed_at(self, position: int, marks: set[str], keys: Sequence[chain.Key]) -> bool:
        """Whether what it says was sealed at the position, by one of the marks."""
        return any(chain.mark(key, position, self.values) in marks for key in keys)


def in_order(rows: QuerySet, *columns: str) -> Iterator[tuple]:
    """These columns of all rows in the order of the first one, whose values are there once and rise from 1."""
    ordered, last = rows.order_by(columns[0]).values_list(*columns), 0
    while piece := list(ordered.filter(**{f"{columns[0]}__gt": last})[:AT_ONCE]):
        yield from piece
        last = piece[-1][0]


@dataclass(frozen=True, slots=True)
class Start:
    """What a chain follows on: the number of the seal before it, the position of the row before it, and its digest."""

    seal: int = 0
    position: int = 0
    digest: str = chain.START


class Source(Protocol):
    """Where sealed rows are read from: the database, or an archive."""

    def begin(self, keys: Sequence[chain.Key]) -> Generator[Finding, None, Start]:
        """What the chain begins with; returns it."""

    def seals(self) -> Iterator[tuple]:
        """The columns SEAL_COLUMNS of each seal, by number."""

    def covering(self, position: int) -> Iterator[tuple]:
        """(number, last, digest, key) of the seals from that position on."""

    def rows(self, first: int, last: int) -> Iterator[tuple]:
        """The columns PLACED of the rows between two positions, both included, by position."""

    def outside(self, start: Start) -> Iterator[Finding]:
        """What is there beside the seals and the rows that they cover."""


@dataclass(slots=True)
class Stored:
    """The audit as it stands in the database."""

    anchor: Anchor | None = None  # the last one that this site has signed, once `begin` was read
    anchors: int = 0  # how many there were

    def begin(self, keys: Sequence[chain.Key]) -> Generator[Finding, None, Start]:
        """Behind the rows for which the last signed anchor stands; each of them must follow on the one before it."""
        end = 0
        for anchor in Anchor.objects.order_by("number").iterator(AT_ONCE):
            self.anchors += 1
            if not is_signed(anchor, keys):
                words = f"Anchor {anchor.number} was edited, not made by this site, or its key {anchor.key} is missing"
                yield Finding(ANCHOR, f"{words}: nothing stands for the rows that are gone.", seal=anchor.number)
                continue
            if anchor.first != end + 1:
                yield Finding(ANCHOR, f"An anchor before anchor {anchor.number} was removed.", seal=anchor.number)
            self.anchor, end = anchor, anchor.last
        return Start(self.anchor.number, self.anchor.last, self.anchor.digest) if self.anchor else Start()

    def seals(self) -> Iterator[tuple]:
        """All that are there."""
        return in_order(Seal.objects.all(), *SEAL_COLUMNS)

    def covering(self, position: int) -> Iterator[tuple]:
        """Those that end there or later."""
        return in_order(Seal.objects.filter(last__gte=position), "number", "last", "digest", "key")

    def rows(self, first: int, last: int) -> Iterator[tuple]:
        """Those that have a place between the two."""
        return in_order(AuditEvent.objects.filter(position__gte=first, position__lte=last), *PLACED)

    def outside(self, start: Start) -> Iterator[Finding]:
        """Rows with a place that no seal covers; found in one statement, while others seal."""
        latest = Seal.objects.order_by("-number").values("last")[:1]
        behind = AuditEvent.objects.filter(position__gt=Coalesce(Subquery(latest), 0)).order_by("position")
        for position, row in behind.values_list("position", "id")[:MOST_COMPARED]:
            words = f"Row {row} at position {position} stands behind the last seal"
            yield Finding(ADDED, f"{words}: it was put there, or its seal was removed.", position, row)
        before = AuditEvent.objects.filter(position__lte=start.position).order_by("position")
        for position, row in before.values_list("position", "id")[:MOST_COMPARED]:
            words = f"Row {row} at position {position} stands before the beginning of the chain"
            yield Finding(ADDED, f"{words}: it was put there after rows were pruned.", position, row)


def is_signed(anchor: Anchor, keys: Sequence[chain.Key]) -> bool:
    """Whether this site has made the anchor, as it stands."""
    values = {name: getattr(anchor, name) for name in chain.ANCHORED}
    return any(chain.signature_of_anchor(key, values) == anchor.signature for key in keys if key.name == anchor.key)


@dataclass(slots=True)
class Verification:
    """A run through the chain: read its `findings()` to the end, and the numbers are those of the whole."""

    keys: Sequence[chain.Key]
    source: Source = field(default_factory=Stored)
    since: datetime | None = None  # rows that were sealed before it are not read
    progress: Callable[[int], None] = lambda rows: None
    rows: int = 0
    seals: int = 0
    head: Seal | None = None
    start: Start = Start()
    expected: int = 1  # the position that comes next
    before: frozenset[str] = frozenset({chain.START})  # what the next row may follow on; empty: nobody knows
    last: int = 0  # the position at which the last seal ends
    doubtful: list[Place] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)

    def findings(self) -> Iterator[Finding]:
        """What is not as it was sealed: of the seals, of the rows, and of rows that stand where no seal is."""
        self.start = yield from self.source.begin(self.keys)
        self.last, self.expected = self.start.position, self.start.position + 1
        self.before = frozenset({self.start.digest})
        yield from self._of_seals()
        yield from self._of_rows()
        yield from self.source.outside(self.start)
        yield from self._explained()

    # -- seals --

    def _of_seals(self) -> Iterator[Finding]:
        number, digest, begun = self.start.seal + 1, self.start.digest, self.since is None
        for columns in self.source.seals():
            seal = Seal(**dict(zip(SEAL_COLUMNS, columns, strict=True)))
            if seal.number < number:
                yield Finding(SEAL, f"Seal {seal.number} was pruned, and put there again.", seal=seal.number)
                continue
            whole = yield from self._signed(seal)
            if seal.number != number:
                yield Finding(SEAL, f"{_range('Seal', number, seal.number - 1)} removed.", seal=number)
            elif whole and seal.previous != digest:
                yield Finding(SEAL, f"Seal {seal.number} does not follow on the seal before it.", seal=seal.number)
            if not begun and seal.at >= self.since:
                begun, self.expected, self.before = True, seal.first, frozenset({seal.previous})
            number, digest = seal.number + 1, seal.digest
            self.seals, self.head, self.last = self.seals + 1, seal, seal.last if whole else self.last
        if not begun:
            self.expected = self.last + 1

    def _signed(self, seal: Seal) -> Iterator[Finding]:
        """What is wrong with a seal itself; returns whether it is as it was made."""
        if (key := self._key(seal.key)) is None:
            words = f"Seal {seal.number} was signed with the key {seal.key}, which the site does not have"
            yield Finding(KEY, f"{words}: add it to AUDIT_KEY_FALLBACKS.", seal=seal.number)
            return False
        values = {name: getattr(seal, name) for name in chain.SEALED}
        if whole := seal.signature == chain.signature(key, values):
            return whole
        yield Finding(SEAL, f"Seal {seal.number} was edited, or not made by this site.", seal=seal.number)
        return False

    def _key(self, name: str) -> chain.Key | None:
        return next((key for key in self.keys if key.name == name), None)

    # -- rows --

    def _of_rows(self) -> Iterator[Finding]:
        if self.head is None:
            return
        covering = self.source.covering(self.expected)
        seal = next(covering, NO_SEAL)
        for columns in self.source.rows(self.expected, self.head.last):
            place = Place.of(columns)
            while place.position > seal[1]:
                seal = next(covering, NO_SEAL)
            yield from self._of_row(place, seal[3])
            if place.position == seal[1] and self.before and seal[2] not in self.before:
                words = f"Seal {seal[0]} does not end with row {place.row}."
                yield Finding(LINK, words, place.position, place.row, seal[0])
            self.rows += 1
            self.progress(self.rows)
        yield from self._missing(self.last + 1)

    def _of_row(self, place: Place, key_name: str) -> Iterator[Finding]:
        yield from self._missing(place.position)
        follows = frozenset([chain.digest(before, place.mark) for before in self.before])
        linked = place.digest in follows
        self.expected = place.position + 1
        if not self._is_marked(place, key_name):
            self.before = follows if linked else frozenset()
            yield from self._doubt(place, key_name)
            return
        if self.before and not linked:
            words = f"Row {place.row} at position {place.position} does not follow on the row before it"
            yield Finding(LINK, f"{words}: its digest was edited, or one of two histories.", place.position, place.row)
        self.before = frozenset((place.digest,)) if linked else follows | {place.digest}

    def _is_marked(self, place: Place, key_name: str) -> bool:
        """By the key of its seal, or by any key of the site: the seal itself may have been edited."""
        key = self._key(key_name)
        if key and chain.mark(key, place.position, place.values) == place.mark:
            return True
        return place.was_sealed_at(place.position, {place.mark}, self.keys)

    def _doubt(self, place: Place, key_name: str) -> Iterator[Finding]:
        """Look at a row again at the end; at once where there are too many. Nobody can judge what a lost key sealed."""
        if key_name and not self._key(key_name):
            return
        if len(self.doubtful) < MOST_COMPARED:
            self.doubtful.append(place)
            return
        words = f"Row {place.row} at position {place.position} was edited, moved or put there."
        yield Finding(EDITED, words, place.position, place.row)

    def _missing(self, position: int) -> Iterator[Finding]:
        """The rows that are not there before this position."""
        if self.expected >= position:
            return
        words = _range("The row at position", self.expected, position - 1, "The rows at positions")
        self.gaps += range(self.expected, min(position, self.expected + MOST_COMPARED))
        yield Finding(REMOVED, f"{words} removed.", self.expected)
        self.expected, self.before = position, frozenset()

    # -- what is left to say at the end --

    def _explained(self) -> Iterator[Finding]:
        """Where the rows come from that do not stand where they were sealed; what is sealed nowhere was edited."""
        marks = {place.position: {place.mark} for place in self.doubtful}
        marks |= {gap: set() for gap in self.gaps[:MOST_COMPARED]}
        for place in self.doubtful:
            words = f"Row {place.row} at position {place.position} was"
            others = {q: {*found, place.mark} for q, found in marks.items() if q != place.position}
            origin = next((q for q, found in others.items() if place.was_sealed_at(q, found, self.keys)), None)
            if origin is None:
                yield Finding(EDITED, f"{words} edited, or put there.", place.position, place.row)
            else:
                yield Finding(MOVED, f"{words} moved: it was sealed at position {origin}.", place.position, place.row)


def _range(one: str, first: int, last: int, many: str = "") -> str:
    if first == last:
        return f"{one} {first} was"
    return f"{many or one + 's'} {first} to {last} were"

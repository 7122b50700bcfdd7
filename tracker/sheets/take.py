"""A whole table as one import: in one transaction, which a dry run takes back; a refused row stops no other."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import PurePath
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext

from tracker import audit, entering, references
from tracker.choices import AuditVerb, Door
from tracker.entering import NewIssue, Origin
from tracker.hand import Hand
from tracker.models import Analysis, Issue
from tracker.permissions import CHANGE, DECIDE, Actor, may
from tracker.refusals import Refused
from tracker.sheets import rows
from tracker.sheets.columns import Layout, UnclearCell, layout
from tracker.sheets.outcome import CHANGED, CREATED, UNCHANGED, Outcome
from tracker.sheets.rows import Said, Site
from tracker.sheets.tables import MOST_BYTES, Cell, Row, UnreadableTable, open_table

AT_ONCE = 500  # rows whose issues are read, and new issues that are written, in one statement


class ImportRefused(Refused):
    """Nothing was imported."""


class OtherwiseNow(ImportRefused):
    """The import would do something else than what was shown. `found` is what it would do now."""

    def __init__(self, found: Outcome) -> None:
        super().__init__(
            gettext("Something changed since this was shown, and nothing was written: look again, then confirm.")
        )
        self.found = found


@dataclass(frozen=True, slots=True)
class Request:
    """What is imported, by whom, and how.

    expected: the digest of what a person confirmed; "" is what the import finds.
    """

    name: str
    actor: Actor
    door: Door
    now: datetime
    zone: str
    mapped: Mapping[str, str] = field(default_factory=dict)
    analysis: Analysis | None = None  # to which new issues belong; None makes one
    reason: str = ""  # of changes, where a row gives none
    expected: str = ""
    most_rows: int | None = None
    most_bytes: int = MOST_BYTES


def run(file: BinaryIO, request: Request, *, write: bool) -> Outcome:
    """Import the table, or do all of it and take it back. Raises: ImportRefused."""
    if sentence := may(request.actor, CHANGE):
        raise ImportRefused(sentence)
    try:
        sha256 = _sha256(file)
        table = open_table(file, most_bytes=request.most_bytes)
        places = layout(table.head, mapped=request.mapped, zone=request.zone)
        with transaction.atomic():
            references.hold(request.now)  # two imports of one table at once would both find nothing that is here
            work = _Import(request, places, sha256)
            work.told.remarks += [*table.remarks, *places.remarks]
            work.take(table.rows)
            if write and request.expected and work.told.digest != request.expected:
                raise OtherwiseNow(work.told)
            work.told.written = write
            _record(request, work.told)
            transaction.set_rollback(not write)
    except UnreadableTable as unreadable:
        raise ImportRefused(f"{request.name}: {unreadable}") from None
    return work.told


def _record(request: Request, told: Outcome) -> None:
    table = audit.Target("tracker.issue", "", gettext("Table %(name)s") % {"name": request.name})
    changes = {name: (None, number) for name, number in told.counts.items()}
    audit.record(AuditVerb.IMPORT, table, actor=request.actor, door=request.door, now=request.now, changes=changes)


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class _Known:
    """What is here of some rows: issues by their reference, and references by what new rows say."""

    issues: dict[str, Issue]
    alike: dict[tuple[str, str], str]


@dataclass(slots=True)
class _Import:
    """The work on one table: what is known of the site, what was seen, and what waits to be written."""

    request: Request
    layout: Layout
    sha256: str
    told: Outcome = field(default_factory=Outcome)
    site: Site = field(default_factory=Site)
    seen: dict[bytes, int] = field(default_factory=dict)  # references and new issues, by the row that had them first
    waiting: list[NewIssue] = field(default_factory=list)
    hand: Hand = field(init=False)
    analysis: Analysis | None = field(init=False)

    def __post_init__(self) -> None:
        self.hand = Hand(self.request.actor, self.request.door, self.request.now)
        self.analysis = self.request.analysis
        self.told.analysis = self.analysis.source if self.analysis else ""

    def take(self, found: Iterator[Row]) -> None:
        """Take the rows, some at once."""
        while some := list(islice(found, AT_ONCE)):
            most = self.request.most_rows
            if most is not None and self.told.rows + len(some) > most:
                raise UnreadableTable(
                    gettext("The table has more than %(most)s rows: import it with import_issues.")
                    % {"most": f"{most:,}"}
                )
            cells = [{} if row.problem else self.layout.cells(row.cells) for row in some]
            known = _Known(self._issues(cells), _alike(cells))
            for row, each in zip(some, cells, strict=True):
                self._take(row, each, known)
            self._write_waiting()

    def _issues(self, cells: list[dict[str, Cell]]) -> dict[str, Issue]:
        named = {_reference(each) for each in cells} - {""}
        issues = Issue.objects.filter(reference__in=named).select_related("owner", "analysis")
        return {issue.reference: issue for issue in issues.prefetch_related("systems")}

    def _take(self, row: Row, cells: dict[str, Cell], known: _Known) -> None:
        try:
            if row.problem:
                raise UnclearCell(row.problem)
            reference = _reference(cells)
            if reference:
                self._once(f"issue {reference}", row.number, reference)
                self._change(row.number, cells, known.issues.get(reference), reference)
            else:
                self._add(row.number, cells, known)
        except UnclearCell as unclear:
            self.told.refuse(row.number, (str(unclear),))
        except Refused as refused:
            self.told.refuse(row.number, refused.reasons)

    def _once(self, what: str, number: int, words: str) -> None:
        key = hashlib.blake2b(what.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        first = self.seen.setdefault(key, number)
        if first != number:
            raise UnclearCell(
                gettext("%(words)s is in row %(first)s already: keep one of them.") % {"words": words, "first": first}
            )

    def _change(self, number: int, cells: dict[str, Cell], issue: Issue | None, reference: str) -> None:
        if issue is None:
            raise UnclearCell(
                gettext("There is no issue %(reference)s: leave the reference empty for a new one.")
                % {"reference": reference[:40]}
            )
        said = rows.said(cells, self.layout, self.site, issue=issue, reason=self.request.reason)
        if "note" in said.values and issue.notes.filter(text=said.values["note"]).exists():
            del said.values["note"]  # from an earlier import of this table
            said.values.pop("hours", None)
        if not set(said.values) - {"hours", "until"}:
            self.told.count(UNCHANGED, number, reference)
            return
        details = said.details(issue)
        with transaction.atomic():
            rows.change(issue, said, self.hand)
        self.told.count(CHANGED, number, reference, *details)

    def _add(self, number: int, cells: dict[str, Cell], known: _Known) -> None:
        if sentence := may(self.request.actor, DECIDE):
            raise UnclearCell(sentence)
        said = rows.said(cells, self.layout, self.site, issue=None, reason=self.request.reason)
        new = rows.new_issue(said)
        if reasons := entering.refusals(new):
            raise UnclearCell(" ".join(reasons))
        self._once(f"new {new.title}\n{new.fingerprint}", number, gettext("The same new issue"))
        if here := known.alike.get((new.fingerprint, " ".join(new.title.split()))):
            self.told.count(
                UNCHANGED, number, gettext("new issue"), gettext("it is here already, as %(here)s.") % {"here": here}
            )
            return
        if rows.is_only_new(said):
            self.waiting.append(new)
        else:
            self._add_and_move(new, said)
        self.told.count(CREATED, number, gettext("new issue"), *said.details(None))

    def _add_and_move(self, new: NewIssue, said: Said) -> None:
        before = self.analysis
        try:
            with transaction.atomic():
                self._move(self._track([new])[0], said)
        except Refused:
            self.analysis = before  # one that was made for this row is gone with it
            raise

    def _move(self, issue: Issue, said: Said) -> None:
        later = {name: said.values[name] for name in ("note", "hours", "revenue", "until") if name in said.values}
        if (status := said.values.get("status", issue.status)) != issue.status:
            later["status"] = status
        rows.change(issue, Said(later, said.reason), self.hand)

    def _write_waiting(self) -> None:
        if self.waiting:
            self._track(self.waiting)
            self.waiting = []

    def _track(self, new: list[NewIssue]) -> list[Issue]:
        hand = {"actor": self.request.actor, "now": self.request.now}
        if self.analysis is None:
            self.analysis = entering.open_origin(self._origin(), **hand)
            self.told.analysis = self.analysis.source
        reason = gettext("Imported from %(name)s.") % {"name": self.request.name}
        return entering.track(new, self.analysis, door=self.request.door, reason=reason, **hand)

    def _origin(self) -> Origin:
        name = self.request.name
        facts = gettext("Issues that came in as a table, %(time)s. SHA-256 of the file: %(sha256)s.") % {
            "time": f"{self.request.now:%Y-%m-%d %H:%M:%S %Z}",
            "sha256": self.sha256,
        }
        title = gettext("Imported from %(name)s")
        text = f"# {title % {'name': name}}\n\n{facts}"
        return Origin(f"imported from {name}", title % {"name": PurePath(name).name}, text)


def _reference(cells: dict[str, Cell]) -> str:
    return str(cells.get("reference") or "").strip().upper()


def _alike(cells: list[dict[str, Cell]]) -> dict[tuple[str, str], str]:
    """The references of issues that say what rows without a reference say, by fingerprint and title."""
    new = [NewIssue(str(each.get("title", "")), str(each.get("text", ""))) for each in cells if not _reference(each)]
    wanted = {each.fingerprint for each in new}
    issues = Issue.objects.filter(fingerprint__in=wanted) if wanted else Issue.objects.none()
    found = issues.order_by("-pk").values_list("fingerprint", "title", "reference")
    return {(fingerprint, title): reference for fingerprint, title, reference in found}

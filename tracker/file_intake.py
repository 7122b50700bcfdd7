"""From files to what they say: looked at, or imported with all of their open entries tracked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.db import connection, transaction

from tracker import extraction, intake, reading
from tracker.calendars import Calendar
from tracker.choices import Door
from tracker.deadlines import DEFAULT_POLICIES
from tracker.extraction.values import ExtractedAnalysis, ExtractedIssue
from tracker.intake import ImportResult, Preview, PreviewEntry
from tracker.lookup import Lookup
from tracker.models import Analysis
from tracker.people import Directory
from tracker.uploads import in_common

STANDARD_INPUT_NAME = "standard input"


@dataclass(frozen=True, slots=True)
class FileText:
    """A file that was read: how a person knows it, how the tracker knows it, and its text."""

    place: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class FileIssue:
    """An issue that a file states: with the priority, owner and deadline that it has, or would get.

    `owner` is a name, or the words of the document where they name nobody who is known, or "".
    """

    said: ExtractedIssue
    priority: str
    owner: str
    deadline: datetime | None
    reference: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True)
class FileIssues:
    """What a file says, and what became of it or would become.

    `analysis` is the one it belongs to, if there is one; `imported` is what the import did, when there was one.
    """

    file: FileText
    extracted: ExtractedAnalysis
    issues: tuple[FileIssue, ...]
    now: datetime
    analysis: Analysis | None = None
    imported: ImportResult | None = None


def files(paths: Iterable[str]) -> tuple[list[str], list[reading.UnreadableAnalysis]]:
    """All files that the paths mean, each once, in the order given, and what could not be looked at."""
    found = [reading.find(path) for path in paths]
    names = dict.fromkeys(name for each in found for name in each.paths)
    return list(names), [problem for each in found for problem in each.problems]


def read(path: str) -> FileText:
    """The file as text. Raises: UnreadableAnalysis."""
    limit = settings.MAX_ANALYSIS_BYTES
    data = reading.read(path, limit=limit)
    place = STANDARD_INPUT_NAME if path == reading.STANDARD_INPUT else path
    return FileText(
        place=place,
        source=reading.source_of(path, data, base=Path(settings.BASE_DIR)),
        text=reading.decode(data, name=place, limit=limit),
    )


def look(file: FileText, *, now: datetime) -> FileIssues:
    """What an import of the file would find; nothing is written."""
    preview = intake.preview(file.text, source=known_as(file), now=now)
    return FileIssues(file, preview.extracted, _issues(preview, now), now, preview.analysis)


def look_without_rows(file: FileText, *, now: datetime) -> FileIssues:
    """What the file says where there is no database to ask: generic systems, default deadlines, nobody known."""
    extracted = extraction.extract(file.text, extraction.GENERIC_SYSTEMS)
    site = Calendar(time_zone=settings.TIME_ZONE)
    policies = {priority: replace(policy, calendar=site) for priority, policy in DEFAULT_POLICIES.items()}
    lookup = Lookup(Directory.of(()), {}, policies)
    issues = tuple(
        FileIssue(
            said=issue,
            priority=issue.priority,
            owner=issue.owner,
            deadline=lookup.deadline(issue.deadline, issue.priority, analysis_date=extracted.date, start=now),
        )
        for issue in extracted.issues
    )
    return FileIssues(file, extracted, issues, now)


def take(file: FileText, *, door: Door, now: datetime) -> FileIssues:
    """Import the file and track all of its issues that nobody has decided about: the whole of it or nothing."""
    hand = {"actor": None, "door": door, "now": now}
    with transaction.atomic():
        result = intake.import_analysis(file.text, source=known_as(file), **hand)
        intake.add_all(result.analysis.pk, **hand)
        meanings = Lookup.load()
        extracted = result.extracted or extraction.extract(file.text, meanings.system_words())
        analysis = result.analysis
        preview = intake.preview_of(extracted, analysis.text, source=analysis.source, meanings=meanings, now=now)
    return FileIssues(file, extracted, _issues(preview, now), now, preview.analysis, result)


def known_as(file: FileText) -> str:
    """The source of the analysis that the file is a version of: its own, or the bare name of an earlier upload."""
    name = PurePosixPath(file.source).name
    found = {analysis.source: analysis for analysis in Analysis.objects.filter(source__in={file.source, name})}
    uploaded = found.get(name)
    if file.source not in found and uploaded and in_common(uploaded.text, file.text):
        return name
    return file.source


def _issues(preview: Preview, now: datetime) -> tuple[FileIssue, ...]:
    return tuple(_issue(entry, now) for entry in preview.entries)


def _issue(entry: PreviewEntry, now: datetime) -> FileIssue:
    item = entry.item
    tracked = item.issue if item else None
    return FileIssue(
        said=entry.issue,
        priority=(tracked or entry.issue).priority,
        owner=entry.owner.name if entry.owner else entry.issue.owner,
        deadline=entry.deadline,
        reference=entry.reference,
        known=item is not None and item.found_at != now,
    )


def database_is_absent() -> bool:
    """Whether even asking would create the database: SQLite makes the file of one that is not there."""
    name = str(connection.settings_dict["NAME"])
    return connection.vendor == "sqlite" and "memory" not in name and not Path(name).exists()

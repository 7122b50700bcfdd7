"""`manage.py track`: change one issue, or show it."""

import argparse
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tracker import terminal, tracking
from tracker.choices import Door, IssueKind, Priority, Status
from tracker.deadlines import words_for
from tracker.management.base import DoorCommand
from tracker.models import Issue
from tracker.refusals import Refused


def status_word(text: str) -> Status:
    """The status of that name, written with _ or - or a space."""
    try:
        return Status(text.strip().lower().replace("-", "_").replace(" ", "_"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no status: choose one of {', '.join(Status)}.") from None


def deadline_moment(text: str) -> datetime:
    """The deadline that the text names, in the site's time zone."""
    try:
        return tracking.iso_deadline(text.strip(), time_zone=settings.TIME_ZONE)
    except ValueError as unclear:
        raise argparse.ArgumentTypeError(str(unclear)) from unclear


class Command(DoorCommand):
    help = (
        "Changes the status, owner or deadline of an issue or adds a note, all or nothing; without a change shows it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        statuses = ", ".join(Status)
        parser.add_argument("--issue-id", required=True, metavar="REF", help="reference, such as P0-20250908-001")
        parser.add_argument("--status", type=status_word, metavar="STATUS", help=f"one of {statuses}")
        parser.add_argument("--owner", metavar="NAME", help="name, e-mail or @handle of the new owner")
        parser.add_argument(
            "--deadline",
            type=deadline_moment,
            metavar="ISO",
            help="date (its end) or time; without an offset in the site's time zone",
        )
        parser.add_argument("--note", metavar="TEXT", help="progress to note")
        parser.add_argument(
            "--reason", metavar="TEXT", default="", help="why: a moved deadline and some statuses need it"
        )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        issue = self._issue(options["issue_id"])
        owner = options["owner"]
        try:
            issue = tracking.change(
                issue.pk,
                owner=None if owner is None else tracking.known_owner(owner),
                deadline=options["deadline"],
                note=options["note"],
                status=options["status"],
                reason=options["reason"],
                door=Door.COMMAND,
                now=now,
            )
        except (Refused, tracking.UnknownOwner) as refused:
            raise CommandError(self._sentences(issue, refused, options["reason"])) from refused
        self.say(described(issue, now))

    def _issue(self, reference: str) -> Issue:
        try:
            return Issue.objects.get(reference=reference.strip().upper())
        except Issue.DoesNotExist:
            raise CommandError(f"There is no issue {reference!r}.") from None

    def _sentences(self, issue: Issue, refused: Exception, reason: str) -> str:
        """Every reason of a refusal on a line of its own."""
        reasons = refused.reasons if isinstance(refused, Refused) else (str(refused),)
        if not reason and any("needs a reason" in sentence for sentence in reasons):
            reasons = (*reasons, "Give the reason with --reason.")
        name = issue.reference
        return "\n".join(sentence if name in sentence else f"{name}: {sentence}" for sentence in reasons)


def described(issue: Issue, now: datetime) -> Iterator[str]:
    """What the issue is now, line by line."""
    yield terminal.printable(f"{issue.reference}  {issue.title}")
    owner = issue.owner.name if issue.owner else f"{issue.owner_words} (to confirm)" if issue.owner_words else "nobody"
    rows = [
        ("  Status", Status(issue.status).label),
        ("  Priority", Priority(issue.priority).label),
        ("  Kind", IssueKind(issue.kind).label),
        ("  Owner", owner),
        ("  Deadline", _deadline(issue, now)),
    ]
    if issue.analysis:
        rows.append(("  Source", f"{issue.analysis.source}:{issue.source_line or 1}"))
    yield from terminal.table(rows)


def _deadline(issue: Issue, now: datetime) -> str:
    if not issue.deadline:
        return "none"
    local = timezone.localtime(issue.deadline)
    return f"{local:%Y-%m-%d %H:%M %Z} ({words_for(issue.deadline, now)})"

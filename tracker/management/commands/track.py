"""`manage.py track`: change one issue, or show it."""

import argparse
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tracker import terminal, tracking
from tracker.choices import Door, IssueKind, MeasureCategory, Priority, Status
from tracker.deadlines import words_for
from tracker.links import read_links
from tracker.management.base import DoorCommand
from tracker.models import Issue
from tracker.querysets import OPEN_WORK
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


def hours_spent(text: str) -> Decimal:
    """The hours that the text names: 1.5, or 1:30."""
    whole, colon, minutes = text.strip().partition(":")
    try:
        if colon and not (len(minutes) == 2 and int(minutes) < 60):
            raise ValueError
        return Decimal(whole) if not colon else Decimal(int(whole)) + round(Decimal(minutes) / 60, 2)
    except (InvalidOperation, ValueError):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of hours: write 1.5 or 1:30.") from None


def web_link(text: str) -> dict[str, str]:
    """The link that the text names, with its kind."""
    try:
        return read_links([text])[0]
    except (ValueError, IndexError) as unclear:
        raise argparse.ArgumentTypeError(str(unclear) if text.strip() else "A link needs an address.") from unclear


# What is said about a missing answer, and the option that gives it.
OPTIONS = (
    ("needs a reason", "reason", "Give the reason with --reason."),
    ("needs an end date", "until", "Give the end date with --until."),
    ("needs the hours spent", "hours_unknown", "Note the hours with --note and --hours, or use --hours-unknown."),
    ("needs a prevention measure", "prevention", "Propose one with --prevention and --category."),
    ("by a named person", "actor", "Name that person with --as."),
)


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
        parser.add_argument("--hours", type=hours_spent, metavar="N", help="hours spent, of the note: 1.5 or 1:30")
        parser.add_argument(
            "--link",
            type=web_link,
            action="append",
            default=[],
            metavar="URL",
            help="commit, pull request or document, of the note; a kind may stand before it; may be repeated",
        )
        parser.add_argument("--prevention", metavar="TEXT", help="a measure that keeps it from happening again")
        parser.add_argument(
            "--category", choices=list(map(str, MeasureCategory)), help="by what means the measure prevents"
        )
        parser.add_argument(
            "--hours-unknown", action="store_true", help="complete work of which nobody can say the hours"
        )
        parser.add_argument(
            "--until", type=deadline_moment, metavar="ISO", help="when an accepted risk is open again, like --deadline"
        )
        parser.add_argument(
            "--reason", metavar="TEXT", default="", help="why: a moved deadline and some statuses need it"
        )
        self.add_actor_argument(parser)

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        _check_together(options)
        actor = self.actor(options["actor"])
        issue = self.issue_of(options["issue_id"])
        owner = options["owner"]
        try:
            issue = tracking.change(
                issue.pk,
                owner=None if owner is None else tracking.known_owner(owner),
                deadline=options["deadline"],
                note=options["note"],
                hours=options["hours"],
                links=options["link"],
                measure=options["prevention"],
                category=options["category"] and MeasureCategory(options["category"]),
                status=options["status"],
                reason=options["reason"],
                until=options["until"],
                hours_unknown=options["hours_unknown"],
                actor=actor,
                door=Door.COMMAND,
                now=now,
            )
        except (Refused, tracking.UnknownOwner) as refused:
            raise CommandError(self._sentences(issue, refused, options)) from refused
        self.say(described(issue, now))

    def _sentences(self, issue: Issue, refused: Exception, options: dict[str, Any]) -> str:
        """Every reason of a refusal on a line of its own, and then the options that would help."""
        reasons = refused.reasons if isinstance(refused, Refused) else (str(refused),)
        said = " ".join(reasons)
        reasons = (*reasons, *(help for words, option, help in OPTIONS if words in said and not options[option]))
        name = issue.reference
        return "\n".join(sentence if name in sentence else f"{name}: {sentence}" for sentence in reasons)


def _check_together(options: dict[str, Any]) -> None:
    """Refuse an option that says something about another one which is not there."""
    if options["note"] is None and (options["hours"] is not None or options["link"]):
        raise CommandError("--hours and --link belong to a note: say with --note what was done.")
    if (options["prevention"] is None) != (options["category"] is None):
        raise CommandError("--prevention and --category belong together: a measure, and by what means it prevents.")
    if options["until"] is not None and options["status"] != Status.ACCEPTED:
        raise CommandError("--until belongs to --status accepted.")
    if options["hours_unknown"] and options["status"] != Status.COMPLETED:
        raise CommandError("--hours-unknown belongs to --status completed.")


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
    if issue.accepted_until:
        rows.append(("  Accepted until", f"{timezone.localtime(issue.accepted_until):%Y-%m-%d %H:%M %Z}"))
    if issue.analysis:
        rows.append(("  Source", f"{issue.analysis.source}:{issue.source_line or 1}"))
    yield from terminal.table(rows)


def _deadline(issue: Issue, now: datetime) -> str:
    if not issue.deadline:
        return "none"
    local = timezone.localtime(issue.deadline)
    left = f" ({words_for(issue.deadline, now)})" if issue.status in OPEN_WORK else ""  # else no deadline binds it
    return f"{local:%Y-%m-%d %H:%M %Z}{left}"

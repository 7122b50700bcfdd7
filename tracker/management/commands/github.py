"""`manage.py github`: push an issue to GitHub, look at what happened there, and say how it stands."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Count, Q
from django.utils import timezone

from tracker import terminal
from tracker.choices import Door, FollowState
from tracker.github import asking, comparing, follow, push
from tracker.github.client import setup_problem
from tracker.management.base import DoorCommand
from tracker.models import GitHubLink, GitHubRepository
from tracker.refusals import Refused

MOST_SHOWN = 50


class Command(DoorCommand):
    help = "Pushes issues to GitHub, follows them there, and says how they stand."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="push|follow|status")
        one = actions.add_parser("push", help="push an issue now; without a reference, everything that is due")
        one.add_argument("reference", nargs="?", help="such as P0-20260910-001")
        one.add_argument("--repository", metavar="OWNER/NAME", help="needed when there are several")
        self.add_actor_argument(one)
        look = actions.add_parser("follow", help="look at every repository now, or at one")
        look.add_argument("--repository", metavar="OWNER/NAME")
        status = actions.add_parser("status", help="how repositories and issues stand there")
        status.add_argument("--json", action="store_true", help="write one JSON object instead of tables")

    def handle(self, **options: Any) -> None:
        {"push": self._push, "follow": self._follow, "status": self._status}[options["action"]](**options)

    def _push(self, **options: Any) -> None:
        if options["reference"] is None:
            self.say([f"{comparing.compare(timezone.now())}; {push.push_due(timezone.now)}"])
            return
        issue = self.issue_of(options["reference"])
        repository = self._repository(options["repository"])
        try:
            link = asking.ask(
                issue.pk, repository, actor=self.actor(options["actor"]), door=Door.COMMAND, now=timezone.now()
            )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        push.push_one(link.pk, timezone.now)
        link.refresh_from_db()
        if link.number is None:
            later = " It is tried again by itself." if link.due_at else ""
            raise CommandError(f"{issue.reference} was not pushed yet: {link.problem}{later}")
        self.say([terminal.printable(f"{link} {link.url}")])

    def _follow(self, **options: Any) -> None:
        rows = GitHubRepository.objects.filter(active=True)
        if options["repository"]:
            rows = rows.filter(pk=self._repository(options["repository"]).pk)
        rows.update(follow_due_at=None)
        found = follow.follow_due(timezone.now)
        self.say([str(found)])
        if found.failed:
            problems = rows.exclude(problem="").values_list("name", "problem")
            raise CommandError("\n".join(f"{name}: {problem}" for name, problem in problems))

    def _status(self, **options: Any) -> None:
        document = status_document()
        if options["json"]:
            self.say_json(document)
        else:
            self.say(listing(document))

    def _repository(self, name: str | None) -> GitHubRepository:
        """The repository of that name, or the only one. Raises: CommandError."""
        rows = GitHubRepository.objects.filter(active=True)
        found = list((rows.filter(name__iexact=name) if name else rows)[:2])
        if len(found) == 1:
            return found[0]
        if name:
            several = "Several servers have" if found else "There is no"
            raise CommandError(f"{several} {'a' if found else 'active'} repository {name!r}: set it up in the admin.")
        raise CommandError("Name the repository with --repository OWNER/NAME." if found else "No repository is set up.")


def status_document() -> dict[str, Any]:
    """How everything stands, for programs."""
    counts = {f"{state}": Count("links", filter=Q(links__state=state)) for state in FollowState}
    due = Count("links", filter=Q(links__due_at__isnull=False))
    look = Count("links", filter=~Q(links__attention=""))
    rows = GitHubRepository.objects.annotate(**{f"of_{name}": each for name, each in counts.items()})
    troubled = GitHubLink.objects.troubled().select_related("issue", "repository").order_by("-pk")[:MOST_SHOWN]
    return {
        "repositories": [
            {
                "name": row.name,
                "active": row.active,
                "problem": setup_problem(row) or row.problem,
                "rests_until": row.rests_until and row.rests_until.isoformat(),
                "followed_at": row.followed_at and row.followed_at.isoformat(),
                "to_be_sent": row.due,
                "to_look_at": row.look,
                **{str(state): getattr(row, f"of_{state}") for state in FollowState},
            }
            for row in rows.annotate(due=due, look=look).order_by("name")
        ],
        "to_look_at": [
            {"issue": link.issue.reference, "at": str(link), "what": link.problem or link.attention}
            for link in troubled
        ],
    }


def listing(document: dict[str, Any]) -> Iterator[str]:
    """The same for people."""
    if not document["repositories"]:
        yield "No repository is set up."
        return
    heading = ("Repository", "Followed", "To be pushed", "Stopped", "To be sent", "State")
    rows = [
        (
            row["name"],
            *(str(row[name]) for name in ("followed", "planned", "stopped", "to_be_sent")),
            "switched off" if not row["active"] else row["problem"] or "well",
        )
        for row in document["repositories"]
    ]
    yield from terminal.table([heading, *rows], right=(1, 2, 3, 4))
    for each in document["to_look_at"]:
        yield terminal.printable(f"{each['issue']} at {each['at']}: {each['what']}")

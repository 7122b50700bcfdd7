"""What the story is played on: people, a clock that only the story moves, and what was seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, Group

from alerts import delivery
from alerts.evaluate import evaluate
from remediation_site.demo.playing import MAILS
from tracker.choices import Door, Role
from tracker.models import Issue, Owner

BEGINS_AT = datetime(2026, 10, 2, 20, 30, tzinfo=UTC)  # the evening of the incident of the first sample
HOUR = timedelta(hours=1)
# Name, group, role, and whom they report to; who comes later reports to somebody before.
CAST = (
    ("Helen Marsh", "Executive", Role.EXECUTIVE, None),
    ("Jonas Weber", "Manager", Role.MANAGER, "Helen Marsh"),
    ("Priya Nair", "Manager", Role.TEAM_LEAD, "Jonas Weber"),
    ("Ines Okafor", "Engineer", Role.ENGINEER, "Priya Nair"),
    ("Mateus Lindqvist", "Engineer", Role.ENGINEER, "Priya Nair"),
)


class StoryBroke(Exception):
    """Something that a reader may rely on did not come true, in one sentence."""


@dataclass(slots=True)
class Stage:
    """The clock, the people and the folder. What one act leaves for the next is an issue by a word."""

    folder: Path
    now: datetime = BEGINS_AT
    issues: dict[str, Issue] = field(default_factory=dict)

    def clock(self) -> datetime:
        """The moment of the story, for functions that ask again and again."""
        return self.now

    def after(self, **time: float) -> datetime:
        """Move the clock on."""
        self.now += timedelta(**time)
        return self.now

    def hand(self, name: str | None) -> dict:
        """Who acts now: the keyword arguments of every function that changes something."""
        return {"actor": person(name) if name else None, "door": Door.COMMAND, "now": self.now}

    def watch(self, hours: int) -> int:
        """Let so many hours go by, with an evaluation and the sending of messages in each; how many were sent."""
        sent = 0
        for _ in range(hours):
            self.after(hours=1)
            evaluate(self.now)
            sent += delivery.send_due(self.clock).sent
        return sent

    def mails(self, to: str) -> list[EmailMessage]:
        """What this person was mailed so far, in order."""
        address = address_of(to)
        files = sorted((self.folder / MAILS).iterdir())
        found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return [mail for mail in found if address in str(mail["To"])]

    def write(self, name: str, content: bytes) -> str:
        """Leave a file for who watches; its name."""
        (self.folder / name).write_bytes(content)
        return name


def expect(holds: object, sentence: str) -> None:
    """Raises: StoryBroke with the sentence unless that holds."""
    if not holds:
        raise StoryBroke(sentence)


def enter_people() -> Iterator[str]:
    """Make an account and an owner for each."""
    for name, group, role, above in CAST:
        first, _, last = name.partition(" ")
        user = get_user_model().objects.create_user(
            first.lower(), address_of(name), first_name=first, last_name=last, is_staff=True
        )
        user.groups.add(Group.objects.get(name=group))
        reports_to = Owner.objects.get(name=above) if above else None
        Owner.objects.create(name=name, email=address_of(name), user=user, role=role, reports_to=reports_to)
    yield f"{len(CAST)} people, each of whom reports to the next: {', '.join(name for name, *_ in reversed(CAST))}"


def person(name: str) -> AbstractUser:
    """The account of somebody, read anew: rights are kept on the object."""
    return get_user_model().objects.get(owner__name=name)


def address_of(name: str) -> str:
    return f"{name.partition(' ')[0].lower()}@example.org"

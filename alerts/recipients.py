"""Who is told at a level. One query for all people, however many alerts there are.

The people whom a step may be told to, best first:

1. At the level of the owner: the owner; when nobody owns the issue, the default owner of one of its systems. Of an
   analysis it is the person who imported it, else the default owner of one of its systems. At a level above: whoever
   has the role of that level in the owner's line of reporting, the nearest first. The line begins above the owner: a
   Team Lead who owns the issue is not told as its Team Lead, because nobody is the escalation of their own work.
2. The fallback person of the policy.
3. Everybody further up in the line of reporting, the nearest first: an owner who reports to a manager directly, or is
   the Team Lead, is escalated to the manager early rather than to nobody.
4. The fallback person of the alert settings.
5. Only for what belongs to no person (the site's revenue, a channel that fails, an analysis that a program imported):
   the person with the role of the level to whom most people report comes first of all, and in the end anybody above
   the engineers, and superusers who are owners.

Each channel takes the first of them whom it can reach: e-mail needs an address, Slack a name there, the log takes
anybody. People whose account is switched off are told nothing; the line goes on above them. It may lead in a circle.
Whoever is told by 2 to 4 is told "by fallback". Who is not found is a step without a recipient.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import BigIntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from alerts.choices import ChannelKind, Level
from alerts.models import AlertSettings, QuietHours
from alerts.quiet import Hours
from tracker.choices import Role
from tracker.models import Analysis, Issue, Owner

RANKS: Mapping[Role, int] = {role: rank for rank, role in enumerate(Role)}  # in the order of escalation
OF_HOURS = ("weekday", "starts", "ends")
COLUMNS = ("pk", "name", "email", "slack_name", "reports_to_id", "role", "time_zone", "user_id")


@dataclass(frozen=True, slots=True)
class Person:
    """An owner, as far as telling them something needs it."""

    pk: int
    name: str
    email: str
    slack_name: str
    reports_to: int | None
    role: Role
    time_zone: str
    user: int | None = None
    is_active: bool = True
    is_superuser: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The person's time zone; the site's for one that is empty or that this machine does not know."""
        return zone_of(self.time_zone)

    def is_reached_by(self, kind: ChannelKind | str) -> bool:
        """Whether a personal channel of this kind reaches them."""
        if not self.is_active:
            return False
        needed = {ChannelKind.EMAIL: self.email, ChannelKind.SLACK: self.slack_name, ChannelKind.LOG: self.name}
        return bool(needed.get(ChannelKind(kind)))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be told, and whether only because the line of reporting has nobody for the level."""

    person: Person
    by_fallback: bool


@dataclass(frozen=True, slots=True)
class Start:
    """Where the line of reporting begins: at a person, or (`of_site`) nowhere, because it is about the whole site."""

    person: int | None = None
    of_site: bool = False


@dataclass
class People:
    """All owners, and the person who is told when no other can be found."""

    by_pk: Mapping[int, Person]
    fallback: int | None = None
    quiet_hours: Mapping[int, Sequence[Hours]] = field(default_factory=dict)  # where they were asked for
    _found: dict[tuple, tuple[Candidate, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, row: AlertSettings | None = None) -> Self:
        """Everybody, in one query, and another for the alert settings when they are not at hand."""
        rows = Owner.objects.order_by("pk").values_list(*COLUMNS, "user__is_active", "user__is_superuser")
        people = (_person(*row) for row in rows)
        return cls({person.pk: person for person in people}, (row or AlertSettings.current()).fallback_id)

    @classmethod
    def load_with_quiet_hours(cls, fallback: int | None) -> Self:
        """Everybody with their quiet hours, in one query. `fallback` is that of the alert settings."""
        by_pk: dict[int, Person] = {}
        quiet_hours: dict[int, list[QuietHours]] = {}
        columns = (*COLUMNS, "user__is_active", "user__is_superuser", *(f"quiet_hours__{name}" for name in OF_HOURS))
        for row in Owner.objects.order_by("pk").values_list(*columns):
            person, hours = row[: -len(OF_HOURS)], dict(zip(OF_HOURS, row[-len(OF_HOURS) :], strict=True))
            if person[0] not in by_pk:
                by_pk[person[0]] = _person(*person)
            if hours["weekday"] is not None:
                quiet_hours.setdefault(person[0], []).append(QuietHours(**hours))
        return cls(by_pk, fallback, quiet_hours)

    def of_user(self, user: int | None) -> int | None:
        """The key of the owner with this account, or None."""
        return next((person.pk for person in self.by_pk.values() if user and person.user == user), None)

    def above(self, pk: int | None) -> Iterator[Person]:
        """The line of reporting above a person, the nearest first; each once, also when it leads in a circle."""
        seen = {pk}
        person = self.by_pk.get(pk)
        while person and person.reports_to not in seen and (person := self.by_pk.get(person.reports_to)):
            seen.add(person.pk)
            yield person

    def candidates(self, start: Start, level: Level, fallback: int | None) -> tuple[Candidate, ...]:
        """Who may be told at the level, best first. `fallback` is the policy's."""
        key = (start, level, fallback)
        if key not in self._found:
            self._found[key] = tuple(self._search(start, level, fallback))
        return self._found[key]

    def _search(self, start: Start, level: Level, fallback: int | None) -> Iterator[Candidate]:
        seen: set[int] = set()
        regular = self._regular(start, level)
        for by_fallback, people in ((False, regular), (True, self._instead(start, level, fallback))):
            for person in people:
                if person and person.is_active and person.pk not in seen:
                    seen.add(person.pk)
                    yield Candidate(person, by_fallback)

    def _regular(self, start: Start, level: Level) -> Iterator[Person | None]:
        if start.of_site:
            yield from self._with_role(level.role) if level.role else ()
        elif level.role is None:
            yield self.by_pk.get(start.person)
        else:
            yield from (person for person in self.above(start.person) if person.role == level.role)

    def _instead(self, start: Start, level: Level, fallback: int | None) -> Iterator[Person | None]:
        yield self.by_pk.get(fallback)
        own_rank = RANKS[level.role] if level.role else -1
        yield from (person for person in self.above(start.person) if RANKS[person.role] > own_rank)
        yield self.by_pk.get(self.fallback)
        if start.of_site:
            higher, lower = _roles_around(level)
            for role in (*higher, *lower):
                yield from self._with_role(role)
            yield from (person for person in self.by_pk.values() if person.is_superuser)

    def _with_role(self, role: Role) -> list[Person]:
        """Who has the role, those first to whom most people report, directly or not."""
        having = [person for person in self.by_pk.values() if person.role == role]
        numbers = dict.fromkeys((person.pk for person in having), 0)
        for pk in self.by_pk if len(having) > 1 else ():
            for person in self.above(pk):
                if person.pk in numbers:
                    numbers[person.pk] += 1
        return sorted(having, key=lambda person: (-numbers[person.pk], person.pk))


def _roles_around(level: Level) -> tuple[list[Role], list[Role]]:
    """The roles above that of the level, going up, and those below it, going down; engineers are in neither."""
    own = RANKS[level.role] if level.role else 0
    roles = [role for role in Role if role != Role.ENGINEER]
    return [role for role in roles if RANKS[role] > own], [role for role in reversed(roles) if RANKS[role] < own]


def responsible(owner: str, *, issue: str, analysis: str = "") -> Coalesce:
    """The key of the owner in the column `owner`, else of the default owner of one of the systems of what is in the
    columns `issue` and `analysis`: the first by name that has one. For a query.
    """
    found = [owner, _default_owner(Issue, issue), *([_default_owner(Analysis, analysis)] if analysis else [])]
    return Coalesce(*found, output_field=BigIntegerField())


def _default_owner(model: type[Analysis] | type[Issue], column: str) -> Subquery:
    systems = model.systems.through.objects.filter(
        **{model._meta.model_name: OuterRef(column)}, system__default_owner__isnull=False
    )
    return Subquery(systems.order_by("system__name").values("system__default_owner")[:1])


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name; the site's when it is empty or this machine does not know it."""
    try:
        return ZoneInfo(name or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(settings.TIME_ZONE)


def _person(pk: int, *columns: object) -> Person:
    name, email, slack_name, reports_to, role, time_zone, user, is_active, is_superuser = columns
    here = is_active is not False  # None: without an account
    return Person(
        pk, name, email, slack_name, reports_to, Role(role), time_zone, user, here, bool(is_superuser) and here
    )

"""Who belongs to which team: a team is called after its lead."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.choices import Role
from tracker.models import Owner


@dataclass(frozen=True, slots=True)
class Member:
    """An owner by name, with the key and the name of the lead of their team; None and "" without one."""

    name: str
    lead: int | None
    team: str


@dataclass(frozen=True, slots=True)
class Teams:
    """All owners with their teams."""

    members: Mapping[int, Member]

    def of(self, owner: int | None) -> Member:
        """The owner with their team; for nobody, a member without a name."""
        return self.members.get(owner, NOBODY)

    def owners_in(self, lead: int) -> list[int]:
        """The owners whose team that lead has."""
        return [owner for owner, member in self.members.items() if member.lead == lead]

    def name(self, lead: int) -> str:
        """What the team is called; "" when there is no such person."""
        return self.members[lead].name if lead in self.members else ""

    def leads(self) -> list[tuple[int, str]]:
        """The key and the name of every team, by name: what a filter offers."""
        found = {member.lead: member.team for member in self.members.values() if member.lead is not None}
        return sorted(found.items(), key=lambda pair: pair[1])


NOBODY = Member("", None, "")


def teams() -> Teams:
    """All owners with their teams. One query.

    The lead is the first person with that role in the line of reporting, which begins with the owner; without any, it
    is whoever the owner reports to. The line may lead in a circle.
    """
    columns = ("pk", "name", "reports_to", "role")
    rows = {pk: (name, above, role) for pk, name, above, role in Owner.objects.order_by().values_list(*columns)}
    return Teams({pk: Member(rows[pk][0], lead, rows[lead][0] if lead else "") for pk, lead in _leads(rows).items()})


def _leads(rows: Mapping[int, tuple[str, int | None, str]]) -> dict[int, int | None]:
    return {pk: _lead(pk, rows) for pk in rows}


def _lead(owner: int, rows: Mapping[int, tuple[str, int | None, str]]) -> int | None:
    seen: set[int] = set()
    each: int | None = owner
    while each in rows and each not in seen:
        if rows[each][2] == Role.TEAM_LEAD:
            return each
        seen.add(each)
        each = rows[each][1]
    return rows[owner][1]

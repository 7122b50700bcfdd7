"""What the words of an analysis mean on this site: its owners, its systems and its deadlines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from tracker.choices import Priority
from tracker.deadlines import Policy, deadline, stated_deadline
from tracker.extraction.values import SystemWords
from tracker.models import Owner, System
from tracker.people import Directory, directory
from tracker.policies import policies


@dataclass(frozen=True, slots=True)
class Lookup:
    """The site's owners, systems (by name) and policies, read once for a whole import."""

    directory: Directory
    systems: dict[str, System]
    policies: dict[Priority, Policy]

    @classmethod
    def load(cls) -> Self:
        """Read them, in three queries. Raises: ValueError when a policy cannot be."""
        systems = {system.name: system for system in System.objects.select_related("default_owner")}
        return cls(directory(), systems, policies())

    def system_words(self) -> tuple[SystemWords, ...]:
        """What the extraction looks for."""
        return tuple(SystemWords(system.name, system.keyword_list()) for system in self.systems.values())

    def system_rows(self, names: Sequence[str]) -> list[System]:
        """The systems of these names, in their order."""
        return [self.systems[name] for name in names if name in self.systems]

    def owner(self, words: str, systems: Sequence[str]) -> Owner | None:
        """Whom the document names, or nobody whom we know; the owner of its first system when it names nobody."""
        if words.strip():
            return self.directory.find(words)
        first = self.system_rows(systems)[:1]
        return first[0].default_owner if first else None

    def stated(self, words: str, priority: Priority, analysis_date: date | None) -> datetime | None:
        """The moment that the words name, by the calendar of the priority.

        Words that count from the day of writing ("end of week", "2 days") need a document that states its date: the
        day of import would make a late deadline of an old one.
        """
        if not words.strip():
            return None
        return stated_deadline(words, analysis_date=analysis_date, calendar=self.policies[priority].calendar)

    def deadline(
        self, words: str, priority: Priority, *, analysis_date: date | None, start: datetime | None
    ) -> datetime | None:
        """The stated deadline where it can be resolved, also when it has passed; else the policy's, from the start.

        None when the words name no moment and there is no start to count from.
        """
        if stated := self.stated(words, priority, analysis_date):
            return stated
        return deadline(start, self.policies[priority]) if start else None

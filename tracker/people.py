"""From the words in which somebody names an owner to the owner. Nobody is guessed, and no account is created."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from tracker.models import Owner

NAME_AND_ADDRESS = re.compile(r"([^<>]{0,200})<([^<>\s]{1,254})>")
EDGES = " \t*_`\"'[]()|,;:.\u2018\u2019\u201c\u201d"


@dataclass(frozen=True)
class Directory:
    """All owners by the exact words that name them: name, e-mail address, @handle."""

    owners: dict[str, Owner | None]  # None: the words name more than one

    @classmethod
    def of(cls, owners: Iterable[Owner]) -> Self:
        """The directory of these owners."""
        found: dict[str, Owner | None] = {}
        for owner in owners:
            for words in _words_of(owner):
                found[words] = owner if found.get(words, owner) == owner else None
        return cls(found)

    def find(self, words: str) -> Owner | None:
        """The one owner whom the words name, else None: unknown, or more than one."""
        named = [owner for part in _ways_to_read(words) if (owner := self.owners.get(part))]
        return named[0] if len(set(named)) == 1 else None


def directory() -> Directory:
    """The directory of all owners, in one query."""
    return Directory.of(Owner.objects.all())


def find_owner(words: str) -> Owner | None:
    """The owner whom the words name exactly, without regard to case, by name, e-mail or @handle; else None."""
    return directory().find(words)


def _words_of(owner: Owner) -> set[str]:
    handle = owner.slack_name.lstrip("@")
    return {_folded(words) for words in (owner.name, owner.email, f"@{handle}" if handle else "") if words.strip()}


def _ways_to_read(words: str) -> list[str]:
    """The words themselves, and both parts of "Dana Fox <dana@example.org>"."""
    if parts := NAME_AND_ADDRESS.fullmatch(words.strip()):
        return [folded for part in parts.groups() if (folded := _folded(part))]
    return [_folded(words)]


def _folded(words: str) -> str:
    text = unicodedata.normalize("NFC", words).casefold()
    return " ".join(text.split()).strip(EDGES)

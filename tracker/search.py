"""Search of issues: every word is somewhere in the reference, the title, the text, or the name of the owner.

PostgreSQL finds parts of words in an index of trigrams (migration issue_search). In the order of a list it would rather
walk through all issues until a page is full, which is slow when few match: so the keys are looked for first.
"""

from collections.abc import Sequence

from django.db.models import Q
from django.utils.text import smart_split, unescape_string_literal

from tracker.models import Owner
from tracker.querysets import IssueQuerySet

MOST_FOUND = 10_000  # with more matches a page is full soon, whatever its order
MOST_WORDS = 8
COLUMNS = ("reference", "title", "description")


def found(issues: IssueQuerySet, text: str, *, columns: Sequence[str] = COLUMNS) -> IssueQuerySet:
    """Those of the issues that have every word of the text; what stands in quotes is one word.

    Who does not read texts gives fewer columns.
    """
    words = words_of(text)
    if not words:
        return issues
    owners = _owners(words)
    matching = issues
    for word in words:
        somewhere = Q(owner__in=owners[word]) if owners[word] else Q()
        for column in columns:
            somewhere |= Q(**{f"{column}__icontains": word})
        matching = matching.filter(somewhere)
    keys = list(matching.order_by().values_list("pk", flat=True)[: MOST_FOUND + 1])
    return matching if len(keys) > MOST_FOUND else issues.filter(pk__in=keys)


def words_of(text: str) -> list[str]:
    """The words that are looked for."""
    pieces = list(smart_split(text))[:MOST_WORDS]
    quoted = (piece[0] in "\"'" and piece[0] == piece[-1] and len(piece) > 1 for piece in pieces)
    return [unescape_string_literal(piece) if each else piece for piece, each in zip(pieces, quoted, strict=True)]


def _owners(words: list[str]) -> dict[str, list[int]]:
    """By word the keys of the owners whose name has it: one query."""
    anyone = Q()
    for word in words:
        anyone |= Q(name__icontains=word)
    rows = list(Owner.objects.filter(anyone).order_by().values_list("pk", "name"))
    return {word: [pk for pk, name in rows if word.casefold() in name.casefold()] for word in words}

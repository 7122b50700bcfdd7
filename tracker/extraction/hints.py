"""A look for letters before a pattern: `in` costs a hundredth of a search that would find nothing."""

from collections.abc import Sequence


def has_any(text: str, hints: Sequence[str]) -> bool:
    """Does a text have any of some letters? Give it small letters where case does not matter."""
    for hint in hints:  # noqa: SIM110 - a generator would cost more than the looks themselves
        if hint in text:
            return True
    return False

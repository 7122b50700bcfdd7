"""What became of the rows of one run, in numbers, and how a command tells them in a line."""

from dataclasses import asdict
from typing import ClassVar


class Counts:
    """The base of a dataclass whose fields are numbers, each named by the word that is told with it."""

    __slots__ = ()
    nothing: ClassVar[str]  # what is told when all are 0
    one: ClassVar[str] = "{count} {name}"

    def __str__(self) -> str:
        told = [self.one.format(count=count, name=name) for name, count in asdict(self).items() if count]
        return ", ".join(told) or self.nothing

"""From when on an issue of a priority is due soon, stalled, and how bad it is that it is late. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from tracker.choices import Priority
from tracker.deadlines import HOURS_A_DAY, MOST_HOURS
from tracker.translation import gettext, gettext_noop

LATENESS_IN_ORDER = gettext_noop(
    "Being late is a warning first, then critical, then an emergency: put the hours in that order."
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Spans of a priority. None is never; being late is a warning, critical or an emergency from that lateness on.

    Raises: ValueError in one sentence when one is negative or above ten years, or when a worse one comes earlier.
    """

    due_soon: timedelta
    stalled: timedelta | None = None
    late_warning: timedelta | None = None
    late_critical: timedelta | None = None
    late_emergency: timedelta | None = None

    def __post_init__(self) -> None:
        spans = (self.due_soon, self.stalled, *self.lateness())
        if any(span is not None and not timedelta(0) <= span <= timedelta(hours=MOST_HOURS) for span in spans):
            raise ValueError(gettext("A threshold lies between 0 hours and 10 years."))
        given = [span for span in self.lateness() if span is not None]
        if given != sorted(given):
            raise ValueError(gettext(LATENESS_IN_ORDER))

    def lateness(self) -> tuple[timedelta | None, timedelta | None, timedelta | None]:
        """From which lateness on it is a warning, critical and an emergency."""
        return (self.late_warning, self.late_critical, self.late_emergency)

    @classmethod
    def of_hours(cls, due_soon: int, *others: int | None) -> "Thresholds":
        """The same spans as whole hours, in the order of the fields."""
        try:
            return cls(*(None if hours is None else timedelta(hours=hours) for hours in (due_soon, *others)))
        except OverflowError:
            raise ValueError(gettext("A threshold lies between 0 hours and 10 years.")) from None


DEFAULT_THRESHOLDS: Mapping[Priority, Thresholds] = MappingProxyType(
    {
        Priority.P0: Thresholds.of_hours(24, 6, 0, 4, 8),
        Priority.P1: Thresholds.of_hours(24, 24, 8, 24),
        Priority.P2: Thresholds.of_hours(48, 5 * HOURS_A_DAY),
        Priority.P3: Thresholds.of_hours(48),
    }
)

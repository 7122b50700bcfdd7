"""Who makes many changes at once: each of them comes a moment after the one before it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.choices import Door
from tracker.permissions import Actor

MOMENT = timedelta(microseconds=1)  # so that the order of the changes is kept


@dataclass(slots=True)
class Hand:
    """Who imports, and when. Each change of an issue comes a moment after the one before it."""

    actor: Actor
    door: Door
    now: datetime

    def stamp(self) -> dict:
        """The keywords of a change, with its own moment."""
        self.now += MOMENT
        return {"actor": self.actor, "door": self.door, "now": self.now}

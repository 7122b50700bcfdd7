"""Whose hand, by which door, when: what every row of an issue's history carries."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from tracker.choices import Door

LONGEST_NAME = 200


def stamp(actor: AbstractBaseUser | None, door: Door, now: datetime) -> dict:
    """The columns of a HistoryRow. Without a user, the door stands for the hand that nobody signed in."""
    name = (actor.get_full_name() or actor.get_username()) if actor else Door(door).label
    return {"actor": actor, "actor_name": name[:LONGEST_NAME], "door": door, "at": now}

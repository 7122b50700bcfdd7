"""Whose hand, by which door, when: what every row of an issue's history carries."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from tracker.choices import Door

LONGEST_NAME = 200


def stamp(actor: AbstractBaseUser | None, door: Door, now: datetime) -> dict:
    """The columns of a HistoryRow. Without a user, the door stands for the hand that nobody signed in."""
    name = name_of(actor) if actor else Door(door).label
    return {"actor": actor, "actor_name": name, "door": door, "at": now}


def name_of(actor: AbstractBaseUser) -> str:
    """How history names a person: with what acted in their name (`acts_through`), where it was not themselves."""
    through = getattr(actor, "acts_through", "")
    behind = f" ({through})" if through else ""
    return (actor.get_full_name() or actor.get_username())[: LONGEST_NAME - len(behind)] + behind

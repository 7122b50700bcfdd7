"""The time zone that people choose for themselves: pages and messages tell them times in it."""

import zoneinfo
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext

from tracker import audit
from tracker.choices import AuditVerb, Door
from tracker.models import Owner
from tracker.refusals import Refused

UTC = "UTC"
ELSEWHERE = ("Etc/", "SystemV/", "US/", "posix/", "right/")  # other names of zones that are there already


class ZoneRefused(Refused):
    """The zone stays as it is."""


def names() -> list[str]:
    """The names of all zones, by part of the world."""
    known = zoneinfo.available_timezones()
    return [UTC, *sorted(name for name in known if "/" in name and not name.startswith(ELSEWHERE))]


@transaction.atomic
def choose(name: str, *, actor: AbstractBaseUser, door: Door, now: datetime) -> Owner:
    """Set the zone of the owner that the person's account is connected with; "" is the site's."""
    owner = Owner.objects.select_for_update().filter(user_id=actor.pk).first()
    if owner is None:
        raise ZoneRefused(gettext("Your account is not connected with an owner: ask a manager to connect it."))
    if name and name not in zoneinfo.available_timezones():
        raise ZoneRefused(gettext("%(name)s is not a time zone: choose one of the list.") % {"name": name[:64]})
    if owner.time_zone == name:
        return owner
    changes = {"time_zone": (owner.time_zone, name)}
    owner.time_zone = name
    owner.save(update_fields=["time_zone"])
    audit.record(AuditVerb.CHANGE, owner, actor=actor, door=door, now=now, changes=changes)
    return owner

"""When a phone is gone: an administrator takes the second factor away; and when SECRET_KEY changes, keys move to it."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from remediation_site.models import SecondFactor
from tracker import audit
from tracker.choices import AuditVerb, Door


@transaction.atomic
def take_away(factor: SecondFactor, *, actor: AbstractBaseUser | None, now: datetime) -> None:
    """Let the password alone be asked for again; sessions that were opened with the factor end."""
    door = Door.ADMIN if actor else Door.COMMAND
    changes = {"two-factor login": ("on" if factor.confirmed_at else "begun", None)}
    audit.record(AuditVerb.CHANGE, factor.user, actor=actor, door=door, now=now, changes=changes)
    SecondFactor.objects.filter(pk=factor.pk).delete()

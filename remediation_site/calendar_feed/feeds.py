"""Calendar addresses: made once and shown once, found by their hash, ended at once. One for each person."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from remediation_site.models import CalendarFeed
from tracker import audit
from tracker.choices import AuditVerb, Door
from tracker.refusals import Refused

SHAPE = re.compile(r"cal_[A-Za-z0-9_-]{43}")  # 256 random bits
ALARMS = (
    ("", gettext_lazy("No alarm")),
    ("60", gettext_lazy("An hour before")),
    ("1440", gettext_lazy("A day before")),
    ("4320", gettext_lazy("Three days before")),
)
VIEW_ISSUE = "tracker.view_issue"
SEEN_EVERY = timedelta(hours=1)


class FeedRefused(Refused):
    """No address is made."""


@transaction.atomic
def renew(
    user: AbstractBaseUser, *, entries: str, alarm_minutes: int | None, door: Door, now: datetime
) -> tuple[CalendarFeed, str]:
    """A new address for the person; the one before it ends. It is not kept: nobody can read it again."""
    if not (user.is_active and user.has_perm(VIEW_ISSUE)):
        raise FeedRefused(gettext("A calendar shows issues, and you may not look at them: ask a manager."))
    secret = f"cal_{secrets.token_urlsafe(32)}"
    values = {"entries": entries, "alarm_minutes": alarm_minutes, "created_at": now, "last_used_at": None}
    feed, is_new = CalendarFeed.objects.update_or_create(user=user, defaults={"sha256": digest(secret), **values})
    changes = {"created_at": (None, now), "entries": (None, entries)}
    audit.record(AuditVerb.ADD if is_new else AuditVerb.CHANGE, feed, actor=user, door=door, now=now, changes=changes)
    return feed, settings.SITE_URL + reverse("calendar:feed", args=[secret])


@transaction.atomic
def end(user: AbstractBaseUser, *, door: Door, now: datetime) -> bool:
    """End the address of the person at once; whether there was one."""
    feed = CalendarFeed.objects.select_for_update().filter(user=user).first()
    if feed is None:
        return False
    changes = {"created_at": (feed.created_at, None)}
    audit.record(AuditVerb.DELETE, feed, actor=user, door=door, now=now, changes=changes)
    feed.delete()
    return True


def find(secret: str) -> CalendarFeed | None:
    """The calendar of that address, while its person may log in. One query."""
    if not SHAPE.fullmatch(secret):
        return None
    feeds = CalendarFeed.objects.filter(sha256=digest(secret), user__is_active=True)
    return feeds.select_related("user__owner").first()


def seen(feed: CalendarFeed, *, now: datetime) -> None:
    """Keep that the address was used; at most one write an hour."""
    before = now - SEEN_EVERY
    if feed.last_used_at is None or feed.last_used_at <= before:
        rows = CalendarFeed.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=before), pk=feed.pk)
        rows.update(last_used_at=now)


def digest(secret: str) -> str:
    """What is kept of a secret. It has 256 random bits, so a fast hash without salt is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()

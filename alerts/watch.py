"""Watches the watch: when alerts were last evaluated, and what has waited longest to be told or sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils.timesince import timesince
from django.utils.translation import gettext

from alerts.choices import MessageKind
from alerts.models import Alert, Message, Tick
from tracker import sealing

INTERVALS = 3  # without an evaluation until the watch counts as stopped
MOST_COUNTED = 1000
KNOWN = "alerts.watch.evaluated_at"  # in the cache


@dataclass(frozen=True, slots=True)
class Figures:
    """How the watch does. A time is None when there is none; dead messages are counted up to MOST_COUNTED."""

    now: datetime
    evaluated_at: datetime | None
    error: str  # of an evaluation that failed since then
    oldest_due_message: datetime | None
    oldest_due_step: datetime | None
    dead_messages: int
    oldest_unsealed: datetime | None  # row of the audit

    @property
    def is_well(self) -> bool:
        """Whether alerts were evaluated within the last intervals."""
        return self.evaluated_at is not None and self.now - self.evaluated_at <= longest_pause()

    def seconds(self, moment: datetime | None) -> float | None:
        """How long ago that was, in seconds."""
        return None if moment is None else round(max(0.0, (self.now - moment).total_seconds()), 1)


def longest_pause() -> timedelta:
    """After which the watch counts as stopped."""
    return INTERVALS * timedelta(minutes=settings.ALERT_INTERVAL_MINUTES)


def figures(now: datetime) -> Figures:
    """How the watch does now, in six queries of which each looks at one row, or at the dead messages."""
    well = evaluated_at()
    waiting = Message.objects.waiting(now).order_by("due_at", "pk").values_list("due_at", flat=True)
    steps = Alert.objects.step_due(now).order_by("next_step_at").values_list("next_step_at", flat=True)
    return Figures(
        now=now,
        evaluated_at=well,
        error=error_since(well),
        oldest_due_message=waiting.first(),
        oldest_due_step=steps.first(),
        dead_messages=Message.objects.dead().exclude(kind=MessageKind.TEST).order_by()[:MOST_COUNTED].count(),
        oldest_unsealed=sealing.oldest_unsealed(),
    )


def evaluated_at() -> datetime | None:
    """When alerts were last evaluated to the end."""
    return Tick.objects.filter(finished_at__isnull=False).order_by("-at").values_list("at", flat=True).first()


def error_since(moment: datetime | None) -> str:
    """Of the latest evaluation that failed after that."""
    failed = Tick.objects.exclude(error="").order_by("-at").values_list("at", "error").first()
    return failed[1] if failed and (moment is None or failed[0] > moment) else ""


def banner(now: datetime) -> str:
    """What everybody who looks after the site has to know now, in one or two sentences, or "".

    Every page asks. Evaluations only ever become later, so while the latest that this process knows of is recent
    enough all is well, and no row is looked at.
    """
    if (known := cache.get(KNOWN)) and now - known <= longest_pause():
        return ""
    last = evaluated_at()
    cache.set(KNOWN, last, longest_pause().total_seconds())
    if last is None:
        sentence = gettext("Alerts have not been evaluated yet: nobody is told of anything until the workers run.")
    elif now - last <= longest_pause():
        return ""
    else:
        age = timesince(last, now).replace("\xa0", " ")
        sentence = gettext(
            "Alerts have not been evaluated for %(age)s: nobody is told of anything. Are the workers running?"
        ) % {"age": age}
    error = error_since(last)
    return (
        gettext("%(sentence)s The last evaluation failed: %(error)s") % {"sentence": sentence, "error": error}
        if error
        else sentence
    )

"""What the rules about the whole site, a channel or a level find now. A few queries each, however many rows."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Min
from django.utils.translation import gettext, ngettext

from alerts.choices import Level, Severity
from alerts.models import AlertSettings, Message, StepTaken
from alerts.rules import BY_KEY, Rule
from tracker import exposure, revenue
from tracker.choices import Priority

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now."""

    rule: Rule
    key: str
    sentence: str
    priority: Priority
    severity: Severity

    @property
    def subject(self) -> str:
        """The key of what it is about, as alerts store it."""
        return f"{self.rule.subject}:{self.key}" if self.key else str(self.rule.subject)


def of_site(now: datetime, settings: AlertSettings) -> dict[str, list[Finding]]:
    """What the rules about the revenue and the channels find. A rule that could not look is left out."""
    found = {"delivery_failed": list(delivery_failed(now))}
    try:
        found["revenue_at_risk"] = list(revenue_at_risk(now, settings))
    except ValueError:
        logger.exception("The revenue at risk cannot be calculated: its alert stays as it is.")
    return found


def of_steps() -> dict[str, list[Finding]]:
    """What is found once the steps are taken."""
    return {"nobody_found": list(nobody_found())}


def revenue_at_risk(now: datetime, settings: AlertSettings) -> Iterator[Finding]:
    """The revenue at risk when it reaches a threshold. Without a profile it is not set, and nothing is found.

    Raises: ValueError in one sentence when the profile cannot be.
    """
    if not (profile := revenue.profile(now)):
        return
    likely = exposure.totals(profile, revenue.risks(profile, now)).likely
    if likely <= 0 or likely < settings.revenue_warning:
        return
    critical = likely >= settings.revenue_critical
    if critical:
        limit = settings.revenue_critical
        words = gettext("Revenue at risk is %(amount)s a month: the critical threshold is %(limit)s.")
    else:
        limit = settings.revenue_warning
        words = gettext("Revenue at risk is %(amount)s a month: the warning threshold is %(limit)s.")
    sentence = words % {"amount": _money(likely, profile.currency), "limit": _money(limit, profile.currency)}
    priority = Priority.P0 if critical else Priority.P1
    severity = Severity.CRITICAL if critical else Severity.WARNING
    yield Finding(BY_KEY["revenue_at_risk"], "", sentence, priority, severity)


def delivery_failed(now: datetime) -> Iterator[Finding]:
    """Channels with messages that could not be delivered, as urgent as the most urgent alert that was in them."""
    rows = (
        Message.objects.missed(now)
        .order_by("channel_id")
        .values_list("channel_id", "channel__name")
        .annotate(number=Count("pk", distinct=True), worst=Min("deliveries__alert__priority"))
    )
    for channel, name, number, worst in rows:
        sentence = ngettext(
            "%(number)s message could not be delivered by %(name)s.",
            "%(number)s messages could not be delivered by %(name)s.",
            number,
        ) % {"number": number, "name": name}
        yield Finding(BY_KEY["delivery_failed"], str(channel), sentence, Priority(worst or "P2"), Severity.CRITICAL)


def nobody_found() -> Iterator[Finding]:
    """Levels at which nobody was found for an open alert when it was last told."""
    rows = (
        StepTaken.objects.told_to_nobody()
        .exclude(alert__rule="nobody_found")
        .order_by("level")
        .values_list("level")
        .annotate(number=Count("alert"), worst=Min("alert__priority"))
    )
    for level, number, worst in rows:
        sentence = ngettext(
            "Nobody was found at level %(level)s to be told of %(number)s open alert.",
            "Nobody was found at level %(level)s to be told of %(number)s open alerts.",
            number,
        ) % {"level": Level(level).label, "number": number}
        yield Finding(BY_KEY["nobody_found"], str(level), sentence, Priority(worst), Severity.CRITICAL)


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency}"

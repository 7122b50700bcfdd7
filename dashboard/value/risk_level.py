"""The risk level of the site: the highest level of which a written rule applies, with every rule that does."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from tracker.translation import gettext, gettext_noop

SECTION = gettext_noop("Risk level")
LATE_P0_HOURS, LATE_P1_HOURS = 8, 24  # as the rules below say
NO_RULE = gettext_noop("No rule of a higher level applies.")
NO_REVENUE = gettext_noop("Revenue at risk is not set, so no rule about money was asked.")


class RiskLevel(IntEnum):
    """How much needs a decision now."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3

    @property
    def words(self) -> str:
        """The level in the language of the site, such as "high"."""
        return gettext(LEVEL_WORDS[self])


LEVEL_WORDS = {
    RiskLevel.LOW: gettext_noop("low"),
    RiskLevel.MEDIUM: gettext_noop("medium"),
    RiskLevel.HIGH: gettext_noop("high"),
    RiskLevel.CRITICAL: gettext_noop("critical"),
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules ask. at_risk is site currency a month, None without a revenue profile; the rest are numbers.

    warning and critical are the thresholds of the alert settings; p0_late and p1_late are issues that are overdue by 8
    and by 24 hours or more; escapes are returns of validated issues that were confirmed in the last 30 days.
    """

    at_risk: Decimal | None
    warning: Decimal
    critical: Decimal
    p0_late: int = 0
    p0_overdue: int = 0
    p0_open: int = 0
    p1_late: int = 0
    overdue: int = 0
    urgent_without_owner: int = 0
    pending_reviews: int = 0
    escapes: int = 0
    currency: str = ""

    def money(self, amount: Decimal) -> str:
        """An amount in words: "USD 5,000.00"."""
        return f"{self.currency} {amount:,.2f}".lstrip()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it says when it applies, and the number of cases; 0 is that it does not apply.

    The sentence names the number of cases, or what `named` says of the situation instead.
    """

    key: str
    level: RiskLevel
    sentence: str
    cases: Callable[[Situation], int]
    named: Callable[[Situation], str] | None = None


def _reached(at_risk: Decimal | None, threshold: Decimal) -> bool:
    return at_risk is not None and at_risk >= threshold


CRITICAL, HIGH, MEDIUM = RiskLevel.CRITICAL, RiskLevel.HIGH, RiskLevel.MEDIUM
# The highest level first: reasons stand in this order.
RULES = (
    Rule("exposure_critical", CRITICAL,
         gettext_noop("Revenue at risk has reached the critical threshold of the alert settings: {} a month."),
         lambda now: _reached(now.at_risk, now.critical), lambda now: now.money(now.critical)),
    Rule("p0_late", CRITICAL, gettext_noop("P0 issues that are overdue by 8 hours or more: {}."),
         lambda now: now.p0_late),
    Rule("p0_overdue", HIGH, gettext_noop("P0 issues that are overdue: {}."), lambda now: now.p0_overdue),
    Rule("exposure_warning", HIGH,
         gettext_noop("Revenue at risk has reached the warning threshold of the alert settings: {} a month."),
         lambda now: _reached(now.at_risk, now.warning), lambda now: now.money(now.warning)),
    Rule("p1_late", HIGH, gettext_noop("P1 issues that are overdue by 24 hours or more: {}."), lambda now: now.p1_late),
    Rule("escapes", HIGH, gettext_noop("Incidents that returned although their issues were validated: {}."),
         lambda now: now.escapes),
    Rule("p0_open", MEDIUM, gettext_noop("P0 issues that are open: {}."), lambda now: now.p0_open),
    Rule("overdue", MEDIUM, gettext_noop("Issues that are overdue: {}."), lambda now: now.overdue),
    Rule("without_owner", MEDIUM, gettext_noop("P0 and P1 issues without an owner: {}."),
         lambda now: now.urgent_without_owner),
    Rule("pending_reviews", MEDIUM, gettext_noop("Analyses that wait too long for their review: {}."),
         lambda now: now.pending_reviews),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that applies, in words."""

    key: str
    level: RiskLevel
    sentence: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The risk level, the reasons for it, the highest level first, and what was not asked."""

    level: RiskLevel
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...] = ()


def assess(now: Situation) -> Assessment:
    """The level of the highest rule that applies; low when none does."""
    reasons = tuple(
        Reason(rule.key, rule.level, gettext(rule.sentence).format(rule.named(now) if rule.named else int(cases)))
        for rule in RULES
        if (cases := rule.cases(now))
    )
    notes = (gettext(NO_REVENUE),) if now.at_risk is None else ()
    if not reasons:
        return Assessment(RiskLevel.LOW, (Reason("none", RiskLevel.LOW, gettext(NO_RULE)),), notes)
    return Assessment(reasons[0].level, reasons, notes)

"""What the page of an issue says about the revenue that it puts at risk: the figure, and how it comes about."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from tracker import revenue
from tracker.choices import Priority, Status
from tracker.exposure import ZERO, Alone, Profile
from tracker.models import Issue
from tracker.money import money, percent
from tracker.permissions import SEE_REVENUE
from tracker.querysets import CLOSED

ENTER = "tracker.add_revenueprofile"
NOT_SET = gettext_lazy("not set")
OVERLAP = gettext_lazy(
    "Figures of single issues overlap: issues of one analysis count once, and the total is never above the revenue."
)


@dataclass(frozen=True, slots=True)
class Words:
    """The figure, between which figures it may lie, how it comes about, and where to enter what is missing."""

    amount: str
    between: str = ""
    sentences: tuple[str, ...] = ()
    enter_url: str = ""


def at_risk(issue: Issue, actor: AbstractBaseUser | AnonymousUser, now: datetime) -> Words | None:
    """What the issue puts at risk by itself, for those who may see the revenue; None for the others."""
    if not actor.has_perm(SEE_REVENUE):
        return None
    try:
        found = revenue.profile_with_alone(issue, now)
    except ValueError as impossible:
        return Words(NOT_SET, sentences=(str(impossible),))
    if found is None:
        none = gettext("No revenue profile is in force, and nothing is assumed.")
        url = reverse("admin:tracker_revenueprofile_add") if actor.has_perm(ENTER) else ""
        return Words(NOT_SET, sentences=(none,), enter_url=url)
    profile, alone = found
    if issue.status in CLOSED:
        closed = gettext("It is %(status)s.") % {"status": Status(issue.status).label.lower()}
        return Words(money(ZERO, profile.currency), sentences=(closed,))
    return _of_live(issue, profile, alone)


def _of_live(issue: Issue, found: Profile, alone: Alone) -> Words:
    amounts = [money(amount, found.currency) for amount in (alone.low, alone.likely, alone.high)]
    of_what = _a_month(money(alone.mrr, found.currency))
    if alone.streams:
        of_what += f" ({', '.join(alone.streams)})"
    if issue.revenue_at_risk is not None:
        told = gettext("Confirmed by a manager, of %(revenue)s.") % {"revenue": of_what}
        if issue.revenue_at_risk > alone.mrr:
            more = gettext("%(amount)s was confirmed, and these streams have no more.")
            told += " " + more % {"amount": money(issue.revenue_at_risk, found.currency)}
        return Words(_a_month(amounts[1]), sentences=(told, OVERLAP))
    share = found.shares[Priority(issue.priority)]
    formula = gettext("%(share)s for %(priority)s, times %(growth)s for its age, of %(revenue)s.") % {
        "share": percent(share.likely),
        "priority": issue.priority,
        "growth": f"{alone.growth:.2f}",
        "revenue": of_what,
    }
    if share.likely * alone.growth > 1:
        formula += " " + gettext("It is never more than all of it.")
    between = gettext("%(low)s to %(high)s") % {"low": amounts[0], "high": amounts[2]}
    return Words(_a_month(amounts[1]), between, (formula, OVERLAP))


def _a_month(amount: str) -> str:
    return gettext("%(amount)s a month") % {"amount": amount}

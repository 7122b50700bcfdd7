"""What the start page says of alerts: those escalated to a person, bounded with the way to all, and to nobody."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.translation import gettext

from alerts.models import Alert
from tracker.worklist import MOST_COUNTED, SHOWN, Section

KEY = "escalated"
MOST_LEVELS = 4


def escalated(user: AbstractBaseUser | AnonymousUser) -> Section:
    """The open alerts that were escalated to this person, the worst first."""
    alerts = Alert.objects.escalated_to(user.pk)
    rows = list(alerts.select_related("issue").defer("policy", "issue__description").worst_first()[:SHOWN])
    number = alerts.order_by()[: MOST_COUNTED + 1].count() if len(rows) == SHOWN else len(rows)
    return Section(KEY, gettext("Escalated to me"), rows, number, "who=told", gettext("Nothing was escalated to you."))


def unheard() -> list[Alert]:
    """The open alerts that say of which level nobody was found: one for each level at most."""
    alerts = Alert.objects.open().filter(rule="nobody_found").defer("policy")
    return list(alerts.worst_first()[:MOST_LEVELS])

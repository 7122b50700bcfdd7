"""Who may make an alert quiet: the one place that decides, for every door.

Without a person it is the operator of the system who acts, or whoever holds a signed link that was sent to them.
"""

from django.utils.translation import gettext

from alerts.models import Alert
from tracker.permissions import CHANGE_ISSUE, Actor, owns

ACKNOWLEDGE_ALERT = "alerts.acknowledge_alert"
KEEP_OWN_QUIET_HOURS = "alerts.keep_own_quiet_hours"


def may_silence(actor: Actor, alert: Alert) -> str:
    """Why the person may not acknowledge or snooze the alert, or end that, in one sentence; "" when they may.

    Who may change any issue may silence any alert; others those of issues that they own and those that they were told.
    """
    if actor is None:
        return ""
    if not actor.has_perm(ACKNOWLEDGE_ALERT):
        return gettext("You may look at alerts, and not acknowledge them.")
    if actor.has_perm(CHANGE_ISSUE) or (alert.issue and owns(alert.issue, actor)):
        return ""
    if alert.steps.filter(recipient__user=actor.pk).exists():
        return ""
    return gettext("You acknowledge alerts of your own issues and those that you were told of: this one is neither.")

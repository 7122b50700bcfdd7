"""What the history of issues calls a field, as people read it."""

from django.utils.translation import gettext, gettext_noop

FIELDS = {
    "owner": gettext_noop("owner"),
    "deadline": gettext_noop("deadline"),
    "priority": gettext_noop("priority"),
    "title": gettext_noop("title"),
    "kind": gettext_noop("kind"),
    "systems": gettext_noop("systems"),
    "check": gettext_noop("check"),
    "prevention measure": gettext_noop("prevention measure"),
    "revenue_at_risk": gettext_noop("revenue at risk"),
    "accepted until": gettext_noop("accepted until"),
    "hours spent": gettext_noop("hours spent"),
    "stated as done": gettext_noop("stated as done"),
    "stated owner": gettext_noop("stated owner"),
    "stated deadline": gettext_noop("stated deadline"),
    "stated priority": gettext_noop("stated priority"),
    "source text": gettext_noop("source text"),
}


def field_name(stored: str) -> str:
    """A field of an issue by its name in the history; a name that is not known here is shown as it is stored."""
    return gettext(FIELDS[stored]) if stored in FIELDS else stored

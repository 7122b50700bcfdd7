"""One-time links by which somebody who was told of an alert acknowledges it, without logging in.

A link names one message and one alert, is signed, and grows old. The page behind it asks for a click, so that programs
that look at links in mails acknowledge nothing. Which link was used is kept with the acknowledgement, once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext, gettext_lazy

from alerts.models import Alert, Message, Silence

PATH = "/alerts/acknowledge/{token}/"
AGE = timedelta(days=7)
SALT = "alerts.links.acknowledge"
LONGEST_TOKEN = 200
UNKNOWN = gettext_lazy("This link is not one of ours, or a part of it is missing: copy the whole of it.")


@dataclass(frozen=True, slots=True)
class Named:
    """What a link names: an alert, and the person to whom it was sent. `link` is its key in Silence.link."""

    alert: Alert
    name: str
    link: str


def acknowledge_url(message: Message, alert: Alert) -> str:
    """The address at which the recipient of the message acknowledges the alert; "" where no single person reads it.

    It is the same in each try of the message, and good for a week from when the message was planned.
    """
    if message.recipient_id is None:
        return ""
    token = _signer().sign(f"{message.pk}-{alert.pk}")
    return settings.SITE_URL + PATH.format(token=token)


def read(token: str, now: datetime) -> Named | str:
    """What the token of a link names, or why it names nothing, in one sentence."""
    try:
        numbers = _signer().unsign(token) if len(token) <= LONGEST_TOKEN else ""
        message_id, alert_id = map(int, numbers.split("-"))
    except (BadSignature, ValueError):
        return str(UNKNOWN)
    message = Message.objects.select_related("recipient__user").filter(pk=message_id).first()
    alert = Alert.objects.select_related("issue__owner").filter(pk=alert_id).first()
    if message is None or alert is None or message.recipient is None:
        return gettext("What this link leads to is not there any more.")
    if now >= message.planned_at + AGE:
        return gettext("This link is older than %(days)s days: open the alert in the admin.") % {"days": AGE.days}
    if message.recipient.user and not message.recipient.user.is_active:
        return gettext("The account of the person to whom this link was sent is switched off.")
    key = f"{message_id}-{alert_id}"
    if used := Silence.objects.filter(link=key).first():
        return gettext("This link has been used already: the alert was acknowledged by %(name)s.") % {
            "name": used.by_name
        }
    return Named(alert, message.recipient.name, key)


def _signer() -> Signer:
    """Signs with SECRET_KEY; what the keys of SECRET_KEY_FALLBACKS signed is read, too."""
    return Signer(salt=SALT, sep=".")

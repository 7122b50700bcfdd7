"""The secrets of channels: named by an environment variable that the site lends to channels, or stored encrypted.

Nothing here is ever logged or shown. What is stored is encrypted with keys derived from SECRET_KEY; what a former key
(SECRET_KEY_FALLBACKS) has encrypted can still be read.
"""

from django.conf import settings
from django.utils.translation import gettext

from alerts.models import Channel
from tracker import encryption

PURPOSE = b"remediation-site: secrets of channels"


class SecretProblem(Exception):
    """Why a channel's secret cannot be had, in one sentence without any secret."""


def encrypt(text: str) -> bytes:
    """What is stored of a secret."""
    return encryption.encrypt(text, purpose=PURPOSE)


def decrypt(stored: bytes) -> str:
    """The secret that was stored. Raises: SecretProblem when no key of the site opens it."""
    try:
        return encryption.decrypt(stored, purpose=PURPOSE)
    except encryption.Unreadable:
        raise SecretProblem(
            gettext("The stored secret cannot be read with SECRET_KEY or SECRET_KEY_FALLBACKS: enter it again.")
        ) from None


def secret_of(channel: Channel) -> str:
    """The channel's secret, "" when it has none.

    Raises: SecretProblem when it is named or stored and cannot be had.
    """
    if name := channel.secret_variable:
        if name not in settings.CHANNEL_SECRETS:
            raise SecretProblem(
                gettext("Channels may not read the variable %(name)s: an operator adds its name to CHANNEL_SECRETS.")
                % {"name": name}
            )
        if not settings.CHANNEL_SECRETS[name]:
            raise SecretProblem(
                gettext("The variable %(name)s is empty or not set where the site runs.") % {"name": name}
            )
        return settings.CHANNEL_SECRETS[name].strip()
    return decrypt(channel.secret_encrypted) if channel.secret_encrypted else ""

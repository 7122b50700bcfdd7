"""The secrets of channels: named by an environment variable that the site lends to channels, or stored encrypted.

Nothing here is ever logged or shown. What is stored is encrypted with keys derived from SECRET_KEY; what a former key
(SECRET_KEY_FALLBACKS) has encrypted can still be read.
"""

import base64
import secrets

from django.conf import settings

from alerts.models import Channel
from tracker import encryption

PURPOSE = b"remediation-site: secrets of channels"
WEBHOOK_PREFIX = "whsec_"  # as Standard Webhooks writes its secrets
WEBHOOK_BYTES = 32


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
            "The stored secret cannot be read with SECRET_KEY or SECRET_KEY_FALLBACKS: enter it again."
        ) from None


def secret_of(channel: Channel) -> str:
    """The channel's secret, "" when it has none.

    Raises: SecretProblem when it is named or stored and cannot be had.
    """
    if name := channel.secret_variable:
        if name not in settings.CHANNEL_SECRETS:
            raise SecretProblem(
                f"Channels may not read the variable {name}: an operator adds its name to CHANNEL_SECRETS."
            )
        if not settings.CHANNEL_SECRETS[name]:
            raise SecretProblem(f"The variable {name} is empty or not set where the site runs.")
        return settings.CHANNEL_SECRETS[name].strip()
    return decrypt(channel.secret_encrypted) if channel.secret_encrypted else ""


def has_secret(channel: Channel) -> bool:
    """Whether the channel names or stores a secret; it may still be unreadable."""
    return bool(channel.secret_variable or channel.secret_encrypted)


def new_webhook_secret() -> str:
    """A new secret for signing webhooks, as Standard Webhooks writes them."""
    return WEBHOOK_PREFIX + base64.b64encode(secrets.token_bytes(WEBHOOK_BYTES)).decode()

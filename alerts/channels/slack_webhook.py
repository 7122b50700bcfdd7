"""A message to one channel of Slack by an incoming webhook, whose address is itself a secret."""

from urllib.parse import urlsplit

from django.utils.translation import gettext

from alerts.channels import slack_text
from alerts.channels.answers import Answer, judged
from alerts.channels.slack_clients import GuardedWebhookClient
from alerts.envelope import Envelope
from alerts.models import Channel
from alerts.secrets import SecretProblem, secret_of


def problem(channel: Channel) -> str:
    """Why nothing can be posted, or ""."""
    try:
        url = address_of(channel)
    except SecretProblem as missing:
        return str(missing)
    if url.startswith(("https://", "http://")):
        return ""
    return gettext(
        "The channel has no webhook: enter the address that Slack gives as its secret (https://hooks.slack.com/…)."
    )


def send(channel: Channel, envelope: Envelope) -> Answer:
    """Post the message. Raises: Refused."""
    url = address_of(channel)
    response = GuardedWebhookClient(url).send(
        text=slack_text.text(envelope),
        blocks=slack_text.blocks(envelope),
        unfurl_links=False,
        unfurl_media=False,
        metadata=slack_text.metadata(envelope),
    )
    hidden = urlsplit(url).path
    return judged(response.status_code, response.body, response.headers, now=envelope.tried_at, secret=hidden)


def address_of(channel: Channel) -> str:
    """Where the webhook is; the secret goes before the address that everybody may see. Raises: SecretProblem."""
    return secret_of(channel) or channel.address

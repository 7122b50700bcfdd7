"""The channels by which messages leave: one module each, with `problem(channel)` and `send(channel, envelope)`."""

from types import ModuleType

from alerts.channels import apprise, email, log, slack, slack_webhook, webhook
from alerts.channels.answers import Answer, Refused
from alerts.channels.email import round_of_deliveries
from alerts.choices import ChannelKind
from alerts.envelope import Envelope
from alerts.models import Channel
from alerts.secrets import SecretProblem

__all__ = ["Answer", "Refused", "problem", "round_of_deliveries", "send", "usable"]

MODULES: dict[str, ModuleType] = {
    ChannelKind.LOG: log,
    ChannelKind.EMAIL: email,
    ChannelKind.SLACK: slack,
    ChannelKind.SLACK_WEBHOOK: slack_webhook,
    ChannelKind.WEBHOOK: webhook,
    ChannelKind.APPRISE: apprise,
}


def problem(channel: Channel) -> str:
    """Why nothing can leave by this channel as the site is set up now, in one sentence, or "". Asks nobody outside."""
    return MODULES[channel.kind].problem(channel)


def usable(channel: Channel) -> bool:
    """Whether messages are planned for this channel."""
    return channel.active and not problem(channel)


def send(channel: Channel, envelope: Envelope) -> Answer:
    """Send one message and tell what the channel said. May take as long as SEND_SECONDS; not within a transaction.

    Raises: Refused when the channel did not take it.
    """
    try:
        return MODULES[channel.kind].send(channel, envelope)
    except SecretProblem as missing:
        raise Refused(str(missing), permanent=False, whole_channel=True) from None

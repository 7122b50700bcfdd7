"""A direct message to one person by Slack's Web API. Its secret is a bot token with chat:write.

An owner's Slack name is best the member ID (U0123ABCD). For any other name the person is looked up by e-mail where the
token may (users:read.email); where it may not, the name itself is tried, as Slack still takes it.
"""

import re

from django.conf import settings
from django.utils.translation import gettext
from slack_sdk.errors import SlackApiError

from alerts.channels import slack_text
from alerts.channels.answers import Answer, Refused, retry_after, said
from alerts.channels.slack_clients import GuardedWebClient
from alerts.envelope import Envelope
from alerts.models import Channel
from alerts.secrets import SecretProblem, secret_of

MEMBER_ID = re.compile(r"[UW][A-Z0-9]{5,}")
PASSING = (  # errors of ok:false that go away by themselves
    "accesslimited",
    "fatal_error",
    "internal_error",
    "message_limit_exceeded",
    "ratelimited",
    "rate_limited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
)
NOT_FOUND = ("users_not_found", "missing_scope", "not_allowed_token_type", "no_permission")


def problem(channel: Channel) -> str:
    """Why nobody can be told, or ""."""
    try:
        token = secret_of(channel)
    except SecretProblem as missing:
        return str(missing)
    return "" if token else gettext("The channel has no token: enter a bot token (xoxb-…) as its secret.")


def send(channel: Channel, envelope: Envelope) -> Answer:
    """Tell the person. Raises: Refused."""
    if not envelope.recipient_slack:
        words = gettext("%(name)s has no Slack name.") % {"name": envelope.recipient_name}
        nameless = gettext("The recipient has no Slack name.")
        raise Refused(words if envelope.recipient_name else nameless, permanent=True)
    token = secret_of(channel)
    client = GuardedWebClient(token, base_url=settings.SLACK_API_URL)
    try:
        client.chat_postMessage(
            channel=_place(client, envelope),
            text=slack_text.text(envelope),
            blocks=slack_text.blocks(envelope),
            unfurl_links=False,
            unfurl_media=False,
            metadata=slack_text.metadata(envelope),
        )
    except SlackApiError as error:
        raise _refusal(error, envelope, token) from None
    return Answer(gettext("Slack took the message."))


def _place(client: GuardedWebClient, envelope: Envelope) -> str:
    """What Slack calls the person."""
    name = envelope.recipient_slack.lstrip("@")
    if MEMBER_ID.fullmatch(name):
        return name
    if envelope.recipient_email:
        try:
            return client.users_lookupByEmail(email=envelope.recipient_email)["user"]["id"]
        except SlackApiError as error:
            if _word(error) not in NOT_FOUND:
                raise
    return f"@{name}"


def _refusal(error: SlackApiError, envelope: Envelope, token: str) -> Refused:
    response, word = error.response, _word(error)
    headers = {name.lower(): value for name, value in response.headers.items()}
    passing = word in PASSING or response.status_code == 429 or response.status_code >= 500
    return Refused(
        gettext("Slack answered %(code)s%(words)s") % {"code": response.status_code, "words": said(word, secret=token)},
        permanent=not passing,
        retry_after=retry_after(headers.get("retry-after", ""), now=envelope.tried_at) if passing else None,
        whole_channel=passing,
    )


def _word(error: SlackApiError) -> str:
    data = error.response.data
    return str(data.get("error", "")) if isinstance(data, dict) else ""

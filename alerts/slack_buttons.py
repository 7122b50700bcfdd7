"""The button of a message in Slack, and what a press of it means.

The value of a button is signed, so that nobody makes one up for another alert. A press comes from Slack, which signs
each request; the signature of a request is kept with the acknowledgement that it made, so that it counts once.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext
from slack_sdk.signature import SignatureVerifier

from tracker.models import Owner
from tracker.refusals import Refused

ACKNOWLEDGE = "acknowledge"  # the id of the action
SALT = "alerts.slack_buttons"
LONGEST_BODY = 512 * 1024  # bytes; a message of Slack is far shorter
# A name that looks like a member ID is compared as one only: a person chooses their name, and never their ID.
MEMBER_ID = re.compile(r"[UW][A-Z0-9]{5,}", re.IGNORECASE)


class PressRefused(Refused):
    """What Slack sent is no press of one of our buttons, or not by somebody who is known here."""


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a button, as Slack tells it."""

    alert_id: int
    user_id: str
    user_name: str
    block_id: str
    response_url: str
    link: str  # what makes this request the only one of its kind
    blocks: list[dict] = field(default_factory=list)  # of the message with the button


def value_of(alert_id: int) -> str:
    """The value of the button that acknowledges an alert."""
    return signing.dumps(alert_id, salt=SALT)


def is_from_slack(body: bytes, headers: Mapping[str, str], *, secret: str) -> bool:
    """Whether Slack signed the request, within the last five minutes."""
    try:
        return SignatureVerifier(secret).is_valid_request(body, headers)
    except (ValueError, TypeError, OverflowError):
        # A time that is no number or an endless one, letters that no signature has.
        return False


def read(body: bytes, *, signature: str) -> Press:
    """The press that a request of Slack tells of. Raises: PressRefused."""
    try:
        told = json.loads(parse_qs(body.decode())["payload"][0])
        (action,) = (each for each in told["actions"] if each["action_id"] == ACKNOWLEDGE)
        return Press(
            alert_id=int(signing.loads(action["value"], salt=SALT)),
            user_id=str(told["user"]["id"]),
            user_name=str(told["user"].get("username", "")),
            block_id=str(action.get("block_id", "")),
            response_url=str(told.get("response_url", "")),
            link=f"slack:{hashlib.sha256(signature.encode()).hexdigest()}",
            blocks=_blocks(told),
        )
    except signing.BadSignature:
        raise PressRefused(gettext("This button is not one of this site: open the alert there.")) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PressRefused(gettext("This is no button that this site knows.")) from None


def _blocks(told: dict) -> list[dict]:
    found = told.get("message", {}).get("blocks", [])
    return [block for block in found if isinstance(block, dict)]


def owner_of(press: Press) -> Owner:
    """Who pressed, as this site knows them; their account is active. Raises: PressRefused."""
    owners = Owner.objects.select_related("user").exclude(slack_name="")
    who = Q(slack_name__iexact=press.user_id)
    name = press.user_name.strip()
    if name and not MEMBER_ID.fullmatch(name):
        who |= Q(slack_name__iexact=name)
    found = sorted(owners.filter(who), key=lambda owner: owner.slack_name.upper() != press.user_id.upper())
    if not found:
        raise PressRefused(
            gettext(
                "Nobody here has your Slack name: ask an administrator to give the owner that is you the member "
                "ID %(user_id)s as Slack name."
            )
            % {"user_id": press.user_id}
        )
    if found[0].user is None or not found[0].user.is_active:
        raise PressRefused(
            gettext("%(name)s has no account here that could acknowledge: ask an administrator.")
            % {"name": found[0].name}
        )
    return found[0]


def answered(press: Press, sentence: str) -> dict[str, object]:
    """The message anew, with a sentence in the place of the button."""
    told = {"type": "context", "elements": [{"type": "plain_text", "text": sentence}]}
    blocks = [told if block.get("block_id") == press.block_id else block for block in press.blocks]
    return {"replace_original": True, "text": sentence, "blocks": blocks if told in blocks else [*blocks, told]}


def refused(sentence: str) -> dict[str, object]:
    """A sentence that only the person who pressed sees; the message stays as it is."""
    return {"replace_original": False, "response_type": "ephemeral", "text": sentence}

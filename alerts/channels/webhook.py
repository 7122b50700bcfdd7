"""A JSON document posted to an address and signed by the Standard Webhooks specification.

The id of the webhook is the idempotency key: a receiver that has seen it before may answer 200 and do nothing.
"""

import base64
import binascii
import json
from datetime import UTC
from urllib.parse import urlsplit

from django.utils.translation import gettext, gettext_lazy
from standardwebhooks.webhooks import Webhook

from alerts.channels.answers import Answer, Refused, judged
from alerts.channels.outgoing import post
from alerts.envelope import Envelope
from alerts.models import Channel
from alerts.secrets import SecretProblem, secret_of

KEY_BYTES = range(24, 65)  # of the specification: a shorter one can be guessed
UNUSABLE = gettext_lazy("The secret cannot be used to sign: it is whsec_ and 24 to 64 bytes as base64.")


def problem(channel: Channel) -> str:
    """Why nothing can be posted, or ""."""
    if not channel.address.startswith(("https://", "http://")):
        return gettext("The channel has no address: write https://….")
    if "@" in urlsplit(channel.address).netloc:
        return gettext("The address holds a name or a password, and addresses are shown: write it without.")
    try:
        return _signing(secret_of(channel))[1]
    except SecretProblem as missing:
        return str(missing)


def send(channel: Channel, envelope: Envelope) -> Answer:
    """Post the signed document. Raises: Refused."""
    secret = secret_of(channel)
    webhook, wrong = _signing(secret)
    if webhook is None:
        raise Refused(wrong, permanent=False, whole_channel=True)
    body = json.dumps(document(envelope))
    at = envelope.tried_at.astimezone(UTC).replace(microsecond=0)  # the library takes the time as it is written
    reply = post(
        channel.address,
        body.encode(),
        {
            "Content-Type": "application/json",
            "webhook-id": envelope.idempotency_key,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": webhook.sign(msg_id=envelope.idempotency_key, timestamp=at, data=body),
        },
    )
    return judged(
        reply.status, reply.body.decode("utf-8", "replace"), reply.headers, now=envelope.tried_at, secret=secret
    )


def document(envelope: Envelope) -> dict[str, object]:
    """What is posted: a type, the time, and the facts."""
    return {
        "type": f"remediation.{envelope.kind}",
        "timestamp": envelope.tried_at.isoformat(),
        "data": {
            "idempotency_key": envelope.idempotency_key,
            "severity": str(envelope.severity),
            "subject": envelope.subject,
            "text": envelope.text,
            "recipient": envelope.recipient_name,
            "site": envelope.site_url,
            "alerts": [line.as_json() for line in envelope.lines],
        },
    }


def _signing(secret: str) -> tuple[Webhook | None, str]:
    """What signs with the secret, or None and why it cannot."""
    if not secret:
        return None, gettext("The channel has no secret to sign with: enter one (whsec_ and 24 to 64 bytes as base64).")
    try:
        webhook = Webhook(secret)
        key = base64.b64decode(secret.removeprefix("whsec_") + "==")  # as the library: with or without padding
    except (binascii.Error, ValueError, RuntimeError):
        return None, str(UNUSABLE)
    return (webhook, "") if len(key) in KEY_BYTES else (None, str(UNUSABLE))

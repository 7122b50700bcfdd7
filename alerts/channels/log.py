"""One structured line in the site's log. Reaches whoever reads the log; takes any recipient."""

import json
import logging

from django.utils.translation import gettext

from alerts.channels.answers import Answer
from alerts.choices import Severity
from alerts.envelope import Envelope
from alerts.models import Channel

logger = logging.getLogger("alerts.messages")


def problem(channel: Channel) -> str:
    """Why nothing would be written, or ""."""
    if logger.isEnabledFor(logging.WARNING):
        return ""
    return gettext("LOG_LEVEL hides messages: set it to WARNING or lower.")


def send(channel: Channel, envelope: Envelope) -> Answer:
    """Write the message as one JSON object, which escapes whatever a terminal would act on."""
    worse = envelope.severity.rank >= Severity.CRITICAL.rank
    record = {
        "idempotency_key": envelope.idempotency_key,
        "kind": str(envelope.kind),
        "recipient": envelope.recipient_name,
        "subject": envelope.subject,
        "alerts": [line.as_json() for line in envelope.lines],
    }
    logger.log(logging.ERROR if worse else logging.WARNING, "%s", json.dumps(record))
    return Answer(gettext("Written to the log."))

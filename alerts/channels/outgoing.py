"""HTTP as channels use it: through the guarded client, within the time of one try."""

from collections.abc import Mapping

from django.conf import settings

from alerts.channels.answers import Refused
from tracker.guarded import CallFailed, CallRefused, Limits, Reply, request

MOST_BYTES = 64 * 1024  # of an answer


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """What the receiver answers. Raises: Refused when it cannot or may not be reached."""
    try:
        return request(
            "POST",
            url,
            headers=headers,
            body=body,
            allow_hosts=tuple(settings.OUTGOING_ALLOW_HOSTS),
            limits=Limits(
                connect_seconds=min(5.0, settings.SEND_SECONDS),
                read_seconds=settings.SEND_SECONDS,
                total_seconds=settings.SEND_SECONDS,
                most_bytes=MOST_BYTES,
            ),
            follow=False,
        )
    except CallRefused as refused:
        sentence = refused.naming("OUTGOING_ALLOW_HOSTS")
        raise Refused(sentence, permanent=True, whole_channel=True) from None
    except CallFailed as failed:
        raise Refused(str(failed), permanent=False, whole_channel=True) from None

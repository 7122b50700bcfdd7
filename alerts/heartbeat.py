"""Tells a service outside that alerts are evaluated, so that it can raise the alarm when this site cannot."""

import logging

from django.conf import settings

from tracker.guarded import CallFailed, CallRefused, Limits, request

logger = logging.getLogger(__name__)

LIMITS = Limits(connect_seconds=5.0, read_seconds=10.0, total_seconds=15.0, most_bytes=1024)


def send() -> bool:
    """Call HEARTBEAT_URL when there is one; whether it took the call. What goes wrong is logged and stops nothing.

    The address is a secret: who has it can keep the service quiet. It is never logged.
    """
    if not settings.HEARTBEAT_URL:
        return False
    try:
        reply = request(
            "GET", settings.HEARTBEAT_URL, allow_hosts=tuple(settings.OUTGOING_ALLOW_HOSTS), limits=LIMITS, follow=False
        )
    except CallRefused:
        logger.warning("HEARTBEAT_URL is not called: it is no http(s) address, or leads to no public host.")
        return False
    except CallFailed as failed:
        logger.warning("The heartbeat did not arrive: %s", failed)
        return False
    if reply.status >= 300:
        logger.warning("The heartbeat was answered with status %s.", reply.status)
    return reply.status < 300

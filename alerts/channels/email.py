"""E-mail to one person, as text and HTML, by Django's backend.

Within a round of deliveries one connection to the mail server serves many messages. It is asked whether it still works
before each of them, so that no message is given to a dead one, and let go after anything that went wrong.
"""

import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from email.mime.image import MIMEImage
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext

from alerts.channels.answers import Answer, Refused, said
from alerts.envelope import Envelope, Picture
from alerts.models import Channel

NOT_IN_A_MESSAGE_ID = re.compile(r"[^A-Za-z0-9.-]+")
NOOP_DONE = 250
CHANNEL_CODES = (530, 534, 535, 538)  # the server does not want this site, whatever the message


MOST_BY_ONE = 100  # messages by one connection: servers have limits of their own


class Held:
    """The connection of a round: opened by its first message, and again when it was let go."""

    def __init__(self) -> None:
        self.backend: BaseEmailBackend | None = None
        self.given = 0

    def ready(self) -> BaseEmailBackend:
        """A connection that works, as far as one can ask it. Raises: as smtplib does when there is none."""
        if self.backend is not None and (self.given >= MOST_BY_ONE or not _still_works(self.backend)):
            self.let_go()
        if self.backend is None:
            self.backend, self.given = get_connection(fail_silently=False), 0
            self.backend.open()  # what it opened itself for a message it closes after it
        self.given += 1
        return self.backend

    def let_go(self) -> None:
        """Close it. A server that has just failed is not waited for until it says good-bye."""
        backend, self.backend = self.backend, None
        if (smtp := getattr(backend, "connection", None)) is not None:
            backend.connection = None
            smtp.close()
        elif backend is not None:
            backend.close()

    def say_good_bye(self) -> None:
        """Close it at the end of a round, as a server expects it."""
        if self.backend is not None and _still_works(self.backend):
            self.backend.close()
        self.let_go()


HELD: ContextVar[Held | None] = ContextVar("mail connection", default=None)


@contextmanager
def round_of_deliveries() -> Iterator[None]:
    """Let messages that are sent meanwhile share a connection."""
    held = Held()
    token = HELD.set(held)
    try:
        yield
    finally:
        HELD.reset(token)
        held.say_good_bye()


@contextmanager
def _connection() -> Iterator[BaseEmailBackend]:
    """The connection of the round, let go when the message fails; without a round, one for this message."""
    held = HELD.get()
    if held is None:
        yield get_connection(fail_silently=False)
        return
    try:
        yield held.ready()
    except BaseException:
        held.let_go()
        raise


def _still_works(backend: BaseEmailBackend) -> bool:
    """Whether the mail server answers on a connection; a backend without one needs none."""
    smtp = getattr(backend, "connection", None)
    if smtp is None:
        return not isinstance(backend, EmailBackend)
    try:
        return smtp.noop()[0] == NOOP_DONE
    except (smtplib.SMTPException, OSError):
        return False


def problem(channel: Channel) -> str:
    """Why no mail can be sent, or ""."""
    if not settings.MAIL_IS_SET:
        return gettext("There is no mail server: set EMAIL_URL.")
    return "" if settings.DEFAULT_FROM_EMAIL else gettext("Mail has no sender: set DEFAULT_FROM_EMAIL.")


def send(channel: Channel, envelope: Envelope) -> Answer:
    """Hand the message to the mail server. Raises: Refused."""
    if not envelope.recipient_email:
        words = gettext("%(name)s has no e-mail address.") % {"name": envelope.recipient_name}
        nameless = gettext("The recipient has no e-mail address.")
        raise Refused(words if envelope.recipient_name else nameless, permanent=True)
    try:
        with _connection() as connection:
            taken = connection.send_messages([_message(envelope)])
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()), (450, b""))
        raise _refusal(code, words) from None
    except smtplib.SMTPResponseException as refused:
        raise _refusal(refused.smtp_code, refused.smtp_error) from None
    except smtplib.SMTPException as broken:
        raise _unreachable(broken) from None
    except OSError as broken:  # no connection, a time-out, TLS
        raise _unreachable(broken) from None
    if not taken:
        raise Refused(gettext("The mail backend sent nothing."), permanent=False, whole_channel=True)
    return Answer(gettext("The mail server took the message."))


def _message(envelope: Envelope) -> EmailMultiAlternatives:
    host = urlsplit(settings.SITE_URL).hostname
    key = NOT_IN_A_MESSAGE_ID.sub("-", envelope.idempotency_key)
    mail = EmailMultiAlternatives(
        subject=envelope.subject,
        body=envelope.text,
        to=[envelope.recipient_email],
        headers={
            "Message-ID": f"<{key}@{host}>",
            "X-Idempotency-Key": envelope.idempotency_key,
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(envelope.html, "text/html")
    if envelope.pictures:
        mail.mixed_subtype = "related"  # the pictures belong to the HTML: no list of attachments
    for picture in envelope.pictures:
        mail.attach(_part(picture))
    return mail


def _part(picture: Picture) -> MIMEImage:
    part = MIMEImage(picture.content, picture.media_type.partition("/")[2])
    part["Content-ID"] = f"<{picture.name}>"
    part["Content-Disposition"] = "inline"
    return part


def _refusal(code: int, words: bytes | str) -> Refused:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    permanent = 500 <= code < 600 and code not in CHANNEL_CODES
    sentence = gettext("The mail server answered %(code)s%(words)s") % {
        "code": code,
        "words": said(text, secret=settings.EMAIL_HOST_PASSWORD or ""),
    }
    return Refused(sentence, permanent=permanent, whole_channel=code == 421 or code in CHANNEL_CODES)


def _unreachable(error: Exception) -> Refused:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Refused(
        gettext("The mail server cannot be used (%(reason)s).") % {"reason": reason},
        permanent=False,
        whole_channel=True,
    )

"""E-mail to one person, as text and HTML, by Django's backend."""

import re
import smtplib
from email.mime.image import MIMEImage
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from alerts.channels.answers import Answer, Refused, said
from alerts.envelope import Envelope, Picture
from alerts.models import Channel

NOT_IN_A_MESSAGE_ID = re.compile(r"[^A-Za-z0-9.-]+")
CHANNEL_CODES = (530, 534, 535, 538)  # the server does not want this site, whatever the message


def problem(channel: Channel) -> str:
    """Why no mail can be sent, or ""."""
    if not settings.MAIL_IS_SET:
        return "There is no mail server: set EMAIL_URL."
    return "" if settings.DEFAULT_FROM_EMAIL else "Mail has no sender: set DEFAULT_FROM_EMAIL."


def send(channel: Channel, envelope: Envelope) -> Answer:
    """Hand the message to the mail server. Raises: Refused."""
    if not envelope.recipient_email:
        raise Refused(f"{envelope.recipient_name or 'The recipient'} has no e-mail address.", permanent=True)
    try:
        taken = _message(envelope).send(fail_silently=False)
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
        raise Refused("The mail backend sent nothing.", permanent=False, whole_channel=True)
    return Answer("The mail server took the message.")


def _message(envelope: Envelope) -> EmailMultiAlternatives:
    host = urlsplit(settings.SITE_URL).hostname
    key = NOT_IN_A_MESSAGE_ID.sub("-", envelope.idempotency_key)
    mail = EmailMultiAlternatives(
        subject=envelope.subject,
        body=envelope.text,
        to=[envelope.recipient_email],
        connection=get_connection(fail_silently=False),
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
    sentence = f"The mail server answered {code}{said(text, secret=settings.EMAIL_HOST_PASSWORD or '')}"
    return Refused(sentence, permanent=permanent, whole_channel=code == 421 or code in CHANNEL_CODES)


def _unreachable(error: Exception) -> Refused:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Refused(f"The mail server cannot be used ({reason}).", permanent=False, whole_channel=True)

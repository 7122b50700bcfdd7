"""Mail as files: one for each message, in the order in which they were sent."""

from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.text import slugify


class Backend(BaseEmailBackend):
    """Writes EMAIL_FILE_PATH/0001-who.eml and so on, which every mail program opens."""

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        for message in email_messages:
            number = len(list(folder.iterdir())) + 1
            name = f"{number:04}-{slugify(message.to[0].partition('@')[0])}.eml"
            (folder / name).write_bytes(message.message().as_bytes())
        return len(email_messages)

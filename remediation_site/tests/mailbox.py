"""A mail server on loopback that takes everything."""

from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from tracker.tests.servers import HOST, free_port


class Mailbox:
    """What arrived, and the address for EMAIL_URL."""

    def __init__(self) -> None:
        self.mails, self.url = [], ""

    async def handle_DATA(self, _server, _session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, mail.get_body(("plain",)).get_content()))
        return "250 taken"

    def about(self, words: str, *, to: str = "olga@example.org") -> list[str]:
        """The texts of mails to this address that say so."""
        return [text for recipients, text in self.mails if recipients == [to] and words in text]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname=HOST, port=free_port())
    controller.start()
    mailbox.url = f"smtp://{HOST}:{controller.port}"
    yield mailbox
    controller.stop()

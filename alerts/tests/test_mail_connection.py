"""Messages of one round of deliveries share a connection to the mail server, and none is lost or sent twice by that."""

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from alerts.channels import email
from alerts.choices import ChannelKind, MessageState
from alerts.delivery import send_due
from alerts.models import Message
from alerts.tests.sending import Clock, make_alert, make_channel, make_message
from tracker.tests.servers import free_port

pytestmark = pytest.mark.django_db(transaction=True)


class Server(Controller):
    """A mail server that counts its connections, and can close one that has been idle or refuse a recipient."""

    def __init__(self, port):
        self.connections, self.received, self.closes, self.refuses = 0, [], False, ""
        super().__init__(self, hostname="127.0.0.1", port=port)

    def factory(self):
        self.connections += 1
        return SMTP(self.handler)

    async def handle_RCPT(self, server, session, letter, address, options):
        if address == self.refuses:
            return "550 no such mailbox"
        letter.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, letter):
        self.received.append(letter.rcpt_tos[0])
        return "250 OK"

    async def handle_NOOP(self, server, session, letter, words):
        if self.closes:
            server.transport.abort()
        return "250 OK"

    def start(self):
        super().start()
        self.connections = 0  # it has just been asked whether it answers


@pytest.fixture
def server(settings):
    server = Server(free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()


@pytest.fixture
def people(make_owner):
    """Five people, each with a message that waits; their addresses in the order of the messages."""
    channel = make_channel(ChannelKind.EMAIL)
    found = []
    for number in range(5):
        owner = make_owner(f"Owner {number}", email=f"owner{number}@example.org")
        make_message(channel, make_alert(), recipient=owner)
        found.append(owner.email)
    return found


def states():
    return set(Message.objects.values_list("state", flat=True))


def test_the_messages_of_a_round_share_a_connection_which_is_closed_at_its_end(server, people):
    assert send_due(Clock()).sent == 5

    assert server.received == people
    assert server.connections == 1
    assert email.HELD.get() is None


def test_a_connection_that_the_server_closed_is_opened_again_and_nothing_is_sent_twice(server, people):
    server.closes = True

    send_due(Clock())

    assert server.received == people
    assert server.connections == 5
    assert states() == {MessageState.SENT}


def test_a_connection_serves_so_many_messages_and_no_more(server, people, monkeypatch):
    monkeypatch.setattr(email, "MOST_BY_ONE", 2)

    send_due(Clock())

    assert (server.received, server.connections) == (people, 3)


def test_a_message_that_is_refused_takes_no_other_with_it(server, people):
    server.refuses = people[1]

    counts = send_due(Clock())

    assert (counts.sent, counts.dead) == (4, 1)
    assert server.received == [people[0], *people[2:]]


def test_without_a_server_nothing_counts_as_sent_and_with_one_the_next_round_sends_it(server, people, settings):
    clock, settings.EMAIL_PORT = Clock(), free_port()
    assert send_due(clock).sent == 0
    assert states() <= {MessageState.RETRY, MessageState.PLANNED}

    settings.EMAIL_PORT = server.port
    clock.forward(hours=2)

    assert send_due(clock).sent == 5
    assert sorted(server.received) == people

"""Each kind of channel with a real server behind it: what leaves, and how answers are read."""

import json
import logging
import socket
from contextlib import contextmanager
from datetime import UTC, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.core import signing
from standardwebhooks.webhooks import Webhook

from alerts import channels
from alerts.channels.answers import LONGEST_WAIT, Refused, retry_after
from alerts.choices import ChannelKind, MessageKind, Severity
from alerts.envelope import Envelope, Line
from alerts.models import Channel
from alerts.secrets import encrypt
from alerts.slack_buttons import SALT
from alerts.tests.sending import NOW, new_webhook_secret
from tracker.tests.servers import free_port, http_server, raw_server

SECRET = new_webhook_secret()
TOKEN = "xoxb-very-secret-token"


@pytest.fixture(autouse=True)
def loopback(settings):
    settings.OUTGOING_ALLOW_HOSTS = ["127.0.0.1"]
    settings.SEND_SECONDS = settings.EMAIL_TIMEOUT = 2
    settings.CHANNEL_SECRETS = {}


def channel_of(kind, *, secret="", **fields):
    return Channel(name="C", kind=kind, secret_encrypted=encrypt(secret) if secret else None, **fields)


def line(**fields):
    values = {
        "alert_id": 7,
        "event": "raised",
        "rule": "overdue",
        "severity": Severity.CRITICAL,
        "priority": "P0",
        "level": "Owner",
        "repeat": 0,
        "sentence": "P0-20260310-001 <!channel> & co is past its deadline",
        "facts": "P0 · since noon",
        "reference": "P0-20260310-001",
        "opened_at": NOW,
        "resolved": False,
        "url": "https://issues.example.org/admin/tracker/issue/1/change/",
    }
    return Line(**(values | fields))


def envelope(*lines, **fields):
    values = {
        "idempotency_key": "alert:7:0:0",
        "kind": MessageKind.ALERT,
        "tried_at": NOW,
        "subject": "[critical] Checkout is past its deadline",
        "text": "CRITICAL: Checkout is past its deadline\n",
        "html": "<p>Checkout is past its deadline</p>",
        "recipient_name": "Olga Brandt",
        "recipient_email": "olga@example.org",
        "recipient_slack": "U0123ABCD",
        "site_url": "https://issues.example.org",
    }
    return Envelope(lines=lines or (line(),), **(values | fields))


def refusal(channel, message=None):
    with pytest.raises(Refused) as caught:
        channels.send(channel, message or envelope())
    return caught.value


def answering(status=200, body=b"ok", **headers):
    return http_server(lambda handler: handler.reply(status, body, **headers))


# -- log --------------------------------------------------------------------------------------------------------------


def test_the_log_gets_one_line_of_json_that_a_title_cannot_break(caplog):
    channels.send(channel_of(ChannelKind.LOG), envelope(line(sentence="one\ntwo\x1b[2J")))

    (record,) = [record for record in caplog.records if record.name == "alerts.messages"]
    assert record.levelno == logging.ERROR
    assert "\n" not in record.getMessage()
    assert "\x1b" not in record.getMessage()
    told = json.loads(record.getMessage())
    assert (told["idempotency_key"], told["recipient"], told["alerts"][0]["id"]) == ("alert:7:0:0", "Olga Brandt", 7)


def test_a_log_that_hides_warnings_is_a_problem():
    logger = logging.getLogger("alerts.messages")
    logger.setLevel(logging.CRITICAL)
    try:
        assert "LOG_LEVEL" in channels.problem(channel_of(ChannelKind.LOG))
    finally:
        logger.setLevel(logging.NOTSET)
    assert channels.problem(channel_of(ChannelKind.LOG)) == ""


# -- e-mail -----------------------------------------------------------------------------------------------------------


class Mailbox:
    """What a mail server does with each message: it keeps it, or answers as it was told."""

    def __init__(self):
        self.answer, self.on_recipient, self.messages = "250 OK", "250 OK", []

    async def handle_RCPT(self, server, session, letter, address, options):
        if self.on_recipient.startswith("250"):
            letter.rcpt_tos.append(address)
        return self.on_recipient

    async def handle_DATA(self, server, session, letter):
        if self.answer == "hang up":
            server.transport.abort()
            return "421 gone"
        if self.answer.startswith("250"):
            self.messages.append((letter.rcpt_tos, message_from_bytes(letter.content, policy=policy.default)))
        return self.answer


@pytest.fixture
def mailbox(settings):
    mailbox = Mailbox()
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    mail_settings(settings, port)
    yield mailbox
    controller.stop()


def mail_settings(settings, port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MAIL_IS_SET = "127.0.0.1", port, True
    settings.DEFAULT_FROM_EMAIL = "Alerts <alerts@example.org>"
    settings.SITE_URL = "https://issues.example.org"


EMAIL = channel_of(ChannelKind.EMAIL)


def test_a_mail_has_text_html_and_the_idempotency_key(mailbox):
    answer = channels.send(EMAIL, envelope())

    ((recipients, mail),) = mailbox.messages
    assert recipients == ["olga@example.org"]
    assert mail["From"] == "Alerts <alerts@example.org>"
    assert mail["Subject"] == "[critical] Checkout is past its deadline"
    assert mail["X-Idempotency-Key"] == "alert:7:0:0"
    assert mail["Message-ID"] == "<alert-7-0-0@issues.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_body(("plain",)).get_content().startswith("CRITICAL: Checkout")
    assert "<p>Checkout" in mail.get_body(("html",)).get_content()
    assert answer.sentence == "The mail server took the message."


@pytest.mark.parametrize(
    ("stage", "answer", "permanent"),
    [
        pytest.param("answer", "451 greylisted", False, id="the message is refused for now"),
        pytest.param("answer", "550 no such mailbox", True, id="the message is refused for good"),
        pytest.param("on_recipient", "450 mailbox busy", False, id="the recipient is refused for now"),
        pytest.param("on_recipient", "550 no such user", True, id="the recipient is refused for good"),
        pytest.param("answer", "hang up", False, id="the connection is broken off"),
    ],
)
def test_a_mail_that_is_not_taken_says_whether_another_try_may_help(mailbox, stage, answer, permanent):
    setattr(mailbox, stage, answer)

    refused = refusal(EMAIL)

    assert refused.permanent is permanent
    assert mailbox.messages == []
    assert answer == "hang up" or answer.partition(" ")[0] in refused.sentence


def test_a_mail_server_that_does_not_run_is_asked_again_later(settings):
    mail_settings(settings, free_port())

    refused = refusal(EMAIL)

    assert (refused.permanent, refused.whole_channel) == (False, True)
    assert "cannot be used" in refused.sentence


def test_a_mail_server_that_says_nothing_is_not_waited_for_without_end(settings):
    settings.EMAIL_TIMEOUT = 0.2
    with raw_server(lambda connection: connection.recv(1)) as port:
        mail_settings(settings, port)

        assert refusal(EMAIL).permanent is False


def test_a_person_without_an_address_gets_no_mail(mailbox):
    refused = refusal(EMAIL, envelope(recipient_email=""))

    assert (refused.permanent, refused.sentence) == (True, "Olga Brandt has no e-mail address.")


def test_without_a_mail_server_or_a_sender_the_channel_is_not_usable(settings):
    settings.MAIL_IS_SET, settings.DEFAULT_FROM_EMAIL = False, "a@example.org"
    assert channels.problem(EMAIL) == "There is no mail server: set EMAIL_URL."
    assert not channels.usable(EMAIL)

    settings.MAIL_IS_SET, settings.DEFAULT_FROM_EMAIL = True, ""
    assert "DEFAULT_FROM_EMAIL" in channels.problem(EMAIL)

    settings.DEFAULT_FROM_EMAIL = "a@example.org"
    assert channels.usable(EMAIL)
    assert not channels.usable(channel_of(ChannelKind.EMAIL, active=False))


# -- webhook ----------------------------------------------------------------------------------------------------------


def webhook(url, secret=SECRET):
    return channel_of(ChannelKind.WEBHOOK, address=url, secret=secret)


def test_a_webhook_is_verified_by_the_library_of_the_specification(time_machine):
    time_machine.move_to(NOW)
    with answering() as server:
        channels.send(webhook(server.url), envelope())

    ((method, _, headers, body),) = server.seen
    told = Webhook(SECRET).verify(body, headers)
    assert method == "POST"
    assert headers["webhook-id"] == told["data"]["idempotency_key"] == "alert:7:0:0"
    assert (told["type"], told["data"]["severity"]) == ("remediation.alert", "critical")
    assert told["data"]["alerts"][0]["sentence"].startswith("P0-20260310-001 <!channel>")
    assert "acknowledge_url" not in body.decode()  # whoever reads it could acknowledge


def test_a_webhook_that_was_changed_on_its_way_is_not_verified(time_machine):
    time_machine.move_to(NOW)
    with answering() as server:
        channels.send(webhook(server.url), envelope())

    ((_, _, headers, body),) = server.seen
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(SECRET).verify(body.replace(b"critical", b"info"), headers)


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (401, True), (404, True), (410, True), (302, True), (408, False), (425, False), (500, False)],
)
def test_the_status_of_a_webhook_says_whether_another_try_may_help(status, permanent):
    with answering(status, b"why not", Location="http://127.0.0.1:1/") as server:
        refused = refusal(webhook(server.url))

    assert refused.permanent is permanent
    assert refused.sentence.startswith(f"{status} ")


def test_a_receiver_that_stalls_is_left_after_the_time_of_one_try(settings):
    settings.SEND_SECONDS = 0.3
    with raw_server(lambda connection: connection.recv(1 << 20) and connection.recv(1)) as port:
        refused = refusal(webhook(f"http://127.0.0.1:{port}"))

    assert (refused.permanent, refused.whole_channel) == (False, True)


def test_a_private_address_is_called_only_when_an_operator_names_it(settings):
    settings.OUTGOING_ALLOW_HOSTS = []
    with answering() as server:
        refused = refusal(webhook(server.url))

    assert refused.permanent
    assert "OUTGOING_ALLOW_HOSTS" in refused.sentence
    assert server.seen == []


def test_an_answer_that_repeats_the_secret_is_not_shown_with_it():
    with answering(400, f"bad secret {SECRET}\x1b[31m".encode()) as server:
        sentence = refusal(webhook(server.url)).sentence

    assert SECRET not in sentence
    assert "\x1b" not in sentence


@pytest.mark.parametrize(
    ("channel", "reason"),
    [
        (channel_of(ChannelKind.WEBHOOK, secret=SECRET), "no address"),
        (channel_of(ChannelKind.WEBHOOK, address="https://a.example.org"), "no secret"),
        (channel_of(ChannelKind.WEBHOOK, address="https://a.example.org", secret="whsec_äöü"), "cannot be used"),
        (channel_of(ChannelKind.WEBHOOK, address="https://a.example.org", secret="whsec_bad"), "24 to 64 bytes"),
        (channel_of(ChannelKind.WEBHOOK, address="https://me:key@a.example.org", secret=SECRET), "a password"),
        (channel_of(ChannelKind.SLACK), "no token"),
        (channel_of(ChannelKind.SLACK_WEBHOOK), "no webhook"),
        (channel_of(ChannelKind.APPRISE), "no Apprise address"),
        (channel_of(ChannelKind.APPRISE, secret="syslog://localhost"), "schemes that may be used"),
        (channel_of(ChannelKind.APPRISE, secret="file:///etc/passwd"), "schemes that may be used"),
        (channel_of(ChannelKind.APPRISE, secret="json://a.example.org/?redirect=yes"), "option redirect"),
        (channel_of(ChannelKind.APPRISE, secret="workflows://a/b/c?Template=/etc/passwd"), "option template"),
    ],
)
def test_a_channel_that_cannot_work_says_why(channel, reason):
    assert reason in channels.problem(channel)
    assert not channels.usable(channel)


@pytest.mark.parametrize(
    ("words", "wait"),
    [
        ("30", timedelta(seconds=30)),
        ("0", timedelta(0)),
        ("Tue, 10 Mar 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Tue, 10 Mar 2026 11:00:00 GMT", timedelta(0)),
        ("999999999", LONGEST_WAIT),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(words, wait):
    assert retry_after(words, now=NOW.astimezone(UTC)) == wait


# -- Slack ------------------------------------------------------------------------------------------------------------


@contextmanager
def slack_api(settings, **answers):
    """A stand-in for Slack's API: what each method answers, as (status, JSON, headers)."""

    def answer(handler):
        status, data, headers = answers.get(handler.path.rpartition("/")[2].replace(".", "_"), (200, {"ok": True}, {}))
        handler.reply(status, json.dumps(data).encode(), Content_Type="application/json", **headers)

    with http_server(answer) as server:
        settings.SLACK_API_URL = f"{server.url}/api"
        yield server


SLACK = channel_of(ChannelKind.SLACK, secret=TOKEN)


def test_slack_gets_a_direct_message_with_a_button_and_words_that_call_nobody(settings):
    settings.SLACK_SIGNING_SECRET = "signs presses"
    with slack_api(settings) as server:
        channels.send(SLACK, envelope())

    ((_, path, headers, body),) = server.seen
    told = json.loads(body)
    assert (path, headers["Authorization"]) == ("/api/chat.postMessage", f"Bearer {TOKEN}")
    assert told["channel"] == "U0123ABCD"
    assert told["metadata"]["event_payload"] == {"idempotency_key": "alert:7:0:0"}
    _, section, actions, _ = told["blocks"]
    assert "&lt;!channel&gt; &amp; co" in section["text"]["text"]
    assert "<!channel>" not in body.decode()
    assert actions["elements"][0]["action_id"] == "acknowledge"
    assert signing.loads(actions["elements"][0]["value"], salt=SALT) == 7  # it holds the second of its signature


def test_without_a_signing_secret_a_message_in_slack_has_no_button_that_nobody_would_hear(settings):
    settings.SLACK_SIGNING_SECRET = ""
    with slack_api(settings) as server:
        channels.send(SLACK, envelope())

    assert "actions" not in {block["type"] for block in json.loads(server.seen[0][3])["blocks"]}


def test_slack_takes_a_message_of_any_number_of_alerts(settings):
    with slack_api(settings) as server:
        channels.send(SLACK, envelope(*[line(alert_id=number) for number in range(300)]))

    told = json.loads(server.seen[0][3])
    assert len(told["blocks"]) <= 50
    assert "280 more" in json.dumps(told["blocks"])


def test_a_person_with_another_name_is_looked_up_by_mail_and_else_called_by_it(settings):
    found = {"users_lookupByEmail": (200, {"ok": True, "user": {"id": "U777"}}, {})}
    with slack_api(settings, **found) as server:
        channels.send(SLACK, envelope(recipient_slack="@olga"))
        assert json.loads(server.seen[1][3])["channel"] == "U777"

    unknown = {"users_lookupByEmail": (200, {"ok": False, "error": "users_not_found"}, {})}
    with slack_api(settings, **unknown) as server:
        channels.send(SLACK, envelope(recipient_slack="olga"))
        assert json.loads(server.seen[1][3])["channel"] == "@olga"


@pytest.mark.parametrize(
    ("answer", "permanent", "wait"),
    [
        pytest.param((429, {"ok": False, "error": "ratelimited"}, {"Retry_After": "30"}), False, 30, id="429"),
        pytest.param((200, {"ok": False, "error": "ratelimited"}, {"Retry_After": "7"}), False, 7, id="ratelimited"),
        pytest.param((200, {"ok": False, "error": "internal_error"}, {}), False, None, id="an error of Slack's own"),
        pytest.param((503, {}, {}), False, None, id="Slack is down"),
        pytest.param((200, {"ok": False, "error": "channel_not_found"}, {}), True, None, id="nobody of that name"),
        pytest.param((200, {"ok": False, "error": "invalid_auth"}, {}), True, None, id="a wrong token"),
    ],
)
def test_errors_of_slack_say_whether_another_try_may_help(settings, answer, permanent, wait):
    with slack_api(settings, chat_postMessage=answer) as server:
        refused = refusal(SLACK)

    assert refused.permanent is permanent
    assert refused.retry_after == (wait and timedelta(seconds=wait))
    assert len(server.seen) == 1  # slack-sdk tries nothing again by itself
    assert TOKEN not in refused.sentence


def test_slack_leaves_by_the_guarded_client_and_by_no_proxy(settings, monkeypatch):
    with answering() as proxy, slack_api(settings) as server:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        channels.send(SLACK, envelope())
        channels.send(channel_of(ChannelKind.SLACK_WEBHOOK, secret=f"{server.url}/services/T/B/x"), envelope())
        settings.OUTGOING_ALLOW_HOSTS = []
        refused = refusal(SLACK), refusal(channel_of(ChannelKind.SLACK_WEBHOOK, secret=f"{server.url}/services/T"))

    assert proxy.seen == []
    assert len(server.seen) == 2
    assert all(one.permanent and "OUTGOING_ALLOW_HOSTS" in one.sentence for one in refused)


def test_nothing_of_a_secret_is_logged_at_any_level(settings, caplog):
    caplog.set_level(logging.DEBUG)
    with slack_api(settings, chat_postMessage=(200, {"ok": False, "error": "invalid_auth"}, {})) as server:
        refusal(SLACK)
        channels.send(channel_of(ChannelKind.SLACK_WEBHOOK, secret=f"{server.url}/services/T/B/hush"), envelope())
        channels.send(webhook(server.url), envelope())
        channels.send(channel_of(ChannelKind.APPRISE, secret=f"json://user:hush@{server.url[7:]}/hush"), envelope())

    assert len(server.seen) == 4
    assert not [word for word in (TOKEN, SECRET, "hush") if word in caplog.text]


def test_a_slack_webhook_posts_blocks_and_reads_the_answer(settings):
    with answering() as server:
        answer = channels.send(channel_of(ChannelKind.SLACK_WEBHOOK, secret=f"{server.url}/services/T/B/x"), envelope())
    with answering(404, b"no_service /services/T/B/x") as gone:
        refused = refusal(channel_of(ChannelKind.SLACK_WEBHOOK, secret=f"{gone.url}/services/T/B/x"))

    assert json.loads(server.seen[0][3])["blocks"][0]["type"] == "header"
    assert answer.sentence == '200 OK: "ok"'
    assert refused.permanent
    assert "no_service" in refused.sentence
    assert "/services/T/B/x" not in refused.sentence


def test_a_digest_is_readable_in_slack_however_long_it_is(settings):
    digest = envelope(kind=MessageKind.DIGEST, text="\n".join(f"- <{n}> {'word ' * 50}" for n in range(500)))
    digest = Envelope(**{name: getattr(digest, name) for name in Envelope.__slots__} | {"lines": ()})
    with slack_api(settings) as server:
        channels.send(SLACK, digest)

    blocks = json.loads(server.seen[0][3])["blocks"]
    assert len(blocks) <= 50
    assert all(len(block["text"]["text"]) <= 3000 for block in blocks if block["type"] == "section")


# -- Apprise ----------------------------------------------------------------------------------------------------------


def apprise_to(server, options=""):
    return channel_of(ChannelKind.APPRISE, secret=f"json://127.0.0.1:{server.port}/hook{options}")


def test_apprise_hands_a_message_over_with_its_key():
    with answering() as server:
        answer = channels.send(apprise_to(server), envelope())

    told = json.loads(server.seen[0][3])
    assert told["title"] == "[critical] Checkout is past its deadline"
    assert told["message"].endswith("Message alert:7:0:0")
    assert told["type"] == "failure"
    assert answer.sentence == "Apprise handed the message over."


@pytest.mark.parametrize(("status", "permanent"), [(403, True), (404, True), (429, False), (500, False)])
def test_the_status_behind_apprise_says_whether_another_try_may_help(status, permanent):
    with answering(status) as server:
        refused = refusal(apprise_to(server))

    assert (refused.permanent, refused.sentence) == (permanent, f"The service answered {status}.")
    assert len(server.seen) == 1


def test_apprise_follows_no_redirect():
    with answering() as other, answering(302, Location=other.url) as server:
        assert refusal(apprise_to(server)).permanent

    assert other.seen == []


def test_apprise_calls_no_private_host_that_is_not_named(settings):
    settings.OUTGOING_ALLOW_HOSTS = []
    with answering() as server:
        refused = refusal(apprise_to(server))

    assert refused.permanent
    assert "OUTGOING_ALLOW_HOSTS" in refused.sentence
    assert server.seen == []


def test_a_service_of_apprise_that_does_not_answer_is_asked_again_later():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused = refusal(channel_of(ChannelKind.APPRISE, secret=f"json://127.0.0.1:{port}/"))

    assert refused.permanent is False

"""POST /alerts/slack/actions: somebody presses a button in Slack; a stand-in for Slack takes the answer."""

import json
import time
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from alerts.choices import SilenceDoor
from alerts.models import Silence
from alerts.slack_buttons import value_of
from tracker.tests.servers import http_server

pytestmark = pytest.mark.django_db
ADDRESS = "/alerts/slack/actions"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@pytest.fixture(autouse=True)
def slack(settings):
    """A stand-in for the host where Slack takes answers; `answers()` are those it got."""
    with http_server(lambda request: request.reply(200, b"ok")) as server:
        settings.SLACK_SIGNING_SECRET = SECRET
        settings.SLACK_ANSWER_URL = server.url
        settings.OUTGOING_ALLOW_HOSTS = ["127.0.0.1"]
        server.answers = lambda: [json.loads(body) for _, _, _, body in server.seen]
        yield server


@pytest.fixture
def olga(make_owner, browser_of):
    """An engineer who is known by her member ID."""
    return make_owner("Olga Brandt", user=browser_of("Engineer", "olga").user, slack_name="U0OLGA001")


@pytest.fixture
def alert(make_alert, make_issue, olga):
    return make_alert(issue=make_issue(owner=olga), sentence="The pool is late")


def told(alert, slack, *, user=None, value=None, **changed):
    """What Slack tells of a press, with some of it changed."""
    return {
        "type": "block_actions",
        "user": user or {"id": "U0OLGA001", "username": "olga.b"},
        "response_url": f"{slack.url}/actions/T0/1/abc",
        "message": {
            "blocks": [
                {"type": "section", "block_id": "text", "text": {"type": "mrkdwn", "text": "late"}},
                {"type": "actions", "block_id": "alert:1:0", "elements": []},
                {"type": "actions", "block_id": "alert:2:1", "elements": []},
            ]
        },
        "actions": [{"action_id": "acknowledge", "block_id": "alert:1:0", "value": value or value_of(alert.pk)}],
    } | changed


def signed(payload, *, secret=SECRET, at=None):
    """The body of a request of Slack, and its headers."""
    body = payload if isinstance(payload, bytes) else urlencode({"payload": json.dumps(payload)}).encode()
    at = str(int(at if at is not None else time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=at, body=body.decode("latin-1"))
    return body, {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}


def sent(body, headers):
    """Slack's request: without a session, and a form's token would be missing."""
    form = "application/x-www-form-urlencoded"
    return Client(enforce_csrf_checks=True).post(ADDRESS, body, content_type=form, headers=headers)


def test_a_press_acknowledges_and_the_message_says_so_in_place_of_the_button(alert, slack, olga):
    answer = sent(*signed(told(alert, slack)))

    assert (answer.status_code, answer.content) == (200, b"")
    silence = alert.silences.get()
    assert (silence.by, silence.by_name, silence.door) == (olga.user, "olga", SilenceDoor.SLACK)
    (message,) = slack.answers()
    assert message["replace_original"] is True
    assert message["text"].startswith("Acknowledged by Olga Brandt, quiet until ")
    assert [block.get("block_id") for block in message["blocks"]] == ["text", None, "alert:2:1"]


def test_a_request_that_is_sent_again_changes_nothing(alert, slack):
    request = signed(told(alert, slack))
    sent(*request)
    Silence.objects.update(ended_at=alert.silences.get().at)

    assert sent(*request).status_code == 200

    assert alert.silences.count() == 1
    assert slack.answers()[1]["replace_original"] is False
    assert "used already" in slack.answers()[1]["text"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"secret": "another"}, id="another secret"),
        pytest.param({"at": 1_700_000_000}, id="years ago"),
        pytest.param({"at": 99_999_999_999}, id="in the far future"),
    ],
)
def test_what_slack_has_not_signed_just_now_is_refused(alert, slack, changed):
    answer = sent(*signed(told(alert, slack), **changed))

    assert answer.status_code == 403
    assert "not signed by Slack within the last five minutes" in answer.text
    assert not Silence.objects.exists()
    assert slack.seen == []


@pytest.mark.parametrize("age", [299 - 2, -297], ids=["almost five minutes old", "almost five minutes ahead"])
def test_five_minutes_are_borne(alert, slack, age):
    assert sent(*signed(told(alert, slack), at=time.time() - age)).status_code == 200
    assert Silence.objects.exists()


def test_what_is_older_than_five_minutes_is_refused(alert, slack):
    assert sent(*signed(told(alert, slack), at=time.time() - 302)).status_code == 403


def test_a_body_that_was_changed_on_its_way_is_refused(alert, slack):
    body, headers = signed(told(alert, slack))

    assert sent(body.replace(b"olga.b", b"ollie."), headers).status_code == 403
    assert sent(body, headers | {"X-Slack-Signature": "v0=ü"}).status_code == 403
    assert sent(body, headers | {"X-Slack-Request-Timestamp": "now"}).status_code == 403
    assert sent(body, headers | {"X-Slack-Request-Timestamp": "9" * 400}).status_code == 403
    assert sent(body, {}).status_code == 403
    assert not Silence.objects.exists()


@pytest.mark.parametrize(
    "user",
    [
        pytest.param({"id": "U0NOBODY1", "username": "nobody"}, id="a stranger"),
        pytest.param({"id": "U0NOBODY1", "username": "u0olga001"}, id="who calls themselves by the ID of another"),
        pytest.param({"id": "U0NOBODY1", "username": ""}, id="somebody without a name"),
    ],
)
def test_somebody_who_is_unknown_here_is_refused_with_a_sentence(alert, slack, user):
    assert sent(*signed(told(alert, slack, user=user))).status_code == 200

    assert not Silence.objects.exists()
    (message,) = slack.answers()
    assert message["response_type"] == "ephemeral"
    assert message["replace_original"] is False
    assert "Nobody here has your Slack name" in message["text"]
    assert "U0NOBODY1" in message["text"]


def test_an_owner_is_known_by_the_slack_name_too(alert, slack, olga):
    type(olga).objects.filter(pk=olga.pk).update(slack_name="Olga.B")

    sent(*signed(told(alert, slack, user={"id": "U0ANYBODY", "username": "olga.b"})))

    assert alert.silences.get().by == olga.user


@pytest.mark.parametrize("fields", [{"user": None}, {"user__is_active": False}], ids=["none", "switched off"])
def test_an_owner_without_an_account_that_works_is_refused(alert, slack, olga, fields):
    if "user" in fields:
        type(olga).objects.filter(pk=olga.pk).update(user=None)
    else:
        type(olga.user).objects.filter(pk=olga.user_id).update(is_active=False)

    sent(*signed(told(alert, slack)))

    assert not Silence.objects.exists()
    assert "Olga Brandt has no account here" in slack.answers()[0]["text"]


def test_an_engineer_acknowledges_alerts_of_own_issues_and_no_others(make_alert, slack, olga):
    other = make_alert()

    sent(*signed(told(other, slack)))

    assert not Silence.objects.exists()
    assert "You acknowledge alerts of your own issues" in slack.answers()[0]["text"]


def test_an_alert_that_is_over_says_so(alert, slack, now):
    type(alert).objects.filter(pk=alert.pk).update(resolved_at=now)

    sent(*signed(told(alert, slack)))

    assert "The alert is over" in slack.answers()[0]["text"]


def test_an_alert_that_is_gone_says_so(alert, slack):
    payload = told(alert, slack)
    alert.delete()

    assert sent(*signed(payload)).status_code == 200
    assert "not there any more" in slack.answers()[0]["text"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"value": "7"}, id="a value that nobody signed"),
        pytest.param({"value": value_of(7)[:-1]}, id="a value that was cut"),
        pytest.param({"actions": [{"action_id": "other", "value": "1"}]}, id="another button"),
        pytest.param({"actions": []}, id="no button"),
        pytest.param({"user": "olga"}, id="a user in another shape"),
        pytest.param({"message": 3}, id="a message in another shape"),
    ],
)
def test_a_button_that_is_not_ours_is_refused_with_a_sentence(alert, slack, changed):
    answer = sent(*signed(told(alert, slack, **changed)))

    assert answer.status_code == 400
    assert "button" in answer.text
    assert not Silence.objects.exists()


NESTED = b"payload=" + b"[" * 100_000


@pytest.mark.parametrize("body", [b"", b"payload=", b"payload=[]", b"payload=%ff", b"other=1", NESTED], ids=range(6))
def test_what_is_no_press_is_refused_with_a_sentence(body):
    answer = sent(*signed(body))

    assert answer.status_code == 400
    assert "no button" in answer.text


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com.evil.example/actions/1",
        "http://127.0.0.1:1/actions/1",
        "https://hooks.slack.com@127.0.0.1/actions/1",
        "ftp://127.0.0.1/",
        "",
        "https://[",
    ],
)
def test_an_answer_goes_to_slack_and_nowhere_else(alert, slack, caplog, url):
    assert sent(*signed(told(alert, slack, response_url=url))).status_code == 200

    assert alert.silences.exists(), "what was done stays done"
    assert slack.seen == []
    assert "not Slack's host" in caplog.text


def test_an_answer_that_slack_does_not_take_undoes_nothing(alert, slack, settings, caplog):
    settings.OUTGOING_ALLOW_HOSTS = []

    assert sent(*signed(told(alert, slack))).status_code == 200

    assert alert.silences.exists()
    assert "did not come through" in caplog.text


def test_without_a_signing_secret_nothing_is_taken(alert, slack, settings):
    settings.SLACK_SIGNING_SECRET = ""

    answer = sent(*signed(told(alert, slack)))

    assert answer.status_code == 404
    assert "SLACK_SIGNING_SECRET" in answer.text
    assert not Silence.objects.exists()


def test_only_a_post_of_a_sane_length_is_read(alert, slack):
    body, headers = signed(b"payload=" + b"x" * 600_000)

    assert Client().get(ADDRESS).status_code == 405
    assert sent(body, headers).status_code == 413


PARTS = st.sampled_from(
    ("type", "block_actions", "user", "id", "username", "actions", "action_id", "acknowledge", "value", "block_id")
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(PARTS | st.text(max_size=6), inside, max_size=4),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=JSON, sign=st.booleans(), at=st.none() | st.text(max_size=12) | st.integers())
def test_whatever_is_posted_is_an_answer_and_acknowledges_nothing(alert, document, sign, at):
    body, headers = signed(document)
    if not sign:
        headers["X-Slack-Signature"] = "v0=" + "0" * 64
    if at is not None:
        headers["X-Slack-Request-Timestamp"] = str(at).encode("ascii", "ignore").decode()

    assert sent(body, headers).status_code < 500
    assert not Silence.objects.exists()

"""The outbox in the admin: what could not be delivered comes first."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.choices import MessageKind, MessageState

pytestmark = pytest.mark.django_db
LIST = "/admin/alerts/message/"
HOUR = timedelta(hours=1)


def page(message):
    return f"{LIST}{message.pk}/change/"


def listed(response):
    return [message.recipient_name for message in response.context["cl"].result_list]


@pytest.fixture
def outbox(make_message, now):
    make_message(recipient_name="sent")
    make_message(recipient_name="later", state=MessageState.PLANNED, due_at=now + 2 * HOUR)
    make_message(recipient_name="sooner", state=MessageState.RETRY, due_at=now + HOUR)
    make_message(recipient_name="leased", state=MessageState.LEASED, due_at=now, leased_until=now + HOUR)
    make_message(recipient_name="moot", state=MessageState.MOOT)
    return make_message(recipient_name="dead", state=MessageState.DEAD, due_at=now + 3 * HOUR, answer="no such box")


def test_what_could_not_be_delivered_comes_first_then_what_waits(mona, outbox):
    response = mona.get(LIST)

    assert listed(response) == ["dead", "leased", "sooner", "later"]
    assert "no such box" in response.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"state": "dead"}, ["dead"], id="dead ones"),
        pytest.param({"state": "sent"}, ["sent"], id="sent ones"),
        pytest.param({"state": "all", "kind": "digest"}, [], id="by kind"),
        pytest.param({"state": "all", "q": "SEN"}, ["sent"], id="by recipient"),
        pytest.param({"state": "all", "q": "e-m"}, ["dead", "moot", "leased", "sooner", "later", "sent"], id="channel"),
        pytest.param({"state": "'"}, ["dead", "leased", "sooner", "later"], id="a word that is none"),
    ],
)
def test_filters_and_search_find(mona, outbox, query, expected):
    assert listed(mona.get(LIST, query)) == expected


def test_the_list_says_when_in_words(mona, make_message):
    soon = timezone.now() + 2 * HOUR + timedelta(seconds=30)
    make_message(state=MessageState.PLANNED, due_at=soon)
    make_message(sent_at=timezone.now() - 3 * HOUR)

    assert "in 2 h" in mona.get(LIST).text
    assert "3 h ago" in mona.get(LIST, {"state": "sent"}).text


def test_the_page_says_what_it_tells_and_what_the_channel_said(mona, make_alert, tell):
    alert = make_alert(sentence="Ovens are <late>")
    tell(alert, state=MessageState.DEAD, answer="550 <unknown>", attempts=8)
    message = alert.deliveries.get().message

    text = mona.get(page(message)).text

    for words in ("Could not be delivered", "550 &lt;unknown&gt;", "Ovens are &lt;late&gt;", message.idempotency_key):
        assert words in text


def test_a_message_without_alerts_has_a_page_too(mona, make_message):
    assert "Test message" in mona.get(page(make_message(kind=MessageKind.TEST))).text


def test_nobody_edits_a_message(mona, make_message):
    message = make_message()

    assert mona.post(page(message), {"state": "planned"}).status_code == 405
    for address in (f"{LIST}add/", f"{LIST}{message.pk}/delete/"):
        assert mona.get(address).status_code == 403


@pytest.mark.parametrize(
    ("group", "status"), [("Manager", 200), ("Auditor", 200), ("Engineer", 403), ("Executive", 403)]
)
def test_managers_and_auditors_see_the_outbox(browser_of, make_message, group, status):
    client = browser_of(group)

    assert client.get(LIST).status_code == status
    assert client.get(page(make_message())).status_code == status


@pytest.mark.parametrize("query", [{}, {"state": "all"}])
def test_the_list_costs_the_same_number_of_queries_for_any_number_of_messages(
    mona, make_message, django_assert_num_queries, query
):
    make_message(state=MessageState.DEAD)
    mona.get(LIST, query)
    with django_assert_num_queries(6):
        mona.get(LIST, query)
    for _ in range(20):
        make_message(state=MessageState.DEAD)
    with django_assert_num_queries(6):
        mona.get(LIST, query)


def test_an_empty_outbox_says_what_that_means(mona):
    assert "nothing is lost" in mona.get(LIST).text


def test_a_dead_message_is_sent_again_by_its_button(mona, make_message):
    message = make_message(state=MessageState.DEAD, attempts=8)
    assert "Send again" in mona.get(page(message)).text

    mona.post(f"{LIST}{message.pk}/resend/")

    message.refresh_from_db()
    assert (message.state, message.attempts, message.requested_by) == (MessageState.RETRY, 0, mona.user)
    assert "Send again" not in mona.get(page(message)).text


def test_what_was_sent_is_not_sent_again(mona, make_message):
    message = make_message()

    text = mona.post(f"{LIST}{message.pk}/resend/", follow=True).text

    assert "Only a message that could not be delivered is sent again." in text
    message.refresh_from_db()
    assert message.state == MessageState.SENT


def test_several_messages_are_sent_again_at_once(browser_of, make_message):
    manager = browser_of("Manager")
    dead = [make_message(state=MessageState.DEAD) for _ in range(2)]
    waiting = make_message(state=MessageState.RETRY)
    keys = [message.pk for message in (*dead, waiting)]

    text = manager.post(LIST, {"action": "resend_selected", "_selected_action": keys}, follow=True).text

    assert "2 messages will be sent again." in text
    assert f"Message {waiting.pk}: Only a message" in text


def test_only_who_may_change_messages_sends_again_and_by_post_alone(mona, browser_of, make_message):
    message = make_message(state=MessageState.DEAD)
    address = f"{LIST}{message.pk}/resend/"
    auditor = browser_of("Auditor")

    assert mona.get(address).status_code == 405
    assert auditor.post(address).status_code == 403
    assert browser_of("Engineer").post(address).status_code == 403
    assert "Send again" not in auditor.get(page(message)).text
    auditor.post(LIST, {"action": "resend_selected", "_selected_action": [message.pk]})
    message.refresh_from_db()
    assert message.state == MessageState.DEAD
    assert mona.post(f"{LIST}999/resend/").status_code == 404

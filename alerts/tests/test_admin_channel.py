"""Channels in the admin: secrets go in and never come out, and a test message shows what the channel says."""

import pytest
from django.contrib.admin.models import LogEntry

from alerts.admin.channel import MOST_CHANNELS
from alerts.choices import MessageKind, MessageState
from alerts.models import Channel, Message
from alerts.secrets import encrypt, secret_of
from tracker.tests.servers import http_server

pytestmark = pytest.mark.django_db
LIST = "/admin/alerts/channel/"
SECRET = "whsec_c2VjcmV0LW9mLXRoZS1iYWtlcnktMTIzNDU2Nzg5MA=="


def page(channel):
    return f"{LIST}{channel.pk}/change/"


def form(**changed):
    values = {"name": "Hook", "kind": "webhook", "active": "on", "per_minute": 30, "address": "https://hook.example"}
    return values | {"secret_variable": "", "secret": ""} | changed


@pytest.fixture
def hook(make_channel):
    return make_channel("Hook", kind="webhook", address="https://hook.example", secret_encrypted=encrypt(SECRET))


def test_a_secret_is_stored_encrypted_and_shown_nowhere(mona):
    answer = mona.post(f"{LIST}add/", form(secret=f" {SECRET} "), follow=True)

    channel = Channel.objects.get(name="Hook")
    assert secret_of(channel) == SECRET
    assert SECRET.encode() not in bytes(channel.secret_encrypted)
    shown = [answer.text, mona.get(page(channel)).text, mona.get(f"{LIST}{channel.pk}/history/").text]
    assert "One is stored" in shown[1]
    assert not any(SECRET in text or bytes(channel.secret_encrypted).decode() in text for text in shown)
    assert not LogEntry.objects.filter(change_message__contains=SECRET).exists()


def test_a_channel_that_cannot_send_is_saved_with_the_reason(mona):
    assert (
        "Nothing can be sent by it yet. The channel has no secret" in mona.post(f"{LIST}add/", form(), follow=True).text
    )
    assert "Nothing can be sent" not in mona.post(f"{LIST}add/", form(name="B", secret=SECRET), follow=True).text


def test_a_form_that_is_refused_does_not_show_the_secret_again(mona):
    text = mona.post(f"{LIST}add/", form(secret=SECRET, per_minute=0)).text

    assert "greater than or equal to 1" in text
    assert SECRET not in text


def test_an_empty_field_keeps_the_secret_and_another_one_replaces_it(mona, hook):
    mona.post(page(hook), form(per_minute=7))
    hook.refresh_from_db()
    assert (hook.per_minute, secret_of(hook)) == (7, SECRET)

    mona.post(page(hook), form(secret="whsec_b3RoZXI="))

    hook.refresh_from_db()
    assert secret_of(hook) == "whsec_b3RoZXI="


def test_a_stored_secret_is_forgotten_when_asked(mona, hook):
    mona.post(page(hook), form(forget="on"))

    hook.refresh_from_db()
    assert hook.secret_encrypted is None


@pytest.mark.parametrize("given", [{"secret": SECRET}, {}], ids=["a new one", "the stored one"])
def test_a_secret_is_named_or_stored_not_both(mona, hook, given):
    text = mona.post(page(hook), form(secret_variable="HOOK_SECRET", **given)).text

    assert "Name a variable or store a secret, not both" in text
    hook.refresh_from_db()
    assert hook.secret_variable == ""


def test_a_variable_takes_the_place_of_a_secret_that_is_forgotten(mona, hook):
    mona.post(page(hook), form(secret_variable="HOOK_SECRET", forget="on"))

    hook.refresh_from_db()
    assert (hook.secret_variable, hook.secret_encrypted) == ("HOOK_SECRET", None)


def test_a_channel_that_cannot_send_says_why(mona, make_channel, settings):
    settings.CHANNEL_SECRETS = {}
    channel = make_channel("Chat", kind="slack", secret_variable="DATABASE_URL")
    sentence = "Channels may not read the variable DATABASE_URL"

    assert sentence in mona.get(page(channel)).text
    assert sentence in mona.get(LIST).text


def test_the_test_message_shows_what_the_channel_really_says(mona, hook, settings):
    settings.OUTGOING_ALLOW_HOSTS = ["127.0.0.1"]
    answers = [(401, b"who are you"), (200, b"welcome <b>")]
    address = f"{LIST}{hook.pk}/test/"
    with http_server(lambda request: request.reply(*answers.pop())) as receiver:
        Channel.objects.filter(pk=hook.pk).update(address=receiver.url)
        good = mona.post(address, follow=True).text
        bad = mona.post(address, follow=True).text

    assert "The test message was sent. The channel said: 200 OK" in good
    assert "<b>" not in good.split("messagelist")[1].split("</ul>")[0]
    assert "was not sent: 401 Unauthorized" in bad
    assert "who are you" in bad
    tests = Message.objects.filter(kind=MessageKind.TEST, requested_by=mona.user)
    assert sorted(tests.values_list("state", flat=True)) == [MessageState.DEAD, MessageState.SENT]


def test_who_has_no_owner_entry_is_told_that_the_test_message_wants_one(mona, make_channel, settings):
    settings.MAIL_IS_SET, settings.DEFAULT_FROM_EMAIL = True, "alerts@example.org"
    channel = make_channel(kind="email")

    text = mona.post(f"{LIST}{channel.pk}/test/", follow=True).text

    assert "has no e-mail address" in text
    assert "Your address is that of your owner entry (People, Owners)" in text


def test_a_test_message_is_asked_for_by_post_by_who_may_change_channels(mona, browser_of, make_channel):
    channel = make_channel(kind="log")
    address = f"{LIST}{channel.pk}/test/"

    assert mona.get(address).status_code == 405
    assert browser_of("Auditor").post(address).status_code == 403
    assert browser_of("Engineer").post(address).status_code == 403
    assert mona.post(f"{LIST}999/test/").status_code == 404
    assert not Message.objects.exists()


def test_an_auditor_looks_at_a_channel_without_a_field_for_its_secret(browser_of, hook):
    auditor = browser_of("Auditor")

    text = auditor.get(page(hook)).text

    assert 'name="secret"' not in text
    assert "Send test message" not in text
    assert auditor.post(page(hook), form(per_minute=7)).status_code == 403


def test_a_manager_adds_and_changes_channels(browser_of):
    manager = browser_of("Manager")

    assert manager.post(f"{LIST}add/", form(secret=SECRET)).status_code == 302
    channel = Channel.objects.get(name="Hook")
    assert manager.post(page(channel), form(active="")).status_code == 302
    channel.refresh_from_db()
    assert not channel.active


def test_a_channel_is_switched_off_and_never_deleted(mona, hook):
    assert mona.post(f"{LIST}{hook.pk}/delete/", {"post": "yes"}).status_code == 403


def test_there_are_not_more_channels_than_a_policy_can_show(mona, make_channel):
    for _ in range(MOST_CHANNELS - Channel.objects.count() - 1):
        make_channel()

    assert mona.post(f"{LIST}add/", form()).status_code == 302
    assert "at most 50 channels" in mona.post(f"{LIST}add/", form(name="One more")).text
    assert Channel.objects.count() == MOST_CHANNELS

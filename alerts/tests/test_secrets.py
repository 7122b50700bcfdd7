"""The secrets of channels: encrypted, named, and never the site's own."""

import pytest

from alerts import channels
from alerts.choices import ChannelKind
from alerts.models import Channel
from alerts.secrets import SecretProblem, decrypt, encrypt, secret_of
from alerts.tests.sending import new_webhook_secret

OLD, NEW = "an old key of the site, long enough", "a new key of the site, long enough"


def test_what_is_stored_is_no_plain_text_and_differs_each_time():
    first, second = encrypt("xoxb-1"), encrypt("xoxb-1")

    assert b"xoxb-1" not in first
    assert first != second
    assert decrypt(first) == decrypt(second) == "xoxb-1"


def test_a_secret_stored_under_a_former_key_can_still_be_read(settings):
    settings.SECRET_KEY = OLD
    stored = encrypt("xoxb-1")

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]

    assert decrypt(stored) == "xoxb-1"


def test_a_secret_of_an_unknown_key_is_a_problem_in_one_sentence(settings):
    settings.SECRET_KEY = OLD
    channel = Channel(name="Slack", kind=ChannelKind.SLACK, secret_encrypted=encrypt("xoxb-1"))
    settings.SECRET_KEY = NEW

    with pytest.raises(SecretProblem, match="enter it again"):
        secret_of(channel)
    assert "enter it again" in channels.problem(channel)


def test_a_variable_is_read_only_when_an_operator_has_lent_it_to_channels(settings, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://user:hidden@host/name")
    settings.CHANNEL_SECRETS = {"SLACK_BOT_TOKEN": "xoxb-1", "EMPTY": ""}

    assert secret_of(Channel(secret_variable="SLACK_BOT_TOKEN")) == "xoxb-1"
    for name, reason in (("DATABASE_URL", "may not read"), ("SECRET_KEY", "may not read"), ("EMPTY", "not set")):
        with pytest.raises(SecretProblem, match=reason):
            secret_of(Channel(secret_variable=name))


def test_the_named_variable_goes_before_what_is_stored(settings):
    settings.CHANNEL_SECRETS = {"TOKEN": "named"}

    assert secret_of(Channel(secret_variable="TOKEN", secret_encrypted=encrypt("stored"))) == "named"
    assert secret_of(Channel(secret_encrypted=encrypt("stored"))) == "stored"
    assert secret_of(Channel()) == ""


def test_a_secret_that_is_made_as_the_document_says_can_sign():
    secret = encrypt(new_webhook_secret())

    assert channels.problem(Channel(kind=ChannelKind.WEBHOOK, address="https://a", secret_encrypted=secret)) == ""

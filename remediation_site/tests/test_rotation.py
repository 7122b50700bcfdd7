"""Stored secrets move to a new SECRET_KEY."""

import pytest
from django.apps import apps
from django.db.models import BinaryField
from django.utils import timezone

from alerts import secrets
from alerts.models import Channel
from remediation_site.models import SecondFactor
from remediation_site.rotation import STORED
from remediation_site.signin import second_factor


@pytest.fixture
def kept(make_user):
    """A secret of a channel and the key of a second factor, stored under the key of now."""
    channel = Channel.objects.create(name="hook", kind="webhook", secret_encrypted=secrets.encrypt("whsec_x"))
    factor = second_factor.begin(make_user(), now=timezone.now())
    return channel, factor, second_factor.key_of(factor)


def test_after_it_the_former_key_is_needed_no_more(kept, settings, run):
    channel, factor, key = kept
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 10

    assert run("rotate_secrets").out == "2 stored secret(s) are encrypted with SECRET_KEY now.\n"

    settings.SECRET_KEY_FALLBACKS = []
    assert secrets.secret_of(Channel.objects.get(pk=channel.pk)) == "whsec_x"
    assert second_factor.key_of(SecondFactor.objects.get(pk=factor.pk)) == key


def test_what_no_key_opens_is_named_and_the_rest_is_done(kept, settings, run):
    channel, _, key = kept
    Channel.objects.filter(pk=channel.pk).update(secret_encrypted=b"what nobody can open")

    ended = run("rotate_secrets")

    assert ended.code == 1
    assert ended.out.startswith("1 stored secret")
    assert "channel hook" in ended.err
    assert second_factor.key_of(SecondFactor.objects.get()) == key


def test_every_column_of_encrypted_secrets_is_known():
    columns = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, BinaryField) and field.name.endswith("_encrypted")
    }

    assert {(stored.model, stored.column) for stored in STORED} == columns

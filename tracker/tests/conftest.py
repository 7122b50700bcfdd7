"""What the tests of the tracker share: browsers, and imports made to order."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from tracker import intake
from tracker.choices import Door
from tracker.models import AnalysisRevision, System
from tracker.tests.extractions import check, issue, says
from tracker.tests.following import clock, github, look, pushed, send, shop  # noqa: F401 - fixtures
from tracker.tests.returning import again, earlier, likely  # noqa: F401 - fixtures
from tracker.tests.validating import catalogue, completed, owner, rita, task  # noqa: F401 - fixtures


@pytest.fixture
def manager(client, make_user):
    """A browser of somebody who may do everything; `manager.user` is that person."""
    client.user = make_user("mona", is_staff=True, is_superuser=True)
    client.force_login(client.user)
    return client


@pytest.fixture
def viewer(client, make_user):
    """A browser of somebody who may look at everything and change nothing."""
    client.user = make_user("vera", is_staff=True)
    client.user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(client.user)
    return client


@pytest.fixture
def hand(make_user, now):
    return {"actor": make_user("boss", is_superuser=True), "door": Door.ADMIN, "now": now}


@pytest.fixture
def put(hand):
    """Import an extraction as if it were what the text says."""

    def store(found, text="# Checkout times out", source="checkout.md", **fields):
        return intake.store(found, text, source=source, **hand | fields)

    return store


@pytest.fixture
def tracked(put, hand, now):
    """An analysis with two tracked issues and a check, and how to import its next version a day later."""
    first = says(issue("Raise the pool size to 50", 3), issue("Alert on queue depth", 5), check("The pool is 50", 9, 3))
    analysis = put(first).analysis
    intake.add_all(analysis.pk, **hand)

    def change(*found, **fields):
        numbers = AnalysisRevision.objects.count()
        return put(says(*found, **fields), f"# Checkout times out, version {numbers}", now=now + timedelta(days=1))

    return change


@pytest.fixture
def systems(make_owner):
    System.objects.all().delete()
    lee = make_owner("Lee Okafor")
    cache = System.objects.create(name="cache", keywords="cache")
    return {"database": System.objects.create(name="database", default_owner=lee), "cache": cache, "lee": lee}

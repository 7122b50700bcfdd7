"""Forms of an issue that were opened before somebody else changed it: each writes only what its person changed."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from tracker import amend
from tracker.choices import Priority
from tracker.models import System

MARCH = datetime(2031, 3, 12, 9, tzinfo=UTC)
HIDDEN = re.compile(r'<input type="hidden" name="(initial-\w+)" value="([^"]*)">')


def address(issue, name):
    return reverse("admin:tracker_issue_amend", args=[issue.pk, name])


def opened(client, issue, name):
    """What the form says that the person saw."""
    found = {field: unescape(text) for field, text in HIDDEN.findall(client.get(address(issue, name)).text)}
    assert found
    return found


def about(issue, **typed):
    return {"title": issue.title, "kind": issue.kind, "systems": [], "reason": ""} | typed


def said(response):
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def ana(make_user, hand):
    """The hand of somebody else at the same issue."""
    return hand | {"actor": make_user("ana", is_superuser=True)}


def test_the_empty_owner_of_a_stale_page_does_not_take_an_owner_away(manager, make_issue, make_owner, ana):
    issue, lee = make_issue(), make_owner("Lee Okafor")
    stale = opened(manager, issue, "owner")
    amend.assign(issue.pk, lee, **ana)

    response = manager.post(address(issue, "owner"), stale | {"owner": "", "reason": ""}, follow=True)

    issue.refresh_from_db()
    assert issue.owner == lee
    assert said(response) == [f"{issue.reference}: you changed nothing, so nothing was saved."]


def test_an_owner_whom_somebody_else_assigned_is_replaced_only_knowingly(manager, make_issue, make_owner, ana):
    issue, lee, dana = make_issue(), make_owner("Lee Okafor"), make_owner("Dana Fox")
    stale = opened(manager, issue, "owner")
    amend.assign(issue.pk, lee, **ana)

    given = {"owner": dana.pk, "reason": "on call"}
    response = manager.post(address(issue, "owner"), stale | given)

    issue.refresh_from_db()
    assert issue.owner == lee
    assert "Its owner was changed to “Lee Okafor” by ana" in response.text
    assert f'value="{dana.pk}" selected' in response.text
    assert "on call</textarea>" in response.text
    manager.post(address(issue, "owner"), dict(HIDDEN.findall(response.text)) | given)
    issue.refresh_from_db()
    assert issue.owner == dana


def test_changing_the_kind_in_a_stale_page_leaves_the_title_of_somebody_else(manager, make_issue, ana):
    issue = make_issue(title="Raise the pool")
    stale = opened(manager, issue, "about")
    amend.describe(issue.pk, title="Raise the pool to 50", **ana)

    manager.post(address(issue, "about"), stale | about(issue, kind="prevent"))

    issue.refresh_from_db()
    assert (issue.title, issue.kind) == ("Raise the pool to 50", "prevent")


def test_a_refused_form_shows_what_is_there_now_and_keeps_what_was_typed(manager, make_issue, ana):
    issue, cache = make_issue(title="Raise the pool"), System.objects.create(name="cache layer")
    stale = opened(manager, issue, "about")
    amend.describe(issue.pk, title="Raise the pool to 50", systems=[cache], **ana)

    response = manager.post(address(issue, "about"), stale | about(issue, title="Raise it"))

    issue.refresh_from_db()
    assert issue.title == "Raise the pool to 50"
    assert "Its title was changed to “Raise the pool to 50” by ana" in response.text
    assert 'value="Raise it"' in response.text
    assert f'<option value="{cache.pk}" selected' in response.text


OTHERS = {  # of a form: the column, what ana put there, and what is sent from the stale page, unchanged and changed
    "deadline": ("deadline", MARCH, "2031-04-01T10:00"),
    "priority": ("priority", Priority.P0, "P2"),
    "revenue": ("revenue_at_risk", Decimal("500.00"), "700"),
}
WRITE = {"deadline": amend.move_deadline, "priority": amend.set_priority, "revenue": amend.confirm_revenue}


@pytest.mark.parametrize("name", OTHERS)
def test_a_stale_form_neither_reverts_nor_replaces_what_somebody_else_changed(manager, make_issue, ana, name):
    column, theirs, other = OTHERS[name]
    issue = make_issue(revenue_at_risk=Decimal("100.00"))
    stale = opened(manager, issue, name)
    form = manager.get(address(issue, name)).context["form"]
    field = next(iter(form.fields))
    WRITE[name](issue.pk, theirs, reason="Looked at again", **ana)

    manager.post(address(issue, name), stale | {field: form[field].value(), "reason": "As it was"})
    refused = manager.post(address(issue, name), stale | {field: other, "reason": "Better"})

    issue.refresh_from_db()
    assert getattr(issue, column) == theirs
    assert "by ana" in refused.text
    assert "after you opened the page" in refused.text
    assert issue.field_changes.count() == 1


def test_the_forms_on_the_page_of_an_issue_say_what_was_seen(manager, make_issue):
    issue = make_issue(title='Say "no"')

    text = manager.get(reverse("admin:tracker_issue_change", args=[issue.pk])).text

    seen = dict(HIDDEN.findall(text))
    assert {f"initial-{name}" for name in ("owner", "deadline", "priority", "amount", "kind", "systems")} < seen.keys()
    assert unescape(seen["initial-title"]) == 'Say "no"'


def test_a_deadline_with_seconds_that_is_sent_as_it_was_shown_stays(manager, make_issue):
    last_second = datetime(2031, 3, 12, 23, 59, 59, tzinfo=UTC)
    issue = make_issue(deadline=last_second, original_deadline=last_second)
    shown = manager.get(address(issue, "deadline")).context["form"]["deadline"].value()

    typed = {"deadline": f"{shown:%Y-%m-%dT%H:%M}", "reason": "Looked at it"}
    response = manager.post(address(issue, "deadline"), typed, follow=True)

    issue.refresh_from_db()
    assert issue.deadline == last_second
    assert not issue.field_changes.exists()
    assert said(response) == [f"{issue.reference}: you changed nothing, so nothing was saved."]

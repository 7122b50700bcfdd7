"""The button after a change in the admin: what it undoes, for whom, and what it says when it cannot."""

import re

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from tracker import amend
from tracker.choices import Door, Status
from tracker.models import Issue

LIST = "/admin/tracker/issue/"
UNDO = f"{LIST}undo/"
TOKEN = re.compile(r'name="token" value="([^"]+)"')


def said(response) -> list[str]:
    """The messages of an answer, without the button."""
    return [re.sub(r"<form.*</form>|<[^>]+>", "", str(each)).strip() for each in get_messages(response.wsgi_request)]


def change(client, issue: Issue, name: str, **given) -> str:
    """Change an issue on its page; the token of the button, "" without one."""
    address = reverse("admin:tracker_issue_amend", args=[issue.pk, name])
    return token_of(client.post(address, {"reason": "", **given}, follow=True).text)


def assign(client, issues: list[Issue], owner, filters: str = "") -> str:
    """Assign issues in the list; the token of the button."""
    body = {"action": "assign", "_selected_action": [issue.pk for issue in issues], "confirmed": "yes"}
    answer = client.post(f"{LIST}{filters}", body | {"owner": owner.pk, "reason": ""}, follow=True)
    return token_of(answer.text)


def token_of(text: str) -> str:
    found = TOKEN.search(text)
    return found.group(1) if found else ""


def test_undo_gives_one_issue_its_owner_back_and_can_itself_be_undone(manager, make_issue, make_owner):
    olga, lee = make_owner("Olga Brandt"), make_owner("Lee Okafor")
    issue = make_issue(owner=olga)
    token = change(manager, issue, "owner", owner=lee.pk)

    answer = manager.post(UNDO, {"token": token})

    assert answer.url == reverse("admin:tracker_issue_change", args=[issue.pk])
    assert said(answer) == ["1 issue changed back."]
    assert Issue.objects.get().owner == olga
    manager.post(UNDO, {"token": token_of(manager.get(answer.url).text)})
    assert Issue.objects.get().owner == lee


def test_a_block_is_undone_with_the_button(manager, make_issue):
    issue = make_issue()
    address = reverse("admin:tracker_issue_transition", args=[issue.pk, "block"])
    token = token_of(manager.post(address, {"reason": "parts are late"}, follow=True).text)

    manager.post(UNDO, {"token": token})

    issue.refresh_from_db()
    assert issue.status == Status.IDENTIFIED


def test_undo_in_bulk_leads_back_to_the_list_as_it_was_filtered(manager, make_issue, make_owner):
    token = assign(manager, [make_issue(), make_issue()], make_owner("Lee Okafor"), "?who=nobody")
    assert Issue.objects.filter(owner=None).count() == 0

    answer = manager.post(UNDO, {"token": token})

    assert answer.url == f"{LIST}?who=nobody"
    assert said(answer) == ["2 issues changed back."]
    assert Issue.objects.filter(owner=None).count() == 2


def test_undo_in_bulk_leaves_what_somebody_changed_since_and_names_it(manager, make_issue, make_owner, make_user, now):
    issues, lee, dana = [make_issue(), make_issue(), make_issue()], make_owner("Lee Okafor"), make_owner("Dana Fox")
    token = assign(manager, issues, lee)
    amend.assign(issues[1].pk, dana, actor=make_user("rita", is_superuser=True), door=Door.API, now=now)

    answer = manager.post(UNDO, {"token": token})

    assert said(answer) == [
        f"{issues[1].reference}: Its owner was changed since by rita, and stays as it is.",
        "2 issues changed back.",
    ]
    assert [issue.owner for issue in Issue.objects.order_by("pk")] == [None, dana, None]


def test_many_refusals_are_not_all_told(manager, make_issue, make_owner, monkeypatch):
    monkeypatch.setattr("tracker.admin.undoing.MOST_TOLD", 1)
    issues = [make_issue(), make_issue(), make_issue()]
    first = assign(manager, issues, make_owner("Lee Okafor"))
    assign(manager, issues, make_owner("Dana Fox"))

    answer = manager.post(UNDO, {"token": first})

    assert said(answer) == [
        f"{issues[0].reference}: Its owner was changed since by mona, and stays as it is.",
        "2 more stay as they are, for such reasons.",
    ]


def test_a_second_press_changes_nothing_and_says_so(manager, make_issue, make_owner):
    issue = make_issue()
    token = change(manager, issue, "owner", owner=make_owner().pk)
    manager.post(UNDO, {"token": token})

    answer = manager.post(UNDO, {"token": token})

    assert said(answer)[-1] == f"{issue.reference}: Its owner was changed since by mona, and stays as it is."
    assert issue.field_changes.count() == 2


def test_nobody_undoes_what_another_did(manager, make_issue, make_owner, make_user):
    issue = make_issue()
    token = change(manager, issue, "owner", owner=make_owner().pk)
    manager.force_login(make_user("dana", is_staff=True, is_superuser=True))

    answer = manager.post(UNDO, {"token": token})

    assert said(answer)[-1] == "Only who made a change undoes it: change it by hand."
    assert Issue.objects.get().owner is not None


def test_what_was_signed_by_nobody_changes_nothing(manager, make_issue):
    answer = manager.post(UNDO, {"token": "made:up:words"})

    assert answer.url == LIST
    assert said(answer) == ["This is no undo that this site has offered: change it by hand."]


def test_looking_at_the_address_undoes_nothing(manager, make_issue, make_owner):
    token = change(manager, make_issue(), "owner", owner=make_owner().pk)

    assert manager.get(UNDO, {"token": token}).status_code == 405
    assert Issue.objects.get().owner is not None


def test_a_viewer_undoes_nothing(viewer):
    assert viewer.post(UNDO, {"token": "any"}).status_code == 403


@pytest.mark.parametrize(
    ("name", "given"),
    [
        pytest.param("note", {"kind": "progress", "text": "Looked at it"}, id="a note stays for ever"),
        pytest.param("priority", {"priority": "P1"}, id="a change that changed nothing"),
    ],
)
def test_what_cannot_be_undone_has_no_button(manager, make_issue, name, given):
    assert change(manager, make_issue(), name, **given) == ""


def test_a_name_is_shown_as_it_is_written(manager, make_issue, make_owner):
    body = {"action": "assign", "_selected_action": [make_issue().pk], "confirmed": "yes", "reason": ""}

    text = manager.post(LIST, body | {"owner": make_owner("<b>Olga</b>").pk}, follow=True).text

    assert "assigned to &lt;b&gt;Olga&lt;/b&gt;." in text
    assert "assigned to <b>" not in text

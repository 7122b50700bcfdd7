"""What was accepted or uploaded by mistake is taken back while nobody has gone on with it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tracker import amend, decisions, intake, returns, uploads, workflow
from tracker.choices import Decision, Door, NoteKind, ReturnDecision, Status
from tracker.models import Analysis, ExtractedItem, Issue
from tracker.refusals import Refused
from tracker.tests.extractions import check, issue, says

pytestmark = pytest.mark.django_db
ENTRIES, UPLOADS = "/admin/tracker/analysis/undo/entries/", "/admin/tracker/analysis/undo/uploads/"
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@pytest.fixture
def analysis(put):
    entries = issue("Raise the pool size to 50", 3), issue("Alert on queue depth", 5, done=True)
    return put(says(*entries, check("The pool is 50", 9, 3))).analysis


@pytest.fixture
def later(hand, now):
    return hand | {"now": now + timedelta(minutes=1)}


def entry(analysis: Analysis, line: int = 3) -> ExtractedItem:
    return analysis.items.get(line=line)


def said(response) -> list[str]:
    return [re.sub(r"<form.*</form>|<[^>]+>", "", str(each)).strip() for each in get_messages(response.wsgi_request)]


# -- entries -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [pytest.param(3, id="to do"), pytest.param(5, id="stated as done")])
def test_an_acceptance_is_taken_back_and_the_entry_can_be_accepted_anew(analysis, hand, later, line):
    first = decisions.add(entry(analysis, line).pk, **hand)

    decisions.take_back(entry(analysis, line).pk, **later)

    first.refresh_from_db()
    assert (first.status, first.changes.first().reason) == (Status.CANCELLED, "Taken back.")
    item = entry(analysis, line)
    assert (item.decision, item.issue, item.decided_by) == (Decision.PENDING, None, None)
    second = decisions.add(item.pk, **later)
    assert second.reference != first.reference
    assert second.checks.count() == first.checks.count()


TOUCHES = {
    "a note": lambda pk, hand: amend.add_note(pk, "Looked at it", kind=NoteKind.PROGRESS, **hand),
    "another priority": lambda pk, hand: amend.set_priority(pk, "P0", **hand),
    "a step": lambda pk, hand: workflow.apply("block", pk, reason="parts", **hand),
    "a step there and back": lambda pk, hand: [
        workflow.apply("block", pk, reason="parts", **hand),
        workflow.apply("unblock", pk, **hand),
    ],
}


@pytest.mark.parametrize("touch", TOUCHES)
def test_an_issue_that_somebody_has_touched_stays(analysis, hand, later, touch):
    accepted = decisions.add(entry(analysis).pk, **hand)
    TOUCHES[touch](accepted.pk, later)
    before = Issue.objects.values().get(pk=accepted.pk)

    with pytest.raises(decisions.IntakeRefused, match="was changed or worked on since: cancel that issue instead"):
        decisions.take_back(entry(analysis).pk, **later)

    assert Issue.objects.values().get(pk=accepted.pk) == before
    assert entry(analysis).issue == accepted


def test_what_is_not_tracked_cannot_be_taken_back(analysis, hand):
    with pytest.raises(decisions.IntakeRefused, match="It is not tracked"):
        decisions.take_back(entry(analysis).pk, **hand)


def test_it_takes_the_right_to_cancel(analysis, hand, make_user):
    decisions.add(entry(analysis).pk, **hand)
    lee = make_user("lee")
    lee.user_permissions.set(Permission.objects.filter(codename__in=("change_analysis", "change_issue")))

    with pytest.raises(decisions.IntakeRefused, match="Only a manager cancels an issue"):
        decisions.take_back(entry(analysis).pk, **hand | {"actor": lee})

    assert entry(analysis).decision == Decision.ADDED


def test_the_page_takes_one_back_and_says_beside_it_why_another_stays(manager, analysis, hand):
    issues = intake.add_all(analysis.pk, **hand)
    amend.set_priority(issues[1].pk, "P0", **hand)
    address = reverse("admin:tracker_analysis_change", args=[analysis.pk])
    assert manager.get(address).text.count('value="take_back"') == 2

    for line in (3, 5):
        place = reverse("admin:tracker_analysis_entry", args=[analysis.pk, entry(analysis, line).pk])
        answer = manager.post(place, {"action": "take_back"})

    assert f"{issues[1].reference} was changed or worked on since" in answer.text
    assert [entry(analysis, line).decision for line in (3, 5)] == [Decision.PENDING, Decision.ADDED]


def accept_all(client, analysis: Analysis) -> str:
    text = client.post(reverse("admin:tracker_analysis_accept_all", args=[analysis.pk]), follow=True).text
    return TOKEN.search(text).group(1)


def test_accepting_all_is_undone_but_for_what_somebody_has_touched(manager, analysis, hand):
    token = accept_all(manager, analysis)
    touched = entry(analysis, 5).issue
    amend.set_priority(touched.pk, "P0", **hand)

    answer = manager.post(ENTRIES, {"token": token})

    assert said(answer) == [
        f"{touched.reference} was changed or worked on since: cancel that issue instead.",
        "1 entry is to decide again.",
    ]
    assert [entry(analysis, line).decision for line in (3, 5)] == [Decision.PENDING, Decision.ADDED]


def test_what_was_taken_back_and_accepted_anew_stays(manager, analysis):
    token = accept_all(manager, analysis)
    manager.post(ENTRIES, {"token": token})
    accept_all(manager, analysis)

    answer = manager.post(ENTRIES, {"token": token})

    assert said(answer)[-2:] == ["An entry was taken back already."] * 2
    assert not analysis.items.pending().exists()


def test_very_many_entries_are_not_undone_in_one_request(manager, analysis, monkeypatch):
    monkeypatch.setattr("tracker.admin.undoing_entries.MOST_AT_ONCE", 1)

    answer = manager.post(reverse("admin:tracker_analysis_accept_all", args=[analysis.pk]), follow=True)

    assert "2 issues tracked." in answer.text
    assert not TOKEN.search(answer.text)


# -- uploads -----------------------------------------------------------------------------------------------------------

TEXT = "# Checkout times out\n\n## Actions\n\n- [ ] P1: Raise the pool size to 50\n- [ ] P2: Alert on queue depth\n"


def upload(client, *texts: str) -> str:
    files = [SimpleUploadedFile(f"a{number}.md", text.encode()) for number, text in enumerate(texts)]
    return client.post("/admin/tracker/analysis/add/", {"files": files}, follow=True).text


def test_an_upload_is_taken_back_and_nothing_of_it_is_left_to_decide(manager):
    token = TOKEN.search(upload(manager, TEXT)).group(1)
    analysis = Analysis.objects.get()
    issues = intake.add_all(analysis.pk, actor=manager.user, door=Door.ADMIN, now=analysis.imported_at)

    answer = manager.post(UPLOADS, {"token": token})

    assert answer.url == reverse("admin:tracker_analysis_change", args=[analysis.pk])
    assert said(answer) == ["Checkout times out: nothing of it is tracked, each entry is dismissed."]
    assert set(analysis.items.values_list("decision", "decision_reason")) == {
        (Decision.DISMISSED, "It was uploaded by mistake.")
    }
    assert len(issues) == Issue.objects.filter(status=Status.CANCELLED).count() > 0
    assert Analysis.objects.exists()


def test_an_upload_whose_issue_somebody_has_touched_stays_as_a_whole(manager):
    token = TOKEN.search(upload(manager, TEXT)).group(1)
    analysis = Analysis.objects.get()
    hand = {"actor": manager.user, "door": Door.ADMIN, "now": analysis.imported_at}
    second = intake.add_all(analysis.pk, **hand)[1]
    amend.set_priority(second.pk, "P0", **hand)

    answer = manager.post(UPLOADS, {"token": token})

    assert said(answer) == [
        f"Checkout times out: {second.reference} was changed or worked on since: cancel that issue instead."
    ]
    assert not Issue.objects.exclude(status=Status.IDENTIFIED).exists()
    assert not analysis.items.filter(decision=Decision.DISMISSED).exists()


def test_a_later_version_is_not_undone(manager):
    token = TOKEN.search(upload(manager, TEXT)).group(1)

    again = upload(manager, f"{TEXT}- [ ] P2: Tell the partners\n")
    answer = manager.post(UPLOADS, {"token": token})

    assert "a changed version" in again
    assert not TOKEN.search(again)
    assert "A later version has come in since: decide about its entries by hand." in said(answer)[-1]
    assert Analysis.objects.get().items.pending().exists()


def test_uploads_of_several_files_are_taken_back_together(manager, monkeypatch):
    monkeypatch.setattr("tracker.admin.analysis.MOST_TOLD", 1)
    token = TOKEN.search(upload(manager, TEXT, TEXT.replace("Checkout", "Login").replace("pool", "limit"))).group(1)

    answer = manager.post(UPLOADS, {"token": token})

    assert len(said(answer)) == 2
    assert not ExtractedItem.objects.pending().exists()


def test_likely_returns_are_rejected_with_it_and_a_confirmed_one_keeps_it(again, likely, later):
    uploads.take_back(again.pk, **later)
    likely.refresh_from_db()
    assert (likely.decision, likely.reason) == (ReturnDecision.REJECTED, "It was uploaded by mistake.")

    returns.take_back(likely.pk, reason="It was right", **later)
    returns.confirm(likely.pk, **later)
    with pytest.raises(Refused, match="It is confirmed as a return of an earlier one: take that back first"):
        uploads.take_back(again.pk, **later)


def test_who_may_not_decide_is_not_offered_it(client, make_user):
    user = make_user("lee", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("add_analysis", "view_analysis")))
    client.force_login(user)

    text = upload(client, TEXT)

    assert "to review" in text
    assert not TOKEN.search(text)
    assert client.post(UPLOADS, {"token": "any"}).status_code == 403


@pytest.mark.parametrize("address", [ENTRIES, UPLOADS])
def test_only_a_post_with_what_was_signed_undoes(manager, address):
    assert manager.get(address).status_code == 405

    assert said(manager.post(address, {"token": "made up"})) == [
        "This is no undo that this site has offered: change it by hand."
    ]

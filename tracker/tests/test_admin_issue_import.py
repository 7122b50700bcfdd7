"""The page that imports a table: nothing is written before it is confirmed, and then exactly what was shown."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tracker import amend
from tracker.choices import Door, Priority
from tracker.models import ImportDraft, Issue
from tracker.sheets import drafts

PAGE = "/admin/tracker/issue/import/"


def upload(browser, text, name="issues.csv", **fields):
    data = text if isinstance(text, bytes) else text.encode()
    return browser.post(PAGE, {"file": SimpleUploadedFile(name, data), **fields})


def confirm(browser, page, **fields):
    found = {"draft": page.context["draft"].pk, "digest": page.context["found"].digest}
    return browser.post(PAGE, {"step": "confirm", **found, **fields}, follow=True)


def test_what_is_shown_is_done_when_it_is_confirmed(manager, make_issue):
    issue = make_issue(priority=Priority.P1)
    page = upload(manager, f"Reference,Title,Priority\n{issue.reference},,P0\n,A new one,P2\n,,P2\n")

    assert page.context["found"].counts == {"created": 1, "changed": 1, "unchanged": 0, "refused": 1}
    assert "priority P1 (high) → P0" in page.text
    assert "A new issue needs a title" in page.text
    assert Issue.objects.count() == 1

    done = confirm(manager, page)

    assert "The table is imported: 1 created, 1 changed, 0 unchanged, 1 refused." in done.text
    issue.refresh_from_db()
    assert issue.priority == Priority.P0
    assert issue.field_changes.get().actor == manager.user
    assert issue.field_changes.get().door == Door.ADMIN
    assert Issue.objects.get(title="A new one").analysis.source == "imported from issues.csv"
    assert not ImportDraft.objects.exists()


def test_when_something_changed_meanwhile_nothing_is_done_and_the_new_state_is_shown(manager, make_issue, hand):
    issue, other = make_issue(priority=Priority.P1), make_issue(priority=Priority.P2)
    page = upload(manager, f"Reference,Priority\n{issue.reference},P0\n{other.reference},P0\n")
    amend.set_priority(other.pk, Priority.P3, **hand)

    answer = confirm(manager, page)

    assert answer.status_code == 400
    assert "Something changed since this was shown" in answer.text
    assert "priority P3 (low) → P0" in answer.text
    issue.refresh_from_db()
    assert issue.priority == Priority.P1

    confirm(manager, answer)
    issue.refresh_from_db()
    assert issue.priority == Priority.P0


def test_a_table_that_nobody_confirms_is_forgotten_after_a_day(manager):
    upload(manager, "Title,Priority\nOne,P1\n")
    made_at = ImportDraft.objects.get().made_at

    assert drafts.purge(made_at + timedelta(hours=23)) == 0
    assert drafts.purge(made_at + timedelta(hours=24)) == 1
    assert not ImportDraft.objects.exists()


def test_a_second_click_or_an_older_page_does_nothing(manager, make_issue):
    first = upload(manager, "Title,Priority\nOne,P1\n")
    second = upload(manager, "Title,Priority\nTwo,P1\n")

    assert "not waiting any more" in confirm(manager, first).text
    confirm(manager, second)
    assert "not waiting any more" in confirm(manager, second).text
    assert [issue.title for issue in Issue.objects.all()] == ["Two"]


def test_nobody_confirms_the_table_of_somebody_else(manager, make_user):
    page = upload(manager, "Title,Priority\nOne,P1\n")
    other = Client()
    other.force_login(make_user("lee", is_staff=True, is_superuser=True))

    assert "not waiting any more" in confirm(other, page).text
    assert not Issue.objects.exists()


def test_a_confirmation_without_what_was_shown_is_refused(manager):
    page = upload(manager, "Title,Priority\nOne,P1\n")

    for digest in ("", "0" * 64):
        assert confirm(manager, page, digest=digest).status_code == 400
    assert confirm(manager, page, draft="9" * 30).status_code == 400
    assert not Issue.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "submitted file is empty"),
        (b"PK\x03\x04x", "is damaged"),
        ("Colour\nred\n", "No column is called Reference or Title"),
        ("Title\n" + "x\n" * 2001, "more than 2,000 rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(manager, text, sentence):
    page = upload(manager, text)

    assert page.status_code == 400
    assert sentence in page.text


def test_a_file_that_is_too_large_is_told(manager, monkeypatch):
    monkeypatch.setattr(drafts, "MOST_BYTES", 10)

    assert "more than 10 bytes" in upload(manager, "Title,Priority\nOne,P1\n").text
    assert not ImportDraft.objects.exists()


def test_columns_can_be_mapped_and_what_a_table_says_is_text(manager):
    page = upload(manager, "What,How bad\n<script>alert(1)</script>,P1\n", mapped="What=title\nHow bad = priority")

    assert page.context["found"].counts["created"] == 1
    assert "<script>alert" not in page.text
    assert "is no mapping" in upload(manager, "Title\nx\n", mapped="nonsense").text


def test_who_may_import(client, make_user, make_issue, make_owner):
    def browser_of(group):
        user = make_user(group.lower(), is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        return client

    assert browser_of("Auditor").get(PAGE).status_code == 403
    assert "Import a table" not in client.get("/admin/tracker/issue/").text
    page = upload(browser_of("Engineer"), "Title,Priority\nOne,P1\n")
    assert "Only a manager decides about the entries" in page.text
    assert PAGE in browser_of("Manager").get("/admin/tracker/issue/").text


def test_a_form_of_another_site_imports_nothing(make_user):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user("mona", is_staff=True, is_superuser=True))

    assert upload(browser, "Title,Priority\nOne,P1\n").status_code == 403
    assert not ImportDraft.objects.exists()

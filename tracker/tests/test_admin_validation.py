"""Checks and validation runs in the admin: asked for, signed and looked at, never edited."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from tracker.choices import CheckOutcome, Door, Priority, RunOutcome, RunState, Status
from tracker.models import ValidationRun
from tracker.tests.validating import FAILING, PASSING, command, ran, suite, with_entry
from tracker.validation import run as running

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(make_issue, make_owner, make_user):
    owner = make_owner("Olga Brandt", user=make_user("olga", is_staff=True))
    made = make_issue(status=Status.COMPLETED, owner=owner, priority=Priority.P2)
    before = timezone.now() - timedelta(hours=1)
    made.changes.create(new_status=Status.COMPLETED, actor_name="boss", door=Door.ADMIN, at=before)
    return made


@pytest.fixture
def engineer(client, make_user):
    """A browser of an engineer who owns nothing."""
    client.user = make_user("eli", is_staff=True)
    client.user.groups.add(Group.objects.get(name="Engineer"))
    client.force_login(client.user)
    return client


def page(issue, rest="change/"):
    return f"/admin/tracker/issue/{issue.pk}/{rest}"


def run_page(run):
    return f"/admin/tracker/validationrun/{run.pk}/change/"


def test_the_proposed_entry_is_confirmed_with_one_click(manager, issue, catalogue, tmp_path):
    catalogue(shop=command("pass", tmp_path, words=["login"]))
    check = issue.checks.create(text="The login is fast")
    shown = manager.get(page(issue)).text
    assert "The catalogue proposes <strong>shop</strong>" in shown

    manager.post(page(issue, f"checks/{check.pk}/entry/"), {"entry": "shop", "passes": "1"})

    check.refresh_from_db()
    assert (check.entry, check.entry_confirmed_by) == ("shop", manager.user)
    shown = manager.get(page(issue)).text
    assert "Executed by shop" in shown
    assert "proposes" not in shown


def test_another_entry_or_none_can_be_chosen(manager, issue, catalogue, tmp_path):
    catalogue(shop=command("pass", tmp_path), queue=command("pass", tmp_path))
    check = with_entry(issue, "shop")
    address = page(issue, f"checks/{check.pk}/entry/")
    assert 'value="queue"' in manager.get(address).text

    manager.post(address, {"entry": "queue", "passes": "3"})
    check.refresh_from_db()
    assert (check.entry, check.passes) == ("queue", 3)
    manager.post(address, {"entry": "", "passes": "1"})

    check.refresh_from_db()
    assert check.entry == ""


def test_a_check_is_added(manager, issue):
    manager.post(page(issue, "checks/"), {"text": "The login is fast"})

    assert issue.checks.get().text == "The login is fast"
    assert "The login is fast" in manager.get(page(issue)).text


def test_the_button_asks_for_a_run_whose_progress_and_end_are_shown(manager, issue, catalogue, tmp_path):
    catalogue(first=command("pass", tmp_path), second=command("pass", tmp_path))
    with_entry(issue, "first", "Login works")
    with_entry(issue, "second", "The queue is empty")
    assert "Run the checks" in manager.get(page(issue)).text

    manager.post(page(issue, "validation/"))

    made = ValidationRun.objects.get()
    assert (made.state, made.requested_by, made.door) == (RunState.QUEUED, manager.user, Door.ADMIN)
    assert "It waits for a worker." in manager.get(page(issue)).text
    ValidationRun.objects.update(
        state=RunState.RUNNING,
        sentence="Check 2 of 2, “The queue is empty”: 12 bytes written.",
        tail="test_queue.py ..\n<b>still waiting</b>",
    )
    made.results.create(issue_check=issue.checks.first(), check_text="Login works", outcome=CheckOutcome.PASSED)
    for address in (page(issue), run_page(made)):
        shown = manager.get(address).text
        assert "Check 2 of 2, “The queue is empty”: 12 bytes written." in shown
        assert "Passed" in shown
        assert "data-watch" in shown  # a script reads it again and again
    assert "test_queue.py ..\n&lt;b&gt;still waiting&lt;/b&gt;</pre>" in manager.get(run_page(made)).text
    assert "Run the checks</button>" not in manager.get(page(issue)).text


def test_what_has_ended_is_not_read_again_and_keeps_no_last_lines(manager, issue, catalogue, tmp_path):
    catalogue(shop=command("import time; print('half way', flush=True); time.sleep(2.5)", tmp_path))
    with_entry(issue, "shop")
    seen = []

    def clock():
        if threading.current_thread() is threading.main_thread():  # the one that looks after the check
            seen.append(ValidationRun.objects.get().tail)
        return timezone.now()

    made = ran(issue, clock=clock)

    assert "half way" in seen
    assert made.tail == ""
    for address in (page(issue), run_page(made)):
        assert "data-watch" not in manager.get(address).text


def test_a_second_run_is_refused_in_words(manager, issue, catalogue, tmp_path):
    catalogue(shop=command("pass", tmp_path))
    with_entry(issue, "shop")
    manager.post(page(issue, "validation/"))

    response = manager.post(page(issue, "validation/"))

    assert "wait until it has ended" in response.text
    assert ValidationRun.objects.count() == 1


def test_an_issue_is_validated_in_the_browser_by_a_suite_that_fails_and_then_passes(
    manager, issue, catalogue, tmp_path
):
    catalogue(shop=suite(tmp_path))
    with_entry(issue, "shop")

    def press(rest, **answers):
        assert manager.post(page(issue, rest), answers).status_code == 302
        issue.refresh_from_db()

    def work(suite_says):
        (tmp_path / "test_shop.py").write_text(suite_says)
        press("validation/")
        ended = running.execute(ValidationRun.objects.first().pk, clock=timezone.now)  # what the worker does
        issue.refresh_from_db()
        return ended

    issue.measures.create(
        category="test", text="A test", owner=issue.owner, created_at=timezone.now(), created_by_name="mona"
    )
    failed = work(FAILING)
    assert (failed.outcome, issue.status) == (RunOutcome.FAILED, Status.FAILED)
    assert "1 of 1 test failed" in manager.get(page(issue)).text
    assert "assert &#x27;slow&#x27; == &#x27;fast&#x27;" in manager.get(run_page(failed)).text

    press("transition/rework/")
    press("change/note/", kind="progress", text="The index is used now.", hours="2", links="")
    press("transition/complete/")
    assert "Validation evidence is required" in manager.get(page(issue)).text
    assert work(PASSING).outcome == RunOutcome.PASSED
    press("transition/validate/")

    assert issue.status == Status.VALIDATED


def test_a_person_who_is_not_the_owner_signs_a_manual_check_off(engineer, issue):
    check = issue.checks.create(text="The page looks right")
    made = ran(issue)
    address = page(issue, f"checks/{check.pk}/sign-off/")
    assert address in engineer.get(page(issue)).text

    engineer.post(address, {"outcome": "passed", "sentence": "I opened it on three phones."})

    signed = made.results.get()
    assert (signed.signed_by, signed.outcome) == (engineer.user, CheckOutcome.PASSED)
    made.refresh_from_db()
    assert made.outcome == RunOutcome.PASSED
    assert "I opened it on three phones." in engineer.get(page(issue)).text


def test_the_owner_is_offered_no_sign_off_and_refused_one(client, issue):
    issue.owner.user.groups.add(Group.objects.get(name="Engineer"))
    client.force_login(issue.owner.user)
    check = issue.checks.create(text="The page looks right")
    made = ran(issue)
    address = page(issue, f"checks/{check.pk}/sign-off/")
    assert address not in client.get(page(issue)).text

    response = client.post(address, {"outcome": "passed", "sentence": "Trust me."})

    assert "Nobody signs off their own work" in response.text
    assert not made.results.exists()


def test_somebody_who_may_only_look_sees_the_evidence_and_no_button(viewer, issue, catalogue, tmp_path):
    catalogue(shop=command("raise SystemExit(1)", tmp_path, words=["login"]))
    check = with_entry(issue, "shop")
    issue.checks.create(text="The login is fast")
    made = ran(issue)
    shown = viewer.get(page(issue)).text
    assert "It ended with exit code 1; expected is 0." in shown
    assert "Run the checks</button>" not in shown
    assert "proposes" not in shown

    for rest in ("validation/", "checks/", f"checks/{check.pk}/entry/"):
        assert viewer.post(page(issue, rest), {"text": "x", "entry": "", "passes": 1}).status_code == 403

    assert viewer.get(run_page(made)).status_code == 200
    assert ValidationRun.objects.count() == 1


def test_what_a_command_wrote_is_shown_as_text(manager, issue, catalogue, tmp_path):
    catalogue(shop=command("print('<script>alert(1)</script>')", tmp_path))
    with_entry(issue, "shop", "<b>Login</b>")

    shown = manager.get(run_page(ran(issue))).text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown
    assert "<b>Login</b>" not in shown
    assert str(tmp_path) in shown


def test_runs_are_found_by_reference_and_changed_by_nobody(manager, issue, catalogue, tmp_path):
    catalogue(shop=command("pass", tmp_path))
    with_entry(issue, "shop")
    made = ran(issue)

    listed = manager.get(f"/admin/tracker/validationrun/?q={issue.reference}")

    assert [row.pk for row in listed.context["cl"].result_list] == [made.pk]
    assert manager.get("/admin/tracker/validationrun/add/").status_code == 403
    assert manager.post(run_page(made), {"outcome": "failed"}).status_code == 405
    assert manager.post(f"/admin/tracker/validationrun/{made.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ValidationRun.objects.get().outcome == RunOutcome.PASSED


def test_a_broken_catalogue_is_said_and_the_page_is_shown(manager, issue, catalogue, settings):
    Path(settings.VALIDATION_CATALOGUE).write_text("[entries")
    with_entry(issue, "shop")

    assert "The catalogue of checks cannot be used" in manager.get(page(issue)).text


def test_the_page_of_an_issue_costs_the_same_for_1_and_for_20_checks(
    manager, issue, catalogue, tmp_path, django_assert_num_queries
):
    catalogue(shop=command("pass", tmp_path, words=["login"]))
    with_entry(issue, "shop")
    ran(issue)
    issue.checks.create(text="The login is slow")  # so that the gate is shut, both times
    manager.get(page(issue))
    with django_assert_num_queries(13):
        manager.get(page(issue))
    for number in range(20):
        issue.checks.create(text=f"The login is fast {number}")

    with django_assert_num_queries(13):
        manager.get(page(issue))

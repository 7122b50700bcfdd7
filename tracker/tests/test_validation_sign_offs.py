"""What only people decide (tracker/validation/sign_offs.py)."""

import pytest
from django.utils import timezone

from tracker import workflow
from tracker.choices import CheckOutcome, Door, RunOutcome, RunState, Status
from tracker.tests.validating import command, ran, read_again, with_entry, with_login
from tracker.validation import sign_offs

pytestmark = pytest.mark.django_db


def test_a_check_without_an_entry_waits_for_a_person_and_is_never_passed_by_default(completed, task):
    issue = completed()
    issue.checks.create(text="The page looks right")

    made = ran(issue)

    assert (made.state, made.outcome) == (RunState.WAITING, "")
    assert made.sentence == "Waits for a sign-off by somebody who is not the owner: “The page looks right”."
    assert not made.results.exists()
    assert workflow.refusals("validate", issue, None)


def test_a_sign_off_by_somebody_else_passes_the_check_and_opens_the_gate(completed, rita, catalogue, tmp_path):
    catalogue(login=command("pass", tmp_path), look={"kind": "manual"})
    issue = with_login(completed)
    manual = [issue.checks.create(text="The page looks right"), with_entry(issue, "look", "The mail looks right")]
    made = ran(issue)
    assert made.state == RunState.WAITING
    hand = {"actor": rita, "door": Door.ADMIN, "now": timezone.now()}

    sign_offs.sign_off(manual[0].pk, "I opened it on three phones.", **hand)
    assert read_again(made).state == RunState.WAITING
    signed = sign_offs.sign_off(manual[1].pk, "I got the mail.", **hand)

    assert (signed.outcome, signed.signed_by, signed.signed_by_name) == (CheckOutcome.PASSED, rita, "rita")
    assert read_again(made).outcome == RunOutcome.PASSED
    assert workflow.apply("validate", issue.pk, **hand).status == Status.VALIDATED


def test_a_person_can_say_that_it_does_not_hold(completed, rita):
    issue = completed()
    check = issue.checks.create(text="The page looks right")
    ran(issue)

    sign_offs.sign_off(
        check.pk,
        "The footer is cut off.",
        outcome=CheckOutcome.FAILED,
        actor=rita,
        door=Door.ADMIN,
        now=timezone.now(),
    )

    issue.refresh_from_db()
    assert issue.status == Status.FAILED
    assert "The footer is cut off." in issue.changes.first().reason


@pytest.mark.parametrize(
    ("who", "sentence", "words"),
    [
        ("owner", "I looked.", "Nobody signs off their own work"),
        ("nobody", "I looked.", "needs a person with a name"),
        ("viewer", "I looked.", "may look at issues"),
        ("rita", "  ", "needs a sentence"),
    ],
)
def test_a_sign_off_is_refused_and_writes_nothing(completed, owner, rita, make_user, who, sentence, words):
    owner.user.is_superuser = True
    owner.user.save()
    issue = completed()
    check = issue.checks.create(text="The page looks right")
    made = ran(issue)
    person = {"owner": owner.user, "nobody": None, "viewer": make_user("vera"), "rita": rita}[who]

    with pytest.raises(sign_offs.SignOffRefused, match=words):
        sign_offs.sign_off(check.pk, sentence, actor=person, door=Door.ADMIN, now=timezone.now())

    assert (read_again(made).state, made.results.count()) == (RunState.WAITING, 0)


def test_what_is_executed_is_not_signed_off(completed, catalogue, tmp_path, rita):
    catalogue(login=command("pass", tmp_path))
    issue = with_login(completed)
    issue.checks.create(text="The page looks right")
    ran(issue)

    with pytest.raises(sign_offs.SignOffRefused, match="executed by the entry login"):
        sign_offs.sign_off(issue.checks.first().pk, "I looked.", actor=rita, door=Door.ADMIN, now=timezone.now())


def test_nobody_is_asked_to_look_when_a_required_check_failed(completed, catalogue, tmp_path):
    catalogue(login=command("raise SystemExit(1)", tmp_path))
    issue = with_login(completed)
    issue.checks.create(text="The page looks right")

    made = ran(issue)

    assert made.outcome == RunOutcome.FAILED
    assert made.results.last().outcome == CheckOutcome.SKIPPED


def test_a_new_run_takes_the_place_of_one_that_waits_for_a_person(completed, rita):
    issue = completed()
    issue.checks.create(text="The page looks right")
    first = ran(issue)

    second = ran(issue)

    assert (read_again(first).outcome, second.state) == (RunOutcome.ERROR, RunState.WAITING)

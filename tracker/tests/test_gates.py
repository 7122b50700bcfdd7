"""What keeps an issue from being validated (tracker/gates.py). Completion is tested with the workflow."""

from datetime import timedelta
from pathlib import Path

import pytest

from tracker import workflow
from tracker.choices import (
    CheckOutcome,
    Door,
    IssueKind,
    MeasureCategory,
    Priority,
    RunOutcome,
    RunSource,
    RunState,
    Status,
)
from tracker.tests.validating import command
from tracker.validation import planning, proving

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NO_RUN = "Validation evidence is required: no validation run that started after completion has passed every check."


@pytest.fixture
def owner(make_owner, make_user):
    return make_owner("Olga Brandt", email="olga@example.org", user=make_user("olga"))


@pytest.fixture
def completed(make_issue, owner, now):
    """An issue that was completed at `now`."""

    def make(**fields):
        issue = make_issue(**{"status": Status.COMPLETED, "owner": owner, "priority": Priority.P2} | fields)
        issue.changes.create(new_status=Status.COMPLETED, actor_name="boss", door=Door.ADMIN, at=now)
        return issue

    return make


@pytest.fixture(autouse=True)
def entries(catalogue, tmp_path):
    """Two entries that somebody may have confirmed."""

    def write(code="pass", **fields):
        catalogue(login=command(code, tmp_path, **fields), queue=command(code, tmp_path))

    write()
    return write


@pytest.fixture
def run(now):
    """A finished run of the issue an hour after `now` with these results of checks."""

    def make(issue, *results, outcome=RunOutcome.PASSED, started_at=now + HOUR):
        made = issue.validation_runs.create(
            state=RunState.FINISHED,
            outcome=outcome,
            source=RunSource.WORKER,
            door=Door.TASK,
            requested_at=started_at,
            started_at=started_at,
            finished_at=started_at + HOUR,
        )
        for check, word, *who in results:
            signed = {"signed_by": who[0], "signed_by_name": who[0].username} if who else {}
            planned = next(each for each in planning.plan(issue).checks if each.check == check)
            made.results.create(issue_check=check, outcome=word, **proving.columns(planned), **signed)
        return made

    return make


def check(issue, text="Login works", **fields):
    return issue.checks.create(text=text, **({"entry": "login"} | fields))


def shut(issue, actor):
    return workflow.refusals("validate", issue, actor)


def test_an_issue_is_validated_when_one_run_after_completion_passed_every_required_check(completed, run, hand):
    issue = completed()
    run(issue, *((check(issue, text), CheckOutcome.PASSED) for text in ("Login works", "No time-outs")))

    assert workflow.apply("validate", issue.pk, **hand).status == Status.VALIDATED


@pytest.mark.parametrize("priority", list(Priority))
def test_nothing_is_validated_without_a_run(completed, hand, priority):
    issue = completed(priority=priority, kind=IssueKind.PREVENT)
    check(issue)
    issue.notes.create(kind="evidence", text="I looked at it", actor_name="boss", door=Door.ADMIN, at=hand["now"])

    with pytest.raises(workflow.TransitionRefused) as refused:
        workflow.apply("validate", issue.pk, **hand)

    assert refused.value.reasons == (NO_RUN,)


def test_an_issue_without_checks_is_not_validated_by_having_none(completed, run, hand):
    issue = completed()

    assert shut(issue, hand["actor"]) == [NO_RUN]

    run(issue)
    assert shut(issue, hand["actor"]) == [
        "Validation evidence is required: the latest validation run has no check that passed."
    ]


@pytest.mark.parametrize(
    ("seconds", "opens"), [(-1, False), (0, False), (1, True)], ids=["before it", "at the same time", "after it"]
)
def test_the_run_started_after_the_completion(completed, run, hand, seconds, opens):
    issue = completed()
    run(issue, (check(issue), CheckOutcome.PASSED), started_at=hand["now"] + timedelta(seconds=seconds))

    assert (shut(issue, hand["actor"]) == []) == opens


def test_a_run_from_before_the_latest_completion_proves_nothing_about_the_new_work(completed, run, hand, now):
    issue = completed()
    run(issue, (check(issue), CheckOutcome.PASSED))
    issue.changes.create(
        old_status=Status.IN_PROGRESS, new_status=Status.COMPLETED, actor_name="boss", door="admin", at=now + 2 * HOUR
    )

    assert shut(issue, hand["actor"]) == [NO_RUN]


def test_a_block_after_completion_does_not_undo_what_a_run_proved(completed, run, hand, now):
    issue = completed()
    run(issue, (check(issue), CheckOutcome.PASSED))
    workflow.apply("block", issue.pk, reason="The release waits.", **hand | {"now": now + 2 * HOUR})
    workflow.apply("unblock", issue.pk, **hand | {"now": now + 3 * HOUR})
    issue.refresh_from_db()

    assert shut(issue, hand["actor"]) == []


def test_a_run_that_is_not_finished_proves_nothing(completed, run, hand):
    issue = completed()
    unfinished = run(issue, (check(issue), CheckOutcome.PASSED))
    unfinished.state, unfinished.outcome, unfinished.finished_at = RunState.RUNNING, "", None
    unfinished.save()

    assert shut(issue, hand["actor"]) == [f"{NO_RUN.rstrip('.')} (run {unfinished.pk}: running)."]


def test_a_run_of_before_the_completion_is_no_hope_while_it_waits_for_a_person(completed, run, hand, now):
    issue = completed()
    waiting = run(issue, started_at=now)
    waiting.state, waiting.outcome, waiting.finished_at = RunState.WAITING, "", None
    waiting.save()

    assert shut(issue, hand["actor"]) == [NO_RUN]


@pytest.mark.parametrize("outcome", [CheckOutcome.FAILED, CheckOutcome.ERROR, CheckOutcome.SKIPPED])
def test_a_required_check_that_did_not_pass_keeps_the_issue_open_and_is_named(completed, run, hand, outcome):
    issue = completed()
    run(
        issue,
        (check(issue, "Login works"), CheckOutcome.PASSED),
        (check(issue, "No time-outs"), outcome),
        outcome=RunOutcome.FAILED,
    )

    assert shut(issue, hand["actor"]) == [
        f"Validation evidence is required: in the latest validation run “No time-outs” ended as {outcome}."
    ]


def test_a_check_that_is_not_required_may_fail(completed, run, hand):
    issue = completed()
    run(
        issue,
        (check(issue), CheckOutcome.PASSED),
        (check(issue, "It is fast", required=False), CheckOutcome.FAILED),
        outcome=RunOutcome.FAILED,
    )

    assert shut(issue, hand["actor"]) == []


def test_checks_that_passed_in_different_runs_are_no_evidence(completed, run, hand, now):
    issue = completed()
    one, two = check(issue, "Login works"), check(issue, "No time-outs")
    run(issue, (one, CheckOutcome.PASSED))
    run(issue, (two, CheckOutcome.PASSED), started_at=now + 2 * HOUR)

    assert shut(issue, hand["actor"]) == [
        "Validation evidence is required: in the latest validation run “Login works” was not run."
    ]


def test_it_is_the_latest_run_that_counts(completed, run, hand, now):
    issue = completed()
    login = check(issue)
    run(issue, (login, CheckOutcome.PASSED))
    run(issue, (login, CheckOutcome.FAILED), outcome=RunOutcome.FAILED, started_at=now + 2 * HOUR)

    assert "“Login works” ended as failed" in shut(issue, hand["actor"])[0]


def test_a_run_that_ended_in_an_error_is_never_evidence(completed, run, hand):
    issue = completed()
    run(issue, (check(issue), CheckOutcome.PASSED), outcome=RunOutcome.ERROR)

    assert shut(issue, hand["actor"]) == [
        "Validation evidence is required: the latest validation run could not be carried out."
    ]


def test_many_failed_checks_make_no_endless_sentence(completed, run, hand):
    issue = completed()
    run(issue, *((check(issue, f"{n} " + "x" * 500), CheckOutcome.FAILED) for n in range(8)), outcome=RunOutcome.FAILED)

    sentence = shut(issue, hand["actor"])[0]

    assert sentence.endswith("ended as failed and 3 more.")
    assert len(sentence) < 800


# -- what a result proves ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"entry": "queue"}, "was executed by login, and now queue executes it"),
        ({"entry": ""}, "was executed by login, and now a person signs it off"),
        ({"text": "Login works on every host"}, "was run when it had other words"),
        ({"passes": 3}, "passed 1 of the 3 times in a row that it has to"),
    ],
    ids=["another entry", "no entry", "other words", "more passes"],
)
def test_a_result_does_not_prove_what_a_check_was_changed_to(completed, run, hand, change, words):
    issue = completed()
    login = check(issue)
    run(issue, (login, CheckOutcome.PASSED))
    assert shut(issue, hand["actor"]) == []

    type(login).objects.filter(pk=login.pk).update(**change)

    name = change.get("text", "Login works")
    assert shut(issue, hand["actor"]) == [
        f"Validation evidence is required: in the latest validation run “{name}” {words}."
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"code": "print('other')"}, "was run before the catalogue's entry login was changed"),
        ({"passes": 2}, "passed 1 of the 2 times in a row that it has to"),
        ({"exit_code": 3}, "was run before the catalogue's entry login was changed"),
        ({"description": "Log in", "words": ["login"], "systems": ["web"], "timeout_seconds": 5}, ""),
    ],
    ids=["another command", "more passes", "another exit code", "nothing that is executed"],
)
def test_a_result_does_not_prove_what_the_catalogue_was_changed_to(completed, run, hand, entries, fields, words):
    issue = completed()
    run(issue, (check(issue), CheckOutcome.PASSED))

    entries(**fields)

    sentence = f"Validation evidence is required: in the latest validation run “Login works” {words}."
    assert shut(issue, hand["actor"]) == ([sentence] if words else [])


def test_a_result_does_not_outlive_its_entry_or_the_catalogue(completed, run, hand, catalogue, settings):
    issue = completed()
    run(issue, (check(issue), CheckOutcome.PASSED))

    catalogue()
    assert "login, which the catalogue does not have any more" in shut(issue, hand["actor"])[0]

    Path(settings.VALIDATION_CATALOGUE).write_text("[entries")
    assert "The catalogue of checks cannot be used" in shut(issue, hand["actor"])[0]


def test_a_sign_off_does_not_prove_what_an_entry_executes_now(completed, run, make_user, hand):
    issue = completed()
    manual = check(issue, entry="")
    run(issue, (manual, CheckOutcome.PASSED, make_user("lee")))
    assert shut(issue, hand["actor"]) == []

    issue.checks.update(entry="login")

    assert "was signed off by a person, and now login executes it" in shut(issue, hand["actor"])[0]


def test_a_check_that_is_not_required_proves_nothing_and_keeps_nothing_shut(completed, run, hand):
    issue = completed()
    run(issue, (check(issue), CheckOutcome.PASSED), (check(issue, "Fast", required=False), CheckOutcome.PASSED))

    issue.checks.filter(required=False).update(entry="queue", passes=5)

    assert shut(issue, hand["actor"]) == []


# -- signing off -------------------------------------------------------------------------------------------------------
def test_a_manual_check_is_signed_off_by_somebody_else_than_the_owner(completed, run, make_user, owner, hand):
    issue = completed()
    manual = check(issue, entry="")
    run(issue, (manual, CheckOutcome.PASSED, owner.user))
    assert shut(issue, hand["actor"]) == [
        "Validation evidence is required: in the latest validation run “Login works” was signed off by the owner, "
        "where somebody else has to do it."
    ]

    run(issue, (manual, CheckOutcome.PASSED, make_user("lee")), started_at=hand["now"] + 2 * HOUR)
    assert shut(issue, hand["actor"]) == []


def test_another_account_with_the_owner_s_address_is_the_owner(completed, run, make_user, hand):
    issue = completed()
    same = make_user("olga2", email="OLGA@example.org")
    run(issue, (check(issue, entry=""), CheckOutcome.PASSED, same))

    assert "signed off by the owner" in shut(issue, hand["actor"])[0]


def test_a_manual_check_does_not_pass_by_itself(completed, run, hand):
    issue = completed()
    run(issue, (check(issue, entry=""), CheckOutcome.PASSED))

    assert "“Login works” was signed off by nobody" in shut(issue, hand["actor"])[0]


# -- prevention and the second pair of eyes ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("what", "needed"),
    [
        ((Priority.P0, IssueKind.FIX), True),
        ((Priority.P1, IssueKind.FIX), True),
        ((Priority.P2, IssueKind.FIX), False),
        ((Priority.P1, IssueKind.INVESTIGATE), False),
        ((Priority.P0, IssueKind.PREVENT), False),
    ],
)
def test_an_urgent_fix_needs_a_prevention_measure(completed, run, hand, what, needed):
    priority, kind = what
    issue = completed(priority=priority, kind=kind)
    run(issue, (check(issue), CheckOutcome.PASSED))

    sentence = f"The fix of a {priority} issue needs a prevention measure: add one."
    assert shut(issue, hand["actor"]) == ([sentence] if needed else [])

    issue.measures.create(
        category=MeasureCategory.MONITORING,
        text="Alert on the pool",
        owner=issue.owner,
        created_at=hand["now"],
        created_by_name="boss",
    )
    assert shut(issue, hand["actor"]) == []


def test_the_owner_of_a_p0_issue_does_not_validate_it(completed, make_user, owner):
    issue = completed(priority=Priority.P0)
    sentence = "A P0 issue is validated by a named person who is not its owner."

    for actor in (owner.user, make_user("olga2", email="Olga@Example.org"), None):
        assert sentence in shut(issue, actor)
    assert sentence not in shut(issue, make_user("lee", email="lee@example.org"))


def gave_away(issue, owner, at):
    issue.field_changes.create(field="owner", old=owner.name, new="", actor_name="boss", door=Door.ADMIN, at=at)
    issue.owner = None
    issue.save()


def test_giving_the_issue_away_makes_nobody_a_judge_of_their_own_work(completed, run, owner, make_user, hand, now):
    issue = completed(priority=Priority.P0)
    issue.changes.create(new_status=Status.IN_PROGRESS, actor_name="boss", door=Door.ADMIN, at=now - HOUR)
    run(issue, (check(issue, entry=""), CheckOutcome.PASSED, owner.user))
    gave_away(issue, owner, now - HOUR / 2)

    refused = shut(issue, owner.user)
    assert "A P0 issue is validated by a named person who is not its owner." in refused
    assert "was signed off by the owner" in refused[-3]


def test_who_gave_the_issue_away_before_the_work_began_may_judge_it(completed, owner, now):
    issue = completed(priority=Priority.P0)
    issue.changes.create(new_status=Status.IN_PROGRESS, actor_name="boss", door=Door.ADMIN, at=now - HOUR)
    gave_away(issue, owner, now - 2 * HOUR)

    assert "A P0 issue is validated by a named person who is not its owner." not in shut(issue, owner.user)


def test_the_owner_of_a_lesser_issue_may_validate_it(completed, run, owner):
    issue = completed(priority=Priority.P1, kind=IssueKind.PREVENT)
    run(issue, (check(issue), CheckOutcome.PASSED))
    owner.user.is_superuser = True

    assert shut(issue, owner.user) == []


def reported_by(made, account):
    made.source, made.requested_by = RunSource.CI, account
    made.requested_by_name = account.username if account else "ci"
    made.save()


def test_nobody_validates_their_own_work_with_a_report_that_they_handed_in(completed, run, owner, make_user):
    issue = completed(priority=Priority.P1, kind=IssueKind.PREVENT)
    made = run(issue, (check(issue), CheckOutcome.PASSED))
    sentence = (
        "olga handed the report of tests in and owns the work: somebody else validates, or a service hands it in."
    )
    owner.user.is_superuser = True
    boss = make_user("boss2", is_superuser=True)

    reported_by(made, owner.user)
    assert shut(issue, owner.user) == [sentence]
    assert shut(issue, boss) == []

    for other in (boss, None):
        reported_by(made, other)
        assert shut(issue, owner.user) == []


def test_everything_that_is_missing_is_said_at_once(completed, owner):
    issue = completed(priority=Priority.P0)
    owner.user.is_superuser = True

    assert shut(issue, owner.user) == [
        NO_RUN,
        "The fix of a P0 issue needs a prevention measure: add one.",
        "A P0 issue is validated by a named person who is not its owner.",
    ]

"""`manage.py validate`: run an issue's checks here, or record what CI found."""

import json
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest
from django.utils import timezone

from tracker import workflow
from tracker.choices import CheckOutcome, Door, Priority, RunOutcome, RunSource, RunState, Status
from tracker.management.commands import validate as module
from tracker.models import ValidationRun
from tracker.tests.validating import FAILING, PASSING, command, ran, suite, with_entry
from tracker.validation import requests
from tracker.validation import run as running

pytestmark = pytest.mark.django_db
COMMIT = "3f2a9c1d"
REPORT = '<testsuite name="shop" {1}><testcase name="a"/><testcase name="b">{0}</testcase></testsuite>'
BEFORE, AFTER = timedelta(minutes=61), timedelta(minutes=59)  # the work was completed an hour ago


def ago(time):
    """The time stamp of a suite that began so long ago."""
    return f'timestamp="{(timezone.now() - time).isoformat()}"'


@pytest.fixture
def issue(make_issue, make_owner):
    made = make_issue(status=Status.COMPLETED, owner=make_owner(), priority=Priority.P2)
    before = timezone.now() - timedelta(hours=1)
    made.changes.create(new_status=Status.COMPLETED, actor_name="boss", door=Door.ADMIN, at=before)
    return made


@pytest.fixture
def validate(run, issue):
    def call(*arguments):
        return run("validate", "--issue-id", issue.reference, *arguments)

    return call


@pytest.fixture
def report(tmp_path):
    def write(inner="", *, head=None):
        path = tmp_path / "ci.xml"
        path.write_text(REPORT.format(inner, ago(AFTER) if head is None else head))
        return path

    return write


def test_a_real_suite_ends_with_3_while_it_fails_and_with_0_when_it_passes(issue, validate, catalogue, tmp_path):
    catalogue(shop=suite(tmp_path))
    with_entry(issue, "shop")
    (tmp_path / "test_shop.py").write_text(FAILING)

    failed = validate()

    issue.refresh_from_db()
    assert (failed.code, issue.status) == (3, Status.FAILED)
    assert "1 of 1 test failed" in failed.out
    assert issue.changes.first().door == Door.COMMAND

    (tmp_path / "test_shop.py").write_text(PASSING)
    passed = validate()

    assert (passed.code, passed.err) == (0, "")
    assert "Passed: The check passed." in passed.out
    assert ValidationRun.objects.first().source == RunSource.FOREGROUND


@pytest.mark.parametrize("entry", ["missing-program", "vanished", ""], ids=["no program", "no entry", "nobody signed"])
def test_what_could_not_be_run_ends_with_4(issue, validate, catalogue, tmp_path, entry):
    catalogue(missing_program={"kind": "command", "argv": ["no-such-program-anywhere"], "folder": str(tmp_path)})
    with_entry(issue, entry)

    assert validate().code == 4

    issue.refresh_from_db()
    assert issue.status == Status.COMPLETED


def test_json_is_one_object_with_the_evidence(issue, validate, catalogue, tmp_path):
    catalogue(login=command("raise SystemExit(7)", tmp_path))
    with_entry(issue, "login", "Login works")

    ended = validate("--json")

    said = json.loads(ended.out)
    assert (ended.code, said["issue"], said["outcome"]) == (3, issue.reference, "failed")
    assert (said["checks"][0]["text"], said["checks"][0]["exit_code"]) == ("Login works", 7)


def test_the_proposed_entries_can_be_confirmed_first(issue, validate, catalogue, tmp_path):
    catalogue(login=command("pass", tmp_path, words=["login"]))
    check = issue.checks.create(text="The login works")

    assert validate("--confirm-proposed").code == 0

    check.refresh_from_db()
    assert check.entry == "login"
    assert issue.field_changes.get().door == Door.COMMAND


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--junit", "report.xml"], id="a report without a commit"),
        pytest.param(["--commit", COMMIT], id="a commit without a report"),
        pytest.param(["--entry", "shop"], id="an entry without a report"),
        pytest.param(["--ran-at", "2026-03-10T12:00:00Z"], id="a time without a report"),
        pytest.param(["--junit", "a.xml", "--commit", COMMIT, "--ran-at", "2026-03-10T12:00"], id="no offset"),
        pytest.param(["--sign-off", "1"], id="a sign-off without a sentence"),
        pytest.param(["--sentence", "I looked."], id="a sentence without a sign-off"),
        pytest.param(["--fails"], id="a failure of nothing"),
        pytest.param(
            ["--sign-off", "1", "--sentence", "x", "--junit", "a", "--commit", COMMIT], id="a sign-off and a report"
        ),
        pytest.param(["--no-such-option"], id="nonsense"),
    ],
)
def test_wrong_usage_ends_with_2_and_runs_nothing(issue, validate, arguments):
    with_entry(issue, "login")

    assert validate(*arguments).code == 2

    assert not ValidationRun.objects.exists()


def test_an_issue_that_is_not_there_is_refused(run):
    ended = run("validate", "--issue-id", "P0-20260101-999")

    assert (ended.code, ended.err) == (1, "There is no issue 'P0-20260101-999'.\n")


def test_an_issue_without_checks_is_refused(validate):
    ended = validate()

    assert ended.code == 1
    assert "has no check" in ended.err


def test_a_run_that_is_under_way_is_refused_or_waited_for(issue, validate, catalogue, tmp_path, monkeypatch):
    catalogue(login=command("pass", tmp_path))
    with_entry(issue, "login")
    asked = requests.request_run(issue.pk, actor=None, door=Door.ADMIN, now=timezone.now())
    refused = validate()
    assert refused.code == 1
    assert f"Validation run {asked.pk}" in refused.err

    worker = SimpleNamespace(sleep=lambda _: running.execute(asked.pk, clock=timezone.now))  # works meanwhile
    monkeypatch.setattr(module, "time", worker)
    waited = validate("--wait")

    assert waited.code == 0
    assert "waiting for its end" in waited.err
    assert ValidationRun.objects.get().source == RunSource.WORKER


# -- what CI found ----------------------------------------------------------------------------------------------------


def test_a_report_of_ci_is_kept_as_evidence_and_nothing_is_run(issue, validate, catalogue, report, tmp_path):
    catalogue(shop=suite(tmp_path))
    with_entry(issue, "shop", "The shop's tests pass")
    path = report()

    ended = validate("--junit", path, "--commit", COMMIT)

    made = ValidationRun.objects.get()
    kept = made.results.get()
    assert (ended.code, made.source, made.outcome) == (0, RunSource.CI, RunOutcome.PASSED)
    assert (kept.outcome, kept.commit, kept.counts["tests"], kept.exit_code) == (CheckOutcome.PASSED, COMMIT, 2, None)
    assert kept.output_sha256 == sha256(path.read_bytes()).hexdigest()
    assert not (tmp_path / "report.xml").exists()


def test_a_failed_report_fails_the_issue(issue, validate, catalogue, report, tmp_path):
    catalogue(shop=suite(tmp_path))
    with_entry(issue, "shop")

    ended = validate("--junit", report('<failure message="slow"/>'), "--commit", COMMIT)

    issue.refresh_from_db()
    assert (ended.code, issue.status) == (3, Status.FAILED)


def test_a_report_says_nothing_about_checks_that_are_no_test_suite(issue, validate, catalogue, report, tmp_path):
    catalogue(shop=suite(tmp_path), queue=command("pass", tmp_path))
    with_entry(issue, "shop")
    with_entry(issue, "queue", "The queue is empty")

    assert validate("--junit", report(), "--commit", COMMIT).code == 4

    assert list(ValidationRun.objects.get().results.values_list("outcome", flat=True)) == ["passed", "skipped"]


def test_a_manual_check_still_waits_for_a_person(issue, validate, report):
    issue.checks.create(text="The page looks right")

    assert validate("--junit", report(), "--commit", COMMIT).code == 4

    assert ValidationRun.objects.get().state == RunState.WAITING


def test_of_several_test_suites_the_one_that_is_meant_is_named(issue, validate, catalogue, report, tmp_path):
    catalogue(shop=suite(tmp_path), mail=suite(tmp_path))
    with_entry(issue, "shop")
    with_entry(issue, "mail", "Mails are sent")

    refused = validate("--junit", report(), "--commit", COMMIT)

    assert refused.code == 1
    assert "name one of mail, shop with --entry" in refused.err
    assert validate("--junit", report(), "--commit", COMMIT, "--entry", "mail").code == 4
    outcomes = dict(ValidationRun.objects.get().results.values_list("check_text", "outcome"))
    assert outcomes == {"Login takes less than a second": "skipped", "Mails are sent": "passed"}


@pytest.mark.parametrize(
    ("text", "commit"),
    [("no XML", COMMIT), (None, COMMIT), (REPORT.format("", ago(AFTER)), "main"), (REPORT.format("", ago(AFTER)), "a")],
    ids=["a report that is no XML", "a file that is not there", "a branch", "a commit that is too short"],
)
def test_a_report_that_shows_nothing_is_refused(issue, validate, tmp_path, text, commit):
    path = tmp_path / "ci.xml"
    if text is not None:
        path.write_text(text)

    assert validate("--junit", path, "--commit", commit).code == 1

    assert not ValidationRun.objects.exists()


def opens(issue, actor):
    return not [each for each in workflow.refusals("validate", issue, actor) if "evidence" in each]


@pytest.mark.parametrize(
    ("began", "said", "counts"),
    [(AFTER, None, True), (BEFORE, None, False), (None, AFTER, True), (None, BEFORE, False), (AFTER, BEFORE, False)],
    ids=["after", "before", "said to be after", "said to be before", "of two times the earlier one counts"],
)
def test_a_report_counts_from_when_ci_ran_and_not_from_when_it_is_recorded(
    issue, validate, catalogue, report, tmp_path, rita, began, said, counts
):
    catalogue(shop=suite(tmp_path))
    with_entry(issue, "shop")
    path = report(head=ago(began) if began else "")
    stated = ["--ran-at", (timezone.now() - said).isoformat()] if said else []

    ended = validate("--junit", path, "--commit", COMMIT, *stated)

    assert ended.code == 0
    assert opens(issue, rita) == counts
    assert ("before the work was completed" in ended.err) != counts


def test_a_failure_that_ci_found_before_the_completion_fails_nothing(issue, validate, catalogue, report, tmp_path):
    catalogue(shop=suite(tmp_path))
    with_entry(issue, "shop")

    ended = validate("--junit", report("<failure/>", head=ago(BEFORE)), "--commit", COMMIT)

    issue.refresh_from_db()
    assert (ended.code, issue.status) == (3, Status.COMPLETED)


@pytest.mark.parametrize("head", ["", 'timestamp="2026-03-10T12:00:00"'], ids=["no time stamp", "one without offset"])
def test_a_report_that_does_not_say_when_it_began_is_refused_with_the_way_out(issue, validate, report, head):
    ended = validate("--junit", report(head=head), "--commit", COMMIT)

    assert ended.code == 1
    assert "--ran-at 2026-03-10T12:00:00+00:00" in ended.err
    assert not ValidationRun.objects.exists()


def test_one_report_does_not_pass_a_check_that_has_to_pass_several_times_in_a_row(
    issue, validate, catalogue, report, tmp_path
):
    catalogue(shop=suite(tmp_path, passes=3))
    with_entry(issue, "shop")

    assert validate("--junit", report(), "--commit", COMMIT).code == 4
    assert "has to pass 3 times in a row" in ValidationRun.objects.get().results.get().sentence
    assert validate("--junit", report("<failure/>"), "--commit", COMMIT).code == 3


# -- what people sign -------------------------------------------------------------------------------------------------


@pytest.fixture
def manual(issue):
    """Two checks that a person has to look at, and a run that waits for both."""
    checks = [issue.checks.create(text=text) for text in ("The page looks right", "The page is printed right")]
    ran(issue)
    return checks


def test_a_run_that_waits_tells_the_numbers_by_which_its_checks_are_signed(manual, validate):
    ended = validate()

    assert ended.code == 4
    assert "Open 2  The page is printed right  sign it off" in ended.out
    assert json.loads(validate("--json").out)["to_sign"][0] == {"number": 1, "text": "The page looks right"}


def test_named_people_sign_off_by_number_or_words_and_the_last_one_passes_the_run(issue, manual, validate, rita):
    first = validate("--sign-off", "1", "--sentence", "I opened it.", "--as", "rita")
    second = validate("--sign-off", "is  PRINTED", "--sentence", "I printed it.", "--as", "rita")

    assert (first.code, second.code) == (4, 0)
    signed = ValidationRun.objects.get().results.get(issue_check=manual[1])
    assert (signed.signed_by, signed.sentence) == (rita, "I printed it.")
    assert opens(issue, rita)


def test_a_person_can_say_at_the_command_line_that_a_check_does_not_hold(issue, manual, validate, rita):
    ended = validate("--sign-off", "1", "--sentence", "The footer is cut off.", "--fails", "--as", "rita")

    issue.refresh_from_db()
    assert (ended.code, issue.status) == (3, Status.FAILED)
    assert "The footer is cut off." in issue.changes.first().reason


@pytest.mark.parametrize(
    ("check", "who", "words"),
    [
        ("1", "olga", "Nobody signs off their own work"),
        ("1", "vera", "You may look at issues"),
        ("1", None, "needs a person with a name"),
        ("1", "nobody", "There is no account 'nobody' that may log in"),
        ("1", "gone", "There is no account 'gone' that may log in"),
        ("3", "rita", "No check has the number or words '3'"),
        ("the page", "rita", "Several checks have the number or words 'the page'"),
    ],
    ids=["the owner", "a viewer", "the operator", "nobody", "a closed account", "no such number", "words of two"],
)
def test_a_sign_off_is_refused_at_the_command_line_as_in_the_admin(
    issue, manual, validate, rita, make_user, check, who, words
):
    issue.owner.user = make_user("olga", is_superuser=True)
    issue.owner.save()
    make_user("vera")
    make_user("gone", is_superuser=True, is_active=False)

    ended = validate("--sign-off", check, "--sentence", "I looked.", *(["--as", who] if who else []))

    assert ended.code == 1
    assert words in ended.err
    assert not ValidationRun.objects.get().results.exists()


def test_a_run_is_asked_for_in_the_name_and_with_the_rights_of_a_person(issue, validate, catalogue, tmp_path, rita):
    catalogue(shop=command("pass", tmp_path))
    with_entry(issue, "shop")

    assert validate("--as", "rita").code == 0
    assert ValidationRun.objects.get().requested_by == rita
    rita.is_superuser = False
    rita.save()

    assert "may look at issues" in validate("--as", "rita").err

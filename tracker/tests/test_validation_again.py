"""Validated issues are validated again at night (tracker/validation/again.py)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tracker import workflow
from tracker.choices import Door, RunOutcome, RunState, Status
from tracker.models import Issue
from tracker.tests.validating import command, ran, with_entry, with_login
from tracker.validation import again, run, sign_offs

pytestmark = pytest.mark.django_db


MINUTE = timedelta(minutes=1)


@pytest.fixture
def validated(completed, catalogue, tmp_path):
    """An issue that was validated so many days before noon of 10 March 2026."""

    def make(now, days=1.0):
        catalogue(login=command("raise SystemExit(0)", tmp_path))
        issue = completed(status=Status.VALIDATED)
        issue.changes.update(at=now - timedelta(days=days))
        with_entry(issue, "login")
        return issue

    return make


@pytest.mark.parametrize(
    ("days", "due"),
    [(0.2, False), (1, True), (13.9, True), (14, False)],
    ids=["since this morning", "since yesterday", "on the last night", "for longer than asked for"],
)
def test_validated_issues_are_validated_again_each_night_for_some_days(validated, now, days, due):
    issue = validated(now, days)

    assert again.due(now) == ([issue.pk] if due else [])


def test_an_issue_is_asked_for_once_a_night(validated, now):
    issue = validated(now)

    assert (again.validate_again(now), again.validate_again(now + MINUTE)) == (1, 0)
    ran_at_night = issue.validation_runs.get()
    assert run.execute(ran_at_night.pk, clock=lambda: now).outcome == RunOutcome.PASSED
    assert again.due(now + timedelta(hours=13)) == []
    assert again.due(now + timedelta(hours=14)) == [issue.pk]  # two in the morning


def test_no_night_when_no_days_are_configured(validated, now, settings):
    settings.VALIDATE_AGAIN_DAYS = 0
    validated(now)

    assert again.validate_again(now) == 0


def test_drift_reopens_the_issue_with_the_evidence(validated, catalogue, tmp_path, now):
    issue = validated(now)
    catalogue(login=command("raise SystemExit(1)", tmp_path))
    again.validate_again(now)

    run.execute(issue.validation_runs.get().pk, clock=lambda: now)

    issue.refresh_from_db()
    assert issue.status == Status.IDENTIFIED
    assert "drift" in issue.changes.first().reason
    assert "exit code 1" in issue.changes.first().reason


def test_what_could_not_be_run_at_night_is_no_drift(validated, catalogue, tmp_path, now):
    issue = validated(now)
    catalogue(login={"kind": "command", "argv": ["no-such-program-anywhere"], "folder": str(tmp_path)})
    again.validate_again(now)

    run.execute(issue.validation_runs.get().pk, clock=lambda: now)

    assert Issue.objects.get().status == Status.VALIDATED


def test_at_night_the_sign_off_of_a_manual_check_stands(completed, catalogue, tmp_path, rita):
    catalogue(login=command("pass", tmp_path))
    issue = with_login(completed)
    manual = issue.checks.create(text="The page looks right")
    ran(issue)
    hand = {"actor": rita, "door": Door.ADMIN, "now": timezone.now()}
    sign_offs.sign_off(manual.pk, "I opened it on three phones.", **hand)
    workflow.apply("validate", issue.pk, **hand)

    made = ran(issue)

    assert made.outcome == RunOutcome.PASSED
    assert made.results.get(issue_check=manual).signed_by == rita

    issue.checks.filter(pk=manual.pk).update(text="The page looks right on a phone")
    assert ran(issue).state == RunState.WAITING  # nobody has looked at that

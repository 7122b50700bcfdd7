"""The way of an issue of an analysis from identified to validated by the commands alone."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tracker.choices import CheckOutcome, Status
from tracker.models import Issue
from tracker.tests.validating import FAILING, PASSING, suite

pytestmark = pytest.mark.django_db

SAMPLE = Path(settings.BASE_DIR) / "samples" / "2026-08-04-ticket-sale-queue.md"
TITLE = re.compile("close the waiting room whenever its counter is missing", re.IGNORECASE)


def test_an_issue_of_an_analysis_goes_from_identified_to_validated_with_the_commands(
    run, catalogue, make_owner, make_user, rita, tmp_path
):
    olga = make_user("olga", is_superuser=True)
    make_owner("Olga Brandt", email="olga@example.org", user=olga)
    catalogue(waiting_room=suite(tmp_path, words=["counter deleted"]))
    listed = run("extract_issues", "--analysis-file", SAMPLE, "--auto-add").out
    reference = next(line.split()[0] for line in listed.splitlines() if TITLE.search(line))

    def track(*arguments, code=0):
        ended = run("track", "--issue-id", reference, *arguments)
        assert ended.code == code, ended.err
        return ended.err

    def validate(*arguments, code):
        ended = run("validate", "--issue-id", reference, *arguments)
        assert ended.code == code, ended.err
        return ended.out

    def stands():
        return Issue.objects.get(reference=reference).status

    track("--owner", "olga@example.org", "--deadline", "2099-01-31", "--reason", "Parts are late.", "--as", "olga")
    for status in ("planned", "in_progress"):
        track("--status", status, "--as", "olga")
    track("--note", "The room closes.", "--hours", "2:30", "--status", "completed", "--as", "olga")
    assert "no validation run that started after completion" in track("--status", "validated", code=1)

    (tmp_path / "test_shop.py").write_text(FAILING)
    assert "1 of 1 test failed" in validate("--confirm-proposed", "--as", "olga", code=3)
    assert stands() == Status.FAILED

    (tmp_path / "test_shop.py").write_text(PASSING)
    track("--status", "in_progress", "--as", "olga")
    track("--note", "It closes now.", "--hours", "1", "--status", "completed", "--as", "olga")
    assert "1 test passed" in validate("--as", "olga", code=4)
    signing = ("--sign-off", "5,000 payments", "--sentence", "I watched the rehearsal.")
    validate(*signing, "--as", "olga", code=1)
    assert "All 2 required checks passed" in validate(*signing, "--as", "rita", code=0)

    assert "Propose one with --prevention" in track("--status", "validated", "--as", "rita", code=1)
    track("--prevention", "Alert when the counter falls.", "--category", "monitoring", "--as", "olga")
    assert "a named person who is not its owner" in track("--status", "validated", "--as", "olga", code=1)
    track("--status", "validated", "--as", "rita")

    issue = Issue.objects.get(reference=reference)
    assert (issue.status, issue.changes.first().actor) == (Status.VALIDATED, rita)
    latest = issue.validation_runs.first()
    assert list(latest.results.values_list("outcome", "entry")) == [
        (CheckOutcome.PASSED, "waiting-room"),
        (CheckOutcome.PASSED, ""),
    ]

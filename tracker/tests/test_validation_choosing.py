"""Which entry executes a check (tracker/validation/choosing.py)."""

import pytest
from django.utils import timezone

from tracker.choices import Door, RunOutcome
from tracker.tests.validating import command, ran, suite
from tracker.validation import choosing

pytestmark = pytest.mark.django_db


def test_the_words_of_a_check_propose_an_entry_and_a_person_confirms_it(completed, catalogue, tmp_path, rita):
    catalogue(login=suite(tmp_path), queue=command("pass", tmp_path, words=["queue"]))
    issue = completed()
    login, other = issue.checks.create(text="The login is fast"), issue.checks.create(text="The page looks right")
    assert choosing.proposals(issue, choosing.site_catalogue()[0]) == {login.pk: "login"}
    now = timezone.now()

    choosing.confirm_entry(login.pk, "login", passes=2, actor=rita, door=Door.ADMIN, now=now)

    login.refresh_from_db()
    assert (login.entry, login.passes, login.entry_confirmed_by, login.entry_confirmed_at) == ("login", 2, rita, now)
    change = issue.field_changes.get()
    assert (change.old, change.new) == ("The login is fast: manual", "The login is fast: login, 2 times in a row")
    other.refresh_from_db()
    assert other.entry == ""


@pytest.mark.parametrize(
    ("entry", "passes", "words"),
    [("gone", 1, "no entry 'gone'; there are login"), ("login", 0, "between 1 and 20"), ("login", 21, "between")],
)
def test_an_entry_that_cannot_be_is_refused(completed, catalogue, tmp_path, rita, entry, passes, words):
    catalogue(login=suite(tmp_path))
    issue = completed()
    check = issue.checks.create(text="The login is fast")

    with pytest.raises(choosing.ChoiceRefused, match=words):
        choosing.confirm_entry(check.pk, entry, passes=passes, actor=rita, door=Door.ADMIN, now=timezone.now())

    check.refresh_from_db()
    assert (check.entry, issue.field_changes.count()) == ("", 0)


def test_a_check_can_be_added_to_an_issue_whose_analysis_states_none(completed, catalogue, tmp_path, rita):
    catalogue(login=command("pass", tmp_path))
    issue = completed()

    choosing.add_check(issue.pk, "Login works", entry="login", actor=rita, door=Door.ADMIN, now=timezone.now())

    assert ran(issue).outcome == RunOutcome.PASSED

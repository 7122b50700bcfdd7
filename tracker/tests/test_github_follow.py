"""What happens here when something happens at GitHub, with real requests to a stand-in."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from tracker import amend, workflow
from tracker.choices import Door, FollowState, NoteKind, OnClosed, Status
from tracker.github import asking, follow, resting
from tracker.models import GitHubLink, GitHubRepository, Issue
from tracker.tests.following import NOW, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_progress(make_issue, make_owner):
    """An issue that somebody works on, with a note on it and the hours spent."""

    def make(**note):
        issue = make_issue(status=Status.IN_PROGRESS, owner=make_owner())
        if note:
            amend.add_note(issue.pk, "Raised it.", actor=None, door=Door.COMMAND, now=NOW, **note)
        return issue

    return make


def status(issue: Issue) -> str:
    return Issue.objects.get(pk=issue.pk).status


def notes(issue: Issue) -> list[str]:
    return [note.text for note in issue.notes.filter(door=Door.GITHUB).order_by("pk")]


def again(link: GitHubLink) -> GitHubLink:
    return GitHubLink.objects.get(pk=link.pk)


def test_closed_as_completed_completes_where_every_gate_is_open_and_validates_nothing(
    in_progress, pushed, github, look, send
):
    issue = in_progress(hours=Decimal("1.5"))
    link = pushed(issue)
    github.close(1)

    assert look().events == 1

    assert status(issue) == Status.COMPLETED
    (change,) = issue.changes.all()
    assert (change.actor_name, change.door) == ("GitHub", Door.GITHUB)
    assert notes(issue) == [
        "acme/shop#1 was closed at GitHub as completed. It is completed here, and its validation is still to come."
    ]
    assert again(link).attention == ""
    assert (look().events, send().created, len(notes(issue))) == (0, 0, 1)


@pytest.mark.parametrize(
    ("note", "mode", "reason"),
    [
        pytest.param({}, OnClosed.COMPLETE, "It needs a progress or evidence note", id="without a note"),
        pytest.param({"kind": NoteKind.PROGRESS}, OnClosed.COMPLETE, "It needs the hours spent", id="without hours"),
        pytest.param({}, OnClosed.HOURS_UNKNOWN, "It needs a progress or evidence note", id="hours alone"),
    ],
)
def test_a_gate_that_is_shut_stays_shut_and_the_note_says_which(in_progress, pushed, github, look, note, mode, reason):
    issue = in_progress(**note)
    link = pushed(issue, on_closed=mode)
    github.close(1)
    look()
    github.reopen(1)
    look()
    github.close(1)  # the notes that this has made open no gate

    look()

    assert status(issue) == Status.IN_PROGRESS
    assert not issue.changes.exists()
    assert reason in notes(issue)[2]
    assert reason in again(link).attention


def test_hours_may_stay_unknown_where_the_repository_says_so(in_progress, pushed, github, look):
    issue = in_progress(kind=NoteKind.EVIDENCE)
    pushed(issue, on_closed=OnClosed.HOURS_UNKNOWN)
    github.close(1)

    look()

    assert status(issue) == Status.COMPLETED
    assert Issue.objects.get(pk=issue.pk).hours_unknown


def test_only_a_note_where_the_repository_says_so(in_progress, pushed, github, look):
    issue = in_progress(hours=Decimal(1))
    pushed(issue, on_closed=OnClosed.NOTE)
    github.close(1)

    look()

    assert status(issue) == Status.IN_PROGRESS
    assert "Nothing was changed here" in notes(issue)[0]


@pytest.mark.parametrize(
    ("reason", "words"),
    [("not_planned", "as not planned"), ("duplicate", "as a duplicate"), (None, "without a reason")],
)
def test_closed_for_another_reason_changes_nothing_and_asks_for_a_person(
    in_progress, pushed, github, look, reason, words
):
    issue = in_progress(hours=Decimal(1))
    link = pushed(issue)
    github.close(1, reason)

    look()

    assert status(issue) == Status.IN_PROGRESS
    assert f"closed at GitHub {words}" in notes(issue)[0]
    assert again(link).attention == notes(issue)[0]


def test_another_reason_for_the_same_state_is_news(in_progress, pushed, github, look):
    issue = in_progress(hours=Decimal(1))
    pushed(issue)
    github.close(1, "not_planned")
    look()
    github.close(1, "completed")

    look()

    assert status(issue) == Status.COMPLETED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Status.COMPLETED, Status.FAILED),
        (Status.VALIDATED, Status.IDENTIFIED),
        (Status.CANCELLED, Status.IDENTIFIED),
        (Status.ACCEPTED, Status.ACCEPTED),
        (Status.BLOCKED, Status.BLOCKED),
    ],
)
@pytest.mark.parametrize("reopens_here", [True, False])
def test_reopened_there_is_reopened_here_where_the_workflow_leads_there(
    make_issue, pushed, github, look, before, after, reopens_here
):
    issue = make_issue()
    link = pushed(issue, reopens_here=reopens_here)
    Issue.objects.filter(pk=issue.pk).update(status=before)
    github.close(1)
    look()
    github.reopen(1)

    look()

    assert status(issue) == (after if reopens_here else before)
    assert "was reopened at GitHub" in notes(issue)[-1]
    differs = not reopens_here and before in (Status.COMPLETED, Status.VALIDATED, Status.CANCELLED)
    assert bool(again(link).attention) == differs


def test_closed_and_reopened_between_two_looks_is_no_event(in_progress, pushed, github, look):
    issue = in_progress(hours=Decimal(1))
    pushed(issue)
    github.close(1)
    github.reopen(1)

    assert look().events == 0
    assert (status(issue), notes(issue)) == (Status.IN_PROGRESS, [])


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"state": "archived"}, id="a state"),
        pytest.param({"state": "closed", "state_reason": "wontfix"}, id="a reason to close"),
        pytest.param({"state": "open", "state_reason": "revived"}, id="a reason to be open"),
    ],
)
def test_what_is_unknown_here_stops_the_link_and_is_told(in_progress, pushed, github, look, caplog, fields):
    issue = in_progress(hours=Decimal(1))
    link = pushed(issue)
    github.change(1, **fields)

    look()

    assert again(link).state == FollowState.STOPPED
    assert "which is unknown here" in again(link).problem
    assert "which is unknown here" in caplog.text
    assert (status(issue), notes(issue)) == (Status.IN_PROGRESS, [])
    github.close(1)
    assert look().events == 0  # it stays stopped


@pytest.mark.parametrize(
    ("code", "words"),
    [(404, "not there any more"), (410, "deleted at GitHub"), (301, "transferred"), (451, "not there any more")],
)
def test_an_issue_that_is_in_no_list_any_more_is_found_missing_within_a_day(
    in_progress, pushed, github, look, clock, code, words
):
    issue = in_progress(hours=Decimal(1))
    link = pushed(issue)
    github.remove(1, code)
    assert look().stopped == 0

    clock.forward(hours=24)
    assert look().stopped == 1

    assert words in again(link).problem
    assert status(issue) == Status.IN_PROGRESS


def test_an_unchanged_repository_costs_one_request_that_brings_nothing(in_progress, pushed, github, look):
    pushed(in_progress())
    look()
    look()
    github.calls.clear()

    look()

    assert [(method, code) for method, _, code in github.calls] == [("GET", 304)]


def test_many_changed_issues_are_read_page_by_page_and_none_is_left_out_that_moves_meanwhile(
    make_issue, pushed, github, look
):
    issues = [make_issue() for _ in range(7)]
    for issue in issues:
        pushed(issue)
    for number in range(1, 8):
        github.close(number, "not_planned")
    github.largest_page = 3
    github.before = [lambda _: False, lambda _: bool(github.change(1)) and False]  # the first moves to the end

    assert look().events == 7

    assert all(len(notes(issue)) == 1 for issue in issues)


def test_a_page_full_of_one_moment_goes_on_where_github_says(make_issue, pushed, github, look):
    issues = [make_issue() for _ in range(5)]
    for issue in issues:
        pushed(issue)
    for number in range(1, 6):
        github.close(number, "not_planned")
        github.issues[number]["updated_at"] = "2026-03-10T12:00:30Z"
    github.largest_page = 2

    assert look().events == 5


def test_a_next_page_at_another_host_is_not_called_and_told(pushed, make_issue, github, look, shop):
    pushed(make_issue())
    rows = json.dumps([]).encode()
    github.before = [github.sending(rows, Link='<https://evil.example/repos/acme/shop/issues?page=2>; rel="next"')]

    assert look().failed == 1

    shop.refresh_from_db()
    assert "at another address" in shop.problem


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>", id="no JSON"),
        pytest.param(b"[" * 100_000, id="JSON that is too deep"),
        pytest.param(b'{"message": "hello"}', id="no list"),
        pytest.param(b"[1]", id="no issue"),
        pytest.param(b'[{"number": "1"}]', id="no number"),
        pytest.param(b'[{"number": 1, "state": {"a": 1}}]', id="no state"),
        pytest.param(b'[{"number": 1, "state": "closed", "updated_at": "yesterday"}]', id="no moment"),
        pytest.param(b'[{"number": 1, "created_at": "2026-13-40T00:00:00Z"}]', id="a moment that cannot be"),
    ],
)
def test_an_answer_that_cannot_be_understood_changes_nothing_and_is_told(in_progress, pushed, github, look, shop, body):
    issue = in_progress(hours=Decimal(1))
    link = pushed(issue)
    github.before = [github.sending(body)]

    assert look().failed == 1

    shop.refresh_from_db()
    assert "GitHub cannot be understood" in shop.problem
    assert (status(issue), again(link).state) == (Status.IN_PROGRESS, FollowState.FOLLOWED)


def test_a_failure_is_forgotten_when_the_next_look_goes_well_and_nothing_was_missed(
    in_progress, pushed, github, look, shop
):
    issue = in_progress(hours=Decimal(1))
    pushed(issue)
    github.close(1)
    github.before = [github.answering(500)]
    assert look().failed == 1

    assert look().events == 1

    shop.refresh_from_db()
    assert (shop.problem, status(issue)) == ("", Status.COMPLETED)


def test_pull_requests_and_issues_of_others_are_passed_over(in_progress, pushed, github, look):
    pushed(in_progress())
    github.open("Not ours")
    github.open("A pull request", pull_request={"url": "x"})
    github.change(2, state="closed")

    assert (look().events, look().failed) == (0, 0)


def test_an_answer_from_before_our_write_does_not_undo_it(in_progress, pushed, github, clock, shop):
    issue = in_progress(hours=Decimal(1))
    link = pushed(issue)
    asked_at = clock() - timedelta(seconds=1)
    GitHubLink.objects.filter(pk=link.pk).update(seen_state="closed")

    assert follow._take(shop, [follow.GitHub.of(shop, clock()).issue(1)], asked_at=asked_at, now=clock()) == 0

    assert again(link).seen_state == "closed"


def test_two_repositories_are_followed_each_by_itself(in_progress, pushed, github, look):
    issue = in_progress(hours=Decimal(1))
    pushed(issue)
    make_repository(github, name="acme/other")
    github.close(1)

    found = look()

    assert (found.repositories, found.failed, status(issue)) == (2, 1, Status.COMPLETED)
    assert GitHubRepository.objects.get(name="acme/other").problem.startswith("The repository is not there")


def test_a_repository_that_is_switched_off_is_left_alone(in_progress, pushed, github, look, send, shop):
    issue = in_progress(hours=Decimal(1))
    pushed(issue)
    GitHubRepository.objects.filter(pk=shop.pk).update(active=False)
    github.calls.clear()
    workflow.apply("block", issue.pk, reason="No access.", actor=None, door=Door.COMMAND, now=NOW)

    look()
    send()

    assert github.calls == []


def test_another_issue_under_the_same_number_is_not_taken_for_it(in_progress, pushed, github, look, send):
    issue = in_progress(hours=Decimal(1))
    link = pushed(issue)
    github.change(1, id=77, title="Somebody else's", body="Theirs", state="closed", state_reason="completed")
    workflow.apply("cancel", issue.pk, reason="So.", actor=None, door=Door.COMMAND, now=NOW)

    send()
    look()

    assert "shows another issue" in again(link).problem
    assert (notes(issue), [method for method, _ in github.writes]) == ([], ["POST"])


def test_somebody_who_plays_with_the_state_is_not_followed_for_ever(in_progress, pushed, github, look):
    issue = in_progress(hours=Decimal(1))
    link = pushed(issue, on_closed=OnClosed.NOTE)
    for _ in range(20):
        github.close(1)
        look()
        github.reopen(1)
        look()

    assert "more than 30 times" in again(link).problem
    assert len(notes(issue)) == 31


def test_what_is_closed_here_again_after_it_was_reopened_there_is_closed_there_again(
    make_issue, pushed, github, look, send, clock
):
    issue = make_issue()
    link = pushed(issue)

    def cancel():
        hand = {"actor": None, "door": Door.COMMAND, "now": clock()}
        workflow.apply("cancel", issue.pk, reason="So.", **hand)

    cancel()
    send()
    github.reopen(1)
    look()
    assert status(issue) == Status.IDENTIFIED
    cancel()  # before anything was sent
    send()

    assert (github.issues[1]["state"], again(link).attention) == ("closed", "")


def test_what_the_site_stopped_by_itself_is_counted_until_somebody_stops_it_or_lets_it_go_on(
    in_progress, pushed, github, look, hand
):
    link = pushed(in_progress(hours=Decimal(1)))
    assert resting.standing() == resting.Standing(stopped=0, refusing=0)
    github.change(1, state="archived")
    look()
    assert resting.standing().stopped == 1

    asking.resume(link.pk, **hand)
    assert resting.standing().stopped == 0
    asking.stop(link.pk, reason="Nobody works there any more.", **hand)
    assert again(link).state == FollowState.STOPPED
    assert resting.standing().stopped == 0


def test_a_repository_that_refuses_is_counted_from_the_third_time_in_a_row(in_progress, pushed, github, clock, shop):
    pushed(in_progress(hours=Decimal(1)))
    counted = []
    for _ in range(4):
        github.before = [github.answering(401, "Bad credentials")]
        clock.forward(hours=7)
        follow.follow_due(clock)
        counted.append(resting.standing().refusing)
    assert counted == [0, 0, 1, 1]

    clock.forward(hours=7)
    follow.follow_due(clock)

    assert resting.standing().refusing == 0

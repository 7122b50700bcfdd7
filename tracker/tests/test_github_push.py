"""Issues that are pushed to GitHub, with real requests to a stand-in."""

import re
from datetime import timedelta

import pytest

from tracker import amend, workflow
from tracker.choices import Door, FollowState, Priority, PushMode, Status
from tracker.encryption import encrypt
from tracker.github import asking, comparing, push
from tracker.github.asking import PushRefused
from tracker.github.client import PURPOSE
from tracker.models import GitHubLink, GitHubRepository, Issue, System
from tracker.tests.following import make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def hand(clock):
    return {"actor": None, "door": Door.COMMAND, "now": clock()}


@pytest.fixture
def asked(make_issue, shop, clock):
    return asking.ask(make_issue(title="Raise the pool size").pk, shop, actor=None, door=Door.COMMAND, now=clock())


def again(link: GitHubLink) -> GitHubLink:
    return GitHubLink.objects.select_related("issue", "repository").get(pk=link.pk)


def test_a_pushed_issue_is_there_once_with_its_reference_deadline_and_link(make_issue, make_owner, pushed, github):
    issue = make_issue(title="Raise the pool size", owner=make_owner("Olga Brandt"), description="secret words")

    link = pushed(issue, labels="incident\nincident\n p1 ")

    (there,) = github.issues.values()
    assert (link.state, link.number, link.url) == (FollowState.FOLLOWED, 1, there["html_url"])
    assert there["title"] == f"[{issue.reference}] Raise the pool size"
    assert [label["name"] for label in there["labels"]] == ["incident", "p1"]
    for words in (issue.reference, "2026-03-13 12:00 UTC", "Olga Brandt", f"/tracker/issue/{issue.pk}/change/"):
        assert words in there["body"]
    assert "secret words" not in there["body"]
    assert [row.new for row in issue.field_changes.order_by("pk")] == ["acme/shop (To be pushed)", "acme/shop#1"]


def test_the_description_leaves_only_where_the_repository_says_so(make_issue, pushed, github):
    pushed(make_issue(description="Pool\n````\n@team <b>fix</b> #1"), with_text=True)

    assert "`````text\nPool\n````\n@team <b>fix</b> #1\n`````" in github.issues[1]["body"]


def test_an_issue_is_asked_for_once_and_only_while_it_is_live(asked, make_issue, shop, clock):
    with pytest.raises(PushRefused, match="waits to be pushed"):
        asking.ask(asked.issue_id, shop, actor=None, door=Door.COMMAND, now=clock())
    with pytest.raises(PushRefused, match="is validated: only live work"):
        asking.ask(make_issue(status=Status.VALIDATED).pk, shop, actor=None, door=Door.COMMAND, now=clock())
    push.push_due(clock)
    with pytest.raises(PushRefused, match="as acme/shop#1"):
        asking.ask(asked.issue_id, shop, actor=None, door=Door.COMMAND, now=clock())


def test_an_answer_that_is_lost_after_the_write_makes_no_second_issue(asked, github, clock):
    github.before = [github.breaking_off_after_the_write]

    assert str(push.push_due(clock)) == "1 retry"
    clock.forward(minutes=3)
    assert str(push.push_due(clock)) == "1 created"

    assert len(github.issues) == 1
    assert (again(asked).number, again(asked).unsure_since) == (1, None)


def test_a_worker_killed_between_the_write_and_its_record_makes_no_second_issue(asked, github, clock):
    class Killed(BaseException):
        pass

    for number in range(3):
        github.open(f"Another {number}")
    api_create = push.GitHub.create

    def create_and_die(self, **given):
        api_create(self, **given)
        raise Killed

    push.GitHub.create = create_and_die
    try:
        with pytest.raises(Killed):
            push.push_one(asked.pk, clock)
    finally:
        push.GitHub.create = api_create
    assert str(push.push_due(clock)) == "nothing to push"  # the lease has not run out

    clock.forward(minutes=3)
    push.push_due(clock)

    assert len(github.writes) == 1
    assert again(asked).number == 4


def test_what_happened_there_before_the_answer_was_found_again_is_not_lost(asked, github, clock):
    github.before = [github.breaking_off_after_the_write]
    push.push_due(clock)
    github.close(1, "not_planned")

    clock.forward(minutes=3)
    push.push_due(clock)

    assert "not planned" in again(asked).attention


def test_a_marker_that_cannot_be_looked_for_far_enough_stops_the_link(asked, github, clock):
    github.before = [github.answering(502)]
    push.push_due(clock)
    for number in range(12):
        github.open(f"Another {number}")
    github.largest_page = 1

    clock.forward(minutes=3)
    push.push_due(clock)

    assert "Too much has happened" in again(asked).problem
    assert not any("Raise" in issue["title"] for issue in github.issues.values())


@pytest.mark.parametrize(
    ("answer", "sentence", "state"),
    [
        pytest.param((422, "Validation Failed"), "422 .*Validation Failed", "stopped", id="an issue that is refused"),
        pytest.param((500, ""), "500 Internal Server Error", "planned", id="a server that fails"),
        pytest.param((401, "Bad credentials"), "does not accept the token", "planned", id="a token that is wrong"),
        pytest.param((403, "Resource not accessible"), "may not do this", "planned", id="a token that may not"),
        pytest.param((404, "Not Found"), "is not there, or the token", "planned", id="a repository out of sight"),
        pytest.param((301, "Moved"), "has moved", "planned", id="a repository that was renamed"),
        pytest.param((429, ""), "wants fewer calls", "planned", id="a limit"),
    ],
)
def test_a_refusal_is_told_in_a_sentence_and_tried_again_where_that_helps(
    asked,
    github,
    clock,
    answer,
    sentence,
    state,
):
    status, message = answer
    github.before = [github.answering(status, message)]

    push.push_due(clock)

    link = again(asked)
    assert link.state == state
    assert re.search(sentence, link.problem)


def test_the_token_is_in_no_sentence(asked, github, clock):
    GitHubRepository.objects.update(token_encrypted=encrypt("ghp_wrong", purpose=PURPOSE))

    push.push_due(clock)

    link = again(asked)
    assert "Bad credentials Bearer …" in link.repository.problem
    assert "ghp_wrong" not in link.problem + link.repository.problem


def test_a_limit_leaves_the_whole_repository_alone_as_long_as_github_asks_and_costs_no_try(asked, github, clock):
    reset = str(int((clock() + timedelta(minutes=40)).timestamp()))
    github.before = [
        github.answering(403, "API rate limit exceeded", X_RateLimit_Remaining="0", X_RateLimit_Reset=reset)
    ]
    push.push_due(clock)
    assert (again(asked).attempts, again(asked).repository.rests_until) == (0, clock() + timedelta(minutes=40))
    calls = len(github.calls)

    clock.forward(minutes=39)
    assert str(push.push_due(clock)) == "nothing to push"
    assert len(github.calls) == calls
    clock.forward(minutes=1)
    assert str(push.push_due(clock)) == "1 created"


def test_limits_in_a_row_that_say_no_time_make_the_rest_longer_each_time(asked, github, clock):
    rests = []
    for _ in range(4):
        github.before = [github.answering(403, "You have exceeded a secondary rate limit")]
        push.push_due(clock)
        rests.append(again(asked).repository.rests_until - clock())
        clock.now = again(asked).repository.rests_until

    assert rests == [timedelta(minutes=each) for each in (1, 2, 4, 8)]
    push.push_due(clock)
    assert again(asked).repository.problem == ""


def test_what_is_refused_again_and_again_ends_with_its_sentence_until_it_is_resumed(asked, github, clock, settings):
    settings.SEND_ATTEMPTS = 3
    for _ in range(3):
        github.before = [github.answering(503)]
        push.push_due(clock)
        clock.forward(hours=7)
    link = again(asked)
    assert (link.state, link.due_at) == (FollowState.STOPPED, None)
    assert "503" in link.problem

    asking.resume(link.pk, actor=None, door=Door.COMMAND, now=clock())
    push.push_due(clock)

    assert again(asked).state == FollowState.FOLLOWED
    assert len(github.issues) == 1


def test_a_run_writes_to_a_repository_only_so_often(make_issue, shop, github, clock):
    for _ in range(push.MOST_WRITES + 2):
        asking.ask(make_issue().pk, shop, actor=None, door=Door.COMMAND, now=clock())

    assert push.push_due(clock).created == push.MOST_WRITES
    assert push.push_due(clock).created == 2


def test_a_change_here_is_told_once_and_a_second_comparison_finds_nothing(make_issue, pushed, github, send, hand):
    issue = make_issue(title="Raise it", priority=Priority.P2)
    pushed(issue)
    amend.set_priority(issue.pk, Priority.P0, **hand)
    amend.describe(issue.pk, title="Raise it to 50", **hand)

    assert str(send()) == "1 changed"
    assert str(send()) == "nothing to push"

    assert github.issues[1]["title"] == f"[{issue.reference}] Raise it to 50"
    assert r"P0 \(critical\)" in github.issues[1]["body"]
    assert [method for method, _ in github.writes] == ["POST", "PATCH"]


def test_what_somebody_wrote_there_stays(make_issue, pushed, github, send, hand):
    issue = make_issue()
    pushed(issue)
    github.change(1, title="Our own title", body=f"Before\r\n{github.issues[1]['body']}\r\nAfter")
    amend.set_priority(issue.pk, Priority.P0, **hand)
    send()
    assert github.issues[1]["title"] == "Our own title"
    assert github.issues[1]["body"].startswith("Before\r\n<!--")
    assert github.issues[1]["body"].endswith("-->\r\nAfter")
    assert "critical" in github.issues[1]["body"]

    github.change(1, body="All of it gone")
    amend.set_priority(issue.pk, Priority.P2, **hand)
    assert str(send()) == "1 same"
    assert github.issues[1]["body"] == "All of it gone"


@pytest.mark.parametrize(("closes_there", "states"), [(True, ["closed", "open"]), (False, ["open", "open"])])
def test_a_cancelled_issue_is_closed_there_and_reopened_when_it_is_open_again(
    make_issue,
    pushed,
    github,
    send,
    look,
    hand,
    closes_there,
    states,
):
    issue = make_issue()
    pushed(issue, closes_there=closes_there)
    seen = []
    for step in ("cancel", "reopen"):
        workflow.apply(step, issue.pk, reason="The vendor says so.", **hand)
        send()
        look()
        send()
        seen.append(github.issues[1]["state"])

    assert seen == states
    assert github.issues[1]["state_reason"] in ("reopened", None)
    assert not issue.notes.exists()  # our own writes are no news
    assert Issue.objects.get(pk=issue.pk).status == Status.IDENTIFIED
    assert str(send()) == "nothing to push"


def test_an_issue_that_is_gone_there_stops_the_link_when_it_is_to_be_changed(make_issue, pushed, github, send, hand):
    issue = make_issue()
    link = pushed(issue)
    github.remove(1, 301)
    amend.set_priority(issue.pk, Priority.P0, **hand)

    send()

    assert again(link).state == FollowState.STOPPED
    assert "transferred to another repository" in again(link).problem
    assert Issue.objects.get(pk=issue.pk).status == Status.IDENTIFIED


def test_new_work_that_matches_is_pushed_by_itself_and_no_more_than_so_much_a_day(make_issue, github, clock, hand):
    database, other = (System.objects.create(name=name) for name in ("orders", "parcels"))
    rules = {"push_mode": PushMode.AUTOMATIC, "least_urgent": Priority.P1, "most_a_day": 2, "offered_until": clock()}
    repository = make_repository(github, **rules)
    repository.systems.add(database)
    issues = [make_issue(priority=priority) for priority in ("P1", "P0", "P1", "P2", "P0")]
    for issue in issues[:4]:
        issue.systems.add(database)
    issues[4].systems.add(other)
    old = make_issue(priority="P0")
    old.systems.add(database)
    clock.forward(minutes=1)
    for issue in issues:
        issue.changes.create(new_status="identified", actor_name="Import", door=Door.INTAKE, at=clock())

    found = comparing.compare(clock())
    assert (found.offered, found.held_back) == (2, 1)
    assert comparing.compare(clock()).offered == 0
    clock.forward(hours=25)
    assert comparing.compare(clock()).offered == 1
    clock.forward(hours=25)
    assert comparing.compare(clock()).offered == 0

    assert set(GitHubLink.objects.values_list("issue", flat=True)) == {issue.pk for issue in issues[:3]}


def test_work_that_becomes_urgent_is_pushed_by_itself_too(make_issue, github, clock, hand):
    make_repository(github, push_mode=PushMode.AUTOMATIC, least_urgent=Priority.P0, offered_until=clock())
    issue = make_issue(priority="P2")
    clock.forward(minutes=1)
    assert comparing.compare(clock()).offered == 0

    amend.set_priority(issue.pk, Priority.P0, **hand | {"now": clock()})

    assert comparing.compare(clock()).offered == 1

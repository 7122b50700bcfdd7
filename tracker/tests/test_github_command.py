"""`manage.py github`, as a shell runs it."""

import json

import pytest
from django.utils import timezone

from tracker.choices import Status
from tracker.models import GitHubLink, GitHubRepository
from tracker.tests.following import make_repository

pytestmark = pytest.mark.django_db


def test_an_issue_is_pushed_at_once_and_its_address_is_the_answer(run, make_issue, shop, github):
    issue = make_issue()

    ended = run("github", "push", issue.reference.lower())

    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "acme/shop#1 https://github.example/acme/shop/issues/1\n"
    again = run("github", "push", issue.reference, "--repository", "ACME/shop")
    assert (again.code, again.err) == (1, "It is there already, as acme/shop#1.\n")
    assert len(github.issues) == 1


def test_what_cannot_be_pushed_is_said_in_a_sentence(run, make_issue, github, db):
    issue = make_issue()
    assert "No repository is set up." in run("github", "push", issue.reference).err
    make_repository(github)
    make_repository(github, name="acme/other")
    assert "--repository OWNER/NAME" in run("github", "push", issue.reference).err
    assert (
        "There is no active repository 'acme/x'" in run("github", "push", issue.reference, "--repository", "acme/x").err
    )
    assert "There is no issue 'P0-1'" in run("github", "push", "P0-1", "--repository", "acme/shop").err
    github.before = [github.answering(422, "Validation Failed")]
    ended = run("github", "push", issue.reference, "--repository", "acme/shop")
    assert (ended.code, ended.out) == (1, "")
    assert "was not pushed yet: GitHub answered 422" in ended.err
    assert run("github").code == 2


def test_a_look_is_taken_now(run, make_issue, make_owner, shop, github):
    issue = make_issue(status=Status.IN_PROGRESS, owner=make_owner())
    github.now = timezone.now()
    run("github", "push", issue.reference)
    github.close(1)

    assert "repositories 1, events 1" in run("github", "follow").out

    assert issue.notes.exists()
    github.before = [github.answering(401, "Bad credentials")]
    GitHubRepository.objects.update(rests_until=None)
    ended = run("github", "follow", "--repository", "acme/shop")
    assert ended.code == 1
    assert "acme/shop: GitHub does not accept the token" in ended.err


def test_the_state_of_everything_is_a_table_or_json(run, make_issue, shop, github):
    assert "acme/shop" in run("github", "status").out
    issue = make_issue()
    run("github", "push", issue.reference)
    GitHubLink.objects.update(attention="Look at \x1b this.")

    ended = run("github", "status", "--json")

    document = json.loads(ended.out)
    (repository,) = document["repositories"]
    assert (repository["followed"], repository["to_look_at"], repository["problem"]) == (1, 1, "")
    assert document["to_look_at"][0]["issue"] == issue.reference
    assert "\\x1b" in run("github", "status").out


def test_without_a_reference_everything_that_is_due_is_pushed(run, make_issue, shop, github, now):
    GitHubLink.objects.create(issue=make_issue(), repository=shop, created_at=now, due_at=now)

    assert "1 created" in run("github", "push").out

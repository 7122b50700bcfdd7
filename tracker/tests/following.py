"""A repository at the stand-in for GitHub, issues pushed to it, and a clock that stands until it is set forward."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.choices import Door, OnClosed
from tracker.encryption import encrypt
from tracker.github import asking, comparing, follow, push
from tracker.github.client import PURPOSE
from tracker.models import GitHubLink, GitHubRepository
from tracker.tests.github_server import TOKEN, github_server

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **units: float) -> None:
        self.now += timedelta(**units)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def github(settings):
    with github_server() as server:
        settings.OUTGOING_ALLOW_HOSTS = [server.place]
        yield server


@pytest.fixture
def shop(db, github):
    """The repository, which completes issues as far as the gates let it."""
    return make_repository(github)


def make_repository(github, **fields) -> GitHubRepository:
    values = {"name": github.name, "api_url": github.url, "on_closed": OnClosed.COMPLETE}
    values |= {"compared_until": NOW - timedelta(minutes=1)}
    token = encrypt(fields.pop("token", TOKEN), purpose=PURPOSE)
    return GitHubRepository.objects.create(token_encrypted=token, **(values | fields))


@pytest.fixture
def pushed(shop, clock):
    """Push an issue, and give its link."""

    def push_issue(issue, **fields) -> GitHubLink:
        GitHubRepository.objects.filter(pk=shop.pk).update(**fields)
        link = asking.ask(issue.pk, shop, actor=None, door=Door.COMMAND, now=clock())
        assert push.push_one(link.pk, clock) == "created"
        link.refresh_from_db()
        return link

    return push_issue


@pytest.fixture
def look(clock):
    """Look at the repositories as the schedule does five minutes later."""

    def look_again() -> follow.Followed:
        clock.forward(minutes=5)
        return follow.follow_due(clock)

    return look_again


@pytest.fixture
def send(clock):
    """Compare and push as the schedule does a minute later."""

    def send_again() -> push.Pushed:
        clock.forward(minutes=1)
        comparing.compare(clock())
        return push.push_due(clock)

    return send_again

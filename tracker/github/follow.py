"""Looks at the repositories: one list of what has changed since the last look, whatever the number of issues.

The list is asked for by the time of the change, oldest first, and the next part of it by the time of the last one seen:
an issue that is changed meanwhile moves to the end, so none is left out as it would be with numbered pages. What GitHub
has not changed costs nothing (ETag). An issue that was transferred or deleted is in no list: each live one that was not
seen for a day is asked for by itself.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.db.models import Q

from tracker.counts import Counts
from tracker.github import resting
from tracker.github.answers import GitHubRefused, Gone
from tracker.github.client import GitHub, Remote
from tracker.github.observing import gone, observe
from tracker.models import GitHubLink, GitHubRepository

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
LEASE = timedelta(minutes=10)  # of one worker on one repository
OVERLAP = timedelta(minutes=1)  # GitHub's lists may be a moment behind
AHEAD = timedelta(minutes=10)  # that GitHub's clock may be before ours
FIRST_LOOK = timedelta(hours=1)
MOST_PAGES = 30
UNSEEN = timedelta(hours=24)
MOST_ALONE = 20  # issues that one look asks for by themselves


@dataclass(slots=True)
class Followed(Counts):
    """What came of one run."""

    repositories: int = 0
    events: int = 0
    stopped: int = 0
    failed: int = 0

    nothing: ClassVar[str] = "nothing to look at"
    one: ClassVar[str] = "{name} {count}"


def follow_due(clock: Clock) -> Followed:
    """Look at every repository whose time has come. Any number of workers may. Not in a transaction."""
    counts = Followed()
    for repository in GitHubRepository.objects.follow_due(clock()).order_by("follow_due_at", "pk"):
        now = clock()
        claimed = GitHubRepository.objects.follow_due(now).filter(pk=repository.pk)
        if claimed.update(follow_due_at=now + LEASE):
            _look(repository, clock, counts)
    return counts


def _look(repository: GitHubRepository, clock: Clock, counts: Followed) -> None:
    counts.repositories += 1
    rows = GitHubRepository.objects.filter(pk=repository.pk)
    try:
        api = GitHub.of(repository, clock())
        counts.events += _changed(repository, api, clock)
        counts.stopped += _alone(repository, api, clock)
    except GitHubRefused as refusal:
        counts.failed += 1
        resting.troubled(repository, refusal, clock())
    else:
        resting.well(repository)
        rows.update(followed_at=clock())
    rows.update(follow_due_at=clock() + timedelta(minutes=repository.follow_minutes))


def _changed(repository: GitHubRepository, api: GitHub, clock: Clock) -> int:
    """Take in what has changed since the last look; how many events that was."""
    since = (repository.followed_until or clock() - FIRST_LOOK) - OVERLAP
    path = first = api.listing(since, sort="updated", direction="asc")
    etag, events = repository.etag if repository.etag_path == first else "", 0
    for _ in range(MOST_PAGES):
        asked_at = clock()
        page = api.page(path, etag)
        if page.unchanged:
            break
        events += _take(repository, page.issues, asked_at=asked_at, now=clock())
        newest = max([since, *(issue.updated_at for issue in page.issues)])
        _seen_until(repository, min(newest, asked_at + AHEAD))
        if not page.next_path:
            if path == first:
                repository.etag, repository.etag_path = page.etag, first
                repository.save(update_fields=["etag", "etag_path"])
            break
        path, since, etag = _onwards(api, page.next_path, since, newest), newest, ""
    return events


def _onwards(api: GitHub, next_path: str, since: datetime, newest: datetime) -> str:
    """Where the list goes on: from the last moment seen, or by its own next page when a moment fills a whole one."""
    begin = newest - timedelta(seconds=1)
    return api.listing(begin, sort="updated", direction="asc") if begin > since else next_path


def _seen_until(repository: GitHubRepository, moment: datetime) -> None:
    if repository.followed_until is None or moment > repository.followed_until:
        repository.followed_until = moment
        repository.save(update_fields=["followed_until"])


def _take(repository: GitHubRepository, issues: Sequence[Remote], *, asked_at: datetime, now: datetime) -> int:
    """Take in a page of issues; how many events that was. One that fails stops no other."""
    by_number = {issue.number: issue for issue in issues}
    links = list(GitHubLink.objects.followed().filter(repository=repository, number__in=by_number))
    same = [link.pk for link in links if _is_seen(link, by_number[link.number])]
    GitHubLink.objects.filter(pk__in=same).update(looked_at=now)
    events = 0
    for link in links:
        if link.pk in same:
            continue
        try:
            events += observe(link.pk, by_number[link.number], asked_at=asked_at, now=now)
        except Exception:
            logger.exception("What happened to %s could not be taken in.", link)
    return events


def _is_seen(link: GitHubLink, remote: Remote) -> bool:
    seen = (link.seen_updated_at, link.seen_state, link.seen_reason)
    return seen == (remote.updated_at, remote.state, remote.reason)


def _alone(repository: GitHubRepository, api: GitHub, clock: Clock) -> int:
    """Ask for the live issues that no list has shown for a day; how many are not there any more."""
    now = clock()
    unseen = Q(looked_at__isnull=True) | Q(looked_at__lte=now - UNSEEN)
    links = GitHubLink.objects.followed().filter(unseen, repository=repository, issue__is_closed=False)
    stopped = 0
    for link in links.order_by("looked_at", "pk")[:MOST_ALONE]:
        asked_at = clock()
        try:
            observe(link.pk, api.issue(link.number), asked_at=asked_at, now=clock())
        except Gone as refusal:
            gone(link.pk, refusal.sentence)
            stopped += 1
        GitHubLink.objects.filter(pk=link.pk).update(looked_at=clock())
    return stopped

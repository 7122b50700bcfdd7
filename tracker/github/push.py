"""The outbox to GitHub: from a wish to an issue there, and from a change here to one there.

A link is claimed by a conditional update that is committed before anything is sent, sent outside any transaction, and
confirmed by another that holds only while the lease is still ours. Before an issue is created the link says so
(`unsure_since`); when no answer was kept, the next try looks for our mark among the issues there and creates none if it
finds it. A change is a PATCH of what should be there, so that sending it twice does nothing more. At most one write is
sent for each change here, and none as an answer to what happened there.
"""

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext

from tracker.back_off import back_off
from tracker.choices import Door, FollowState, Status
from tracker.counts import Counts
from tracker.github import resting
from tracker.github.answers import GitHubRefused, Gone
from tracker.github.asking import FIELD
from tracker.github.client import GitHub, Remote
from tracker.github.observing import gone, observe
from tracker.github.texts import OPEN, Saying, label_list, opening, saying, with_block
from tracker.history import keep, stamp
from tracker.models import FieldChange, GitHubLink, GitHubRepository
from tracker.querysets import CLOSED

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
MOST_WRITES = 8  # to a repository in one run, which is a minute: GitHub takes 500 new things an hour
MOST_PAGES = 10  # of issues that are looked through for our mark
MARGIN = timedelta(hours=1)  # between GitHub's clock and ours
UNTIL_LISTED = timedelta(minutes=1)  # until an issue that was created is surely in GitHub's lists
FREE = {"lease": "", "leased_until": None}


@dataclass(slots=True)
class Pushed(Counts):
    """What became of the links of one run. `lost`: another worker had taken them over before they were confirmed."""

    created: int = 0
    changed: int = 0
    same: int = 0
    retry: int = 0
    stopped: int = 0
    lost: int = 0

    nothing: ClassVar[str] = "nothing to push"


def push_due(clock: Clock, *, seconds: float | None = None) -> Pushed:
    """Send what is due until nothing is left that may be sent now. Any number of workers may. Not in a transaction."""
    counts, tries, left_alone = Pushed(), {}, set()
    end = None if seconds is None else time.monotonic() + seconds
    while end is None or time.monotonic() < end:
        now = clock()
        awake = GitHubRepository.objects.awake(now).values("pk")
        links = GitHubLink.objects.due(now).filter(repository__in=awake).exclude(repository__in=left_alone)
        link = links.order_by("due_at", "pk").first()
        if link is None:
            break
        word = push_one(link.pk, clock)
        setattr(counts, word, getattr(counts, word) + 1)
        tries[link.repository_id] = tries.get(link.repository_id, 0) + 1
        if word in ("retry", "lost") or tries[link.repository_id] >= MOST_WRITES:
            left_alone.add(link.repository_id)
    return counts


def push_one(link_id: int, clock: Clock) -> str:
    """Send one link that is due; the name of its count. Not in a transaction."""
    now, lease = clock(), secrets.token_hex(16)
    claimed = GitHubLink.objects.due(now).filter(pk=link_id)
    if not claimed.update(lease=lease, leased_until=_lease_end(now), attempts=F("attempts") + 1):
        return "lost"
    link = GitHubLink.objects.select_related("issue__owner", "repository").get(pk=link_id)
    try:
        if link.attempts > settings.SEND_ATTEMPTS:
            raise GitHubRefused(link.problem or gettext("No worker has ended any of its tries."), permanent=True)
        api = GitHub.of(link.repository, now)
        word = _create(link, lease, api, clock) if link.number is None else _change(link, lease, api, clock)
    except Gone as refusal:
        gone(link.pk, refusal.sentence)
        return "stopped"
    except GitHubRefused as refusal:
        return _put_off(link, lease, refusal, clock())
    except Exception as error:  # one of many; its text may quote a secret, so only its kind is told
        logger.error("%s failed with %s.", link, type(error).__name__)
        return _put_off(
            link,
            lease,
            GitHubRefused(gettext("It could not be sent (%(kind)s).") % {"kind": type(error).__name__}),
            clock(),
        )
    resting.well(link.repository)
    return word


def _lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.SEND_LEASE_SECONDS)


def _held(link: GitHubLink, lease: str) -> QuerySet[GitHubLink]:
    return GitHubLink.objects.filter(pk=link.pk, lease=lease)


def _create(link: GitHubLink, lease: str, api: GitHub, clock: Clock) -> str:
    """Open the issue at GitHub, unless it was opened before and the answer was lost."""
    text, asked_at = saying(link), clock()
    if link.unsure_since and (found := _find(link, api)):
        return _linked(link, lease, found, text, asked_at=asked_at, now=clock())
    if link.issue.status in CLOSED:
        label = Status(link.issue.status).label.lower()
        raise GitHubRefused(gettext("It was %(status)s here before it was pushed.") % {"status": label}, permanent=True)
    asked_at = clock()
    began = link.unsure_since or asked_at
    if not _held(link, lease).update(unsure_since=began, leased_until=_lease_end(asked_at)):
        return "lost"
    try:
        remote = api.create(title=text.title, body=text.block, labels=label_list(link.repository.labels))
    except GitHubRefused as refusal:
        if not refusal.unsure and link.unsure_since is None:
            _held(link, lease).update(unsure_since=None)
        raise
    return _linked(link, lease, remote, text, asked_at=asked_at, now=clock())


def _find(link: GitHubLink, api: GitHub) -> Remote | None:
    """The issue that bears our mark, the first one if there were more; None when there is none."""
    since, found = link.unsure_since - MARGIN, None
    path = api.listing(since, sort="created", direction="desc")
    for page in api.pages(path, most=MOST_PAGES):
        for remote in page.issues:
            found = remote if opening(link) in remote.body else found
        if not page.next_path or (page.issues and page.issues[-1].created_at < since):
            return found
    if found is None:
        raise GitHubRefused(
            gettext("Too much has happened there since to find out whether it was created."), permanent=True
        )
    return found


@transaction.atomic
def _linked(link: GitHubLink, lease: str, remote: Remote, text: Saying, *, asked_at: datetime, now: datetime) -> str:
    """Keep which issue it is, and take in what has happened to it since it was opened."""
    kept = _held(link, lease).update(
        state=FollowState.FOLLOWED,
        number=remote.number,
        remote_id=remote.remote_id or None,
        node_id=remote.node_id,
        url=remote.url,
        seen_state=OPEN,
        seen_updated_at=remote.created_at,
        said_state=OPEN,
        said_title=text.title,
        said_digest=text.digest,
        due_at=None,
        attempts=0,
        unsure_since=None,
        problem="",
        **FREE,
    )
    if not kept:
        return "lost"
    new = f"{link.repository}#{remote.number}"
    keep(FieldChange(issue=link.issue, field=FIELD, old=str(link), new=new, **stamp(None, Door.GITHUB, now)))
    observe(link.pk, remote, asked_at=asked_at, now=now)
    GitHubLink.objects.filter(pk=link.pk).update(sent_at=now)
    return "created"


def _change(link: GitHubLink, lease: str, api: GitHub, clock: Clock) -> str:
    """Make the issue at GitHub what it should be, after taking in what has happened to it."""
    asked_at = clock()
    remote = api.issue(link.number)
    observe(link.pk, remote, asked_at=asked_at, now=clock())
    link = _held(link, lease).select_related("issue__owner", "repository").first()
    if link is None:
        return "lost"
    text = saying(link)
    changes = changes_to(link, remote, text)
    if changes:
        asked_at = clock()
        kept = _held(link, lease).update(
            saying_state=changes.get("state", ""),
            saying_title=changes.get("title", ""),
            leased_until=_lease_end(asked_at),
        )
        if not kept:
            return "lost"
        remote = api.change(link.number, changes)
        observe(link.pk, remote, asked_at=asked_at, now=clock())
    return _confirmed(link, lease, remote, text, changes=changes, now=clock())


def changes_to(link: GitHubLink, remote: Remote, text: Saying) -> dict[str, str]:
    """What is to be sent so that GitHub shows what it should, without touching what somebody has written there.

    A title that somebody changed there stays theirs, and so does a text from which our part was taken out. A state is
    said once: when somebody has changed it since, theirs counts until it changes here.
    """
    changes = {}
    if remote.title != text.title and remote.title in (link.said_title, link.saying_title):
        changes["title"] = text.title
    body = with_block(remote.body, link, text.block)
    if body != remote.body:
        changes["body"] = body
    if text.state and text.state not in (remote.state, link.said_state):
        changes |= {"state": text.state} | ({"state_reason": text.reason} if text.reason else {})
    return changes


def _confirmed(
    link: GitHubLink, lease: str, remote: Remote, text: Saying, *, changes: Mapping[str, str], now: datetime
) -> str:
    """Keep what GitHub was told; our state counts as said whether GitHub took it or not, so that it is said once."""
    link.said_state = text.state or link.said_state
    done = {
        "said_state": link.said_state,
        "saying_state": "",
        "saying_title": "",
        "said_digest": saying(link).digest,
        "due_at": None,
        "attempts": 0,
        "problem": "",
        **FREE,
    }
    if changes:
        done["sent_at"] = now
    if remote.title == text.title:
        done["said_title"] = text.title
    if "state" in changes and remote.state != text.state:
        done["attention"] = gettext("GitHub has left it %(state)s, although it should be %(wanted)s.") % {
            "state": remote.state,
            "wanted": text.state,
        }
    if not _held(link, lease).update(**done):
        return "lost"
    return "changed" if changes else "same"


def _put_off(link: GitHubLink, lease: str, refusal: GitHubRefused, now: datetime) -> str:
    """Plan the next try, or stop the link."""
    if refusal.whole:
        resting.troubled(link.repository, refusal, now)
    nobodys_fault = refusal.whole and refusal.retry_after is not None
    attempts = link.attempts - 1 if nobodys_fault else link.attempts
    if refusal.permanent or attempts >= settings.SEND_ATTEMPTS:
        logger.warning("%s is stopped: %s", link, refusal.sentence)
        stopped = {"state": FollowState.STOPPED, "due_at": None, "problem": refusal.sentence}
        return "stopped" if _held(link, lease).update(attempts=attempts, **stopped, **FREE) else "lost"
    wait = max(
        refusal.retry_after or back_off(link.attempts, luck=secrets.randbelow(1000) / 1000),
        UNTIL_LISTED if refusal.unsure else timedelta(0),
    )
    later = {"due_at": now + wait, "problem": refusal.sentence, "attempts": attempts}
    return "retry" if _held(link, lease).update(**later, **FREE) else "lost"

"""What happens here when an issue at GitHub is closed, reopened, or gone.

The only ways into the workflow are "complete", "fail" and "reopen", through all their gates: nothing that happens at
GitHub validates anything. What was seen, the step and its note are one transaction, so an event counts once, also when
a worker is killed in the middle of it. What we have done there ourselves is recognised and is no event.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from tracker import amend, workflow
from tracker.choices import Door, FollowState, NoteKind, OnClosed, Status
from tracker.github.asking import halt
from tracker.github.client import Remote
from tracker.github.texts import CLOSED_THERE, COMPLETED, NOT_PLANNED, OPEN
from tracker.models import GitHubLink
from tracker.terminal import printable

logger = logging.getLogger(__name__)

DAY = timedelta(hours=24)
MOST_EVENTS_A_DAY = 30
DONE_HERE = (Status.COMPLETED, Status.VALIDATED, Status.CANCELLED)
# What can be known of the reason for a state; anything else is news from a GitHub that this site does not know yet.
REASONS = {OPEN: ("", "reopened"), CLOSED_THERE: ("", COMPLETED, NOT_PLANNED, "duplicate")}
CLOSED_AS = {
    COMPLETED: gettext_noop("%(link)s was closed at GitHub as completed."),
    NOT_PLANNED: gettext_noop("%(link)s was closed at GitHub as not planned."),
    "duplicate": gettext_noop("%(link)s was closed at GitHub as a duplicate."),
}
CLOSED = gettext_noop("%(link)s was closed at GitHub without a reason.")
REOPENING = {Status.COMPLETED: "fail", Status.VALIDATED: "reopen", Status.CANCELLED: "reopen"}


@transaction.atomic
def observe(link_id: int, remote: Remote, *, asked_at: datetime, now: datetime) -> bool:
    """Take in what GitHub said of an issue when it was asked at that moment; whether that was an event.

    An answer that may be older than what we have sent since, or seen already, says nothing.
    """
    link = _locked(link_id)
    if link.state != FollowState.FOLLOWED or (link.sent_at and asked_at < link.sent_at):
        return False
    if strange := _strange(link, remote):
        _halted(link, strange)
        return True
    if remote.updated_at < link.seen_updated_at:
        return False
    before, after = _seen(link.seen_state, link.seen_reason), _seen(remote.state, remote.reason)
    is_ours = bool(link.saying_state) and link.saying_state == remote.state
    _keep(link, remote, now)
    if before == after or is_ours:
        return False
    if _is_restless(link, now):
        _halted(
            link,
            gettext("It was closed and reopened at GitHub more than %(most)s times within a day.")
            % {"most": MOST_EVENTS_A_DAY},
        )
    else:
        (_closed if remote.state == CLOSED_THERE else _reopened)(link, remote, now)
    return True


@transaction.atomic
def gone(link_id: int, sentence: str) -> None:
    """Stop following an issue that is not there any more."""
    link = _locked(link_id)
    if link.state != FollowState.STOPPED:
        _halted(link, sentence)


def _strange(link: GitHubLink, remote: Remote) -> str:
    """Why what GitHub shows cannot be taken in, or ""."""
    if link.remote_id and remote.remote_id and link.remote_id != remote.remote_id:
        return gettext("GitHub shows another issue under the number %(number)s: is it still the same repository?") % {
            "number": link.number
        }
    if remote.reason not in REASONS.get(remote.state, ()):
        words = printable(f"“{remote.state}” ({remote.reason or gettext('no reason')})")
        return gettext("GitHub says that it is %(words)s, which is unknown here.") % {"words": words}
    return ""


def _seen(state: str, reason: str) -> tuple[str, str]:
    """What makes an event when it is another: why an issue is open does not."""
    return (state, reason if state == CLOSED_THERE else "")


def _is_restless(link: GitHubLink, now: datetime) -> bool:
    """Whether somebody, or a program, plays with the state there: each time would be a note and a step here."""
    notes = link.issue.notes.filter(door=Door.GITHUB, at__gt=now - DAY)
    return notes[: MOST_EVENTS_A_DAY + 1].count() > MOST_EVENTS_A_DAY


def _locked(link_id: int) -> GitHubLink:
    links = GitHubLink.objects.select_for_update(of=("self",))
    return links.select_related("issue", "repository").get(pk=link_id)


def _halted(link: GitHubLink, sentence: str) -> None:
    logger.warning("%s is not followed any more: %s", link, sentence)
    halt(link, sentence)


def _keep(link: GitHubLink, remote: Remote, now: datetime) -> None:
    if link.saying_state == remote.state:
        link.said_state, link.saying_state = remote.state, ""
    link.seen_state, link.seen_reason, link.seen_updated_at = remote.state, remote.reason, remote.updated_at
    link.looked_at = now
    link.save(update_fields=["said_state", "saying_state", "seen_state", "seen_reason", "seen_updated_at", "looked_at"])


def _closed(link: GitHubLink, remote: Remote, now: datetime) -> None:
    words = gettext(CLOSED_AS.get(remote.reason, CLOSED)) % {"link": link}
    status = Status(link.issue.status)
    if remote.reason != COMPLETED:
        _note(
            link,
            gettext("%(words)s Nothing was changed here: somebody who may has to decide.") % {"words": words},
            now,
            attention=True,
        )
    elif status in DONE_HERE:
        _note(
            link,
            gettext("%(words)s It is %(status)s here already.") % {"words": words, "status": status.label.lower()},
            now,
        )
    elif link.repository.on_closed == OnClosed.NOTE:
        _note(
            link,
            gettext("%(words)s Nothing was changed here: whether the work is done is for its owner to say.")
            % {"words": words},
            now,
        )
    else:
        _complete(link, words, now)


def _complete(link: GitHubLink, words: str, now: datetime) -> None:
    unknown = link.repository.on_closed == OnClosed.HOURS_UNKNOWN
    try:
        hand = {"actor": None, "door": Door.GITHUB, "now": now}
        workflow.apply("complete", link.issue_id, reason=words, hours_unknown=unknown, **hand)
    except workflow.TransitionRefused as refused:
        label = Status(link.issue.status).label.lower()
        _note(
            link,
            gettext("%(words)s It stays %(status)s here. %(refused)s")
            % {"words": words, "status": label, "refused": refused},
            now,
            attention=True,
        )
    else:
        _note(
            link,
            gettext("%(words)s It is completed here, and its validation is still to come.") % {"words": words},
            now,
        )


def _reopened(link: GitHubLink, remote: Remote, now: datetime) -> None:
    words = gettext("%(link)s was reopened at GitHub.") % {"link": link}
    status = Status(link.issue.status)
    step = REOPENING.get(status) if link.repository.reopens_here else None
    if step is None:
        differs = status in DONE_HERE
        _note(
            link,
            gettext("%(words)s Nothing was changed here: it is %(status)s.")
            % {"words": words, "status": status.label.lower()},
            now,
            attention=differs,
        )
        return
    try:
        hand = {"actor": None, "door": Door.GITHUB, "now": now}
        moved = workflow.apply(step, link.issue_id, reason=words, **hand)
        link.said_state, link.said_digest = OPEN, ""  # both agree: closing it here again is news there
    except workflow.TransitionRefused as refused:
        _note(
            link,
            gettext("%(words)s It stays %(status)s here. %(refused)s")
            % {"words": words, "status": status.label.lower(), "refused": refused},
            now,
            attention=True,
        )
    else:
        _note(
            link,
            gettext("%(words)s It is %(status)s here.")
            % {"words": words, "status": Status(moved.status).label.lower()},
            now,
        )


def _note(link: GitHubLink, text: str, now: datetime, *, attention: bool = False) -> None:
    """Write a note, of a kind that opens no gate; and say on the link that somebody has to look, or that nobody has."""
    amend.add_note(link.issue_id, text, kind=NoteKind.DECISION, actor=None, door=Door.GITHUB, now=now)
    link.attention = text if attention else ""
    link.save(update_fields=["attention", "said_state", "said_digest"])

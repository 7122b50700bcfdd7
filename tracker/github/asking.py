"""The wishes of people and of the rules of a repository: push an issue, stop following it, go on. Nothing is sent."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from tracker.choices import Door, FollowState, Status
from tracker.github.client import setup_problem
from tracker.history import keep, stamp
from tracker.models import FieldChange, GitHubLink, GitHubRepository, Issue
from tracker.permissions import FOLLOW_GITHUB, PUSH_TO_GITHUB, Actor, may
from tracker.querysets import CLOSED
from tracker.reasons import refusal as reason_refusal
from tracker.refusals import Refused

FIELD = "github"  # of the row of history


class PushRefused(Refused):
    """Nothing is pushed, stopped or resumed."""


@transaction.atomic
def ask(issue_id: int, repository: GitHubRepository, *, actor: Actor, door: Door, now: datetime) -> GitHubLink:
    """Put an issue into the outbox to a repository. Raises: PushRefused, also when it is there already."""
    issue = Issue.objects.locked(issue_id)
    link = GitHubLink.objects.filter(issue=issue, repository=repository).first()
    reasons = [
        may(actor, PUSH_TO_GITHUB, issue),
        "" if repository.active else gettext("%(repository)s is switched off.") % {"repository": repository},
        setup_problem(repository),
        gettext("%(reference)s is %(status)s: only live work is pushed.")
        % {"reference": issue.reference, "status": Status(issue.status).label.lower()}
        if issue.status in CLOSED
        else "",
        _there_already(link) if link else "",
    ]
    if found := [sentence for sentence in reasons if sentence]:
        raise PushRefused(found)
    link = GitHubLink.objects.create(issue=issue, repository=repository, created_at=now, created_by=actor, due_at=now)
    keep(FieldChange(issue=issue, field=FIELD, new=str(link), **stamp(actor, door, now)))
    return link


def offer(issues: list[Issue], repository: GitHubRepository, *, now: datetime) -> int:
    """Put issues into the outbox because the rules of the repository say so; how many were not there yet."""
    before = GitHubLink.objects.filter(repository=repository, issue__in=issues).count()
    links = [
        GitHubLink(issue=issue, repository=repository, created_at=now, due_at=now, automatic=True) for issue in issues
    ]
    GitHubLink.objects.bulk_create(links, ignore_conflicts=True)
    return len(issues) - before


@transaction.atomic
def stop(link_id: int, *, actor: Actor, door: Door, now: datetime, reason: str) -> GitHubLink:
    """Follow an issue no longer; the one at GitHub stays as it is. Raises: PushRefused."""
    link = _locked(link_id)
    reasons = [may(actor, FOLLOW_GITHUB, link.issue), reason_refusal(reason)]
    if not reason.strip():
        reasons.append(gettext("Stopping needs a reason: write it in a sentence."))
    if link.state == FollowState.STOPPED:
        reasons.append(gettext("%(link)s is stopped already.") % {"link": link})
    if found := [sentence for sentence in reasons if sentence]:
        raise PushRefused(found)
    row = stamp(actor, door, now)
    keep(
        FieldChange(issue=link.issue, field=FIELD, old=str(link), new=gettext("stopped"), reason=reason.strip(), **row)
    )
    halt(
        link,
        gettext("Stopped by %(name)s: %(reason)s") % {"name": row["actor_name"], "reason": reason.strip()},
        by_hand=True,
    )
    return link


@transaction.atomic
def resume(link_id: int, *, actor: Actor, door: Door, now: datetime) -> GitHubLink:
    """Let a stopped issue be pushed or followed again, with all its tries. Raises: PushRefused."""
    link = _locked(link_id)
    reasons = [may(actor, FOLLOW_GITHUB, link.issue)]
    if link.state != FollowState.STOPPED:
        reasons.append(gettext("%(link)s is not stopped.") % {"link": link})
    if found := [sentence for sentence in reasons if sentence]:
        raise PushRefused(found)
    link.state = FollowState.FOLLOWED if link.number else FollowState.PLANNED
    link.problem, link.attempts, link.due_at, link.looked_at, link.by_hand = "", 0, now, None, False
    link.save(update_fields=["state", "problem", "attempts", "due_at", "looked_at", "by_hand"])
    keep(FieldChange(issue=link.issue, field=FIELD, old=gettext("stopped"), new=str(link), **stamp(actor, door, now)))
    return link


@transaction.atomic
def looked_at(link_id: int, *, actor: Actor, door: Door, now: datetime) -> GitHubLink:
    """Say that somebody has looked at what asked for it. Raises: PushRefused."""
    link = _locked(link_id)
    if shut := may(actor, FOLLOW_GITHUB, link.issue):
        raise PushRefused(shut)
    if link.attention:
        row = stamp(actor, door, now)
        keep(FieldChange(issue=link.issue, field=FIELD, old=link.attention, new=gettext("looked at"), **row))
        link.attention = ""
        link.save(update_fields=["attention"])
    return link


def halt(link: GitHubLink, problem: str, *, by_hand: bool = False) -> None:
    """Stop a link for a reason; whatever was to be sent is not sent any more."""
    link.state, link.problem, link.due_at, link.by_hand = FollowState.STOPPED, problem, None, by_hand
    link.lease, link.leased_until = "", None
    link.save(update_fields=["state", "problem", "due_at", "by_hand", "lease", "leased_until"])


def _locked(link_id: int) -> GitHubLink:
    links = GitHubLink.objects.select_for_update(of=("self",))
    return links.select_related("issue__owner", "repository").get(pk=link_id)


def _there_already(link: GitHubLink) -> str:
    if link.state == FollowState.PLANNED:
        return gettext("It waits to be pushed to %(repository)s already.") % {"repository": link.repository}
    if link.state == FollowState.FOLLOWED:
        return gettext("It is there already, as %(link)s.") % {"link": link}
    return gettext("It was pushed to %(repository)s and stopped (%(problem)s): let that go on instead.") % {
        "repository": link.repository,
        "problem": link.problem,
    }

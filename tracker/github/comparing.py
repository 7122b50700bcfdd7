"""Finds what has changed here since the last comparison: what GitHub has to be told, and what has to be pushed.

The history says which issues have changed, by its indexes on time, so this costs what has happened and not what there
is. Rows may be committed a while after the moment that they bear: the last minutes are compared again each time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from tracker.choices import FollowState, Priority, PushMode
from tracker.github.asking import offer
from tracker.github.texts import saying
from tracker.models import FieldChange, GitHubLink, GitHubRepository, Issue, StatusChange
from tracker.querysets import OPEN_WORK
from tracker.teams import teams

COMMITTED_BY = timedelta(minutes=10)
MOST_ROWS = 2000  # of history that one run looks at
DAY = timedelta(hours=24)


@dataclass(slots=True)
class Compared:
    """How many links have something to tell, how many issues were put into the outbox, and how many have to wait."""

    changed: int = 0
    offered: int = 0
    held_back: int = 0

    def __str__(self) -> str:
        return f"{self.changed} changed, {self.offered} to be pushed" + (
            f", {self.held_back} held back" if self.held_back else ""
        )


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the history: what comes after `begin`, up to and with `end`."""

    begin: datetime
    end: datetime

    def issues(self) -> QuerySet:
        """The keys of the issues of which the history says something in it."""
        within = {"at__gt": self.begin, "at__lte": self.end}
        steps, fields = (
            model.objects.order_by().filter(**within).values("issue") for model in (StatusChange, FieldChange)
        )
        return steps.union(fields)


def compare(now: datetime) -> Compared:
    """Put what has changed into the outbox of every repository in use. Running it twice changes nothing."""
    counts = Compared()
    for repository in GitHubRepository.objects.filter(active=True):
        counts.changed += _changed(repository, now)
        if repository.push_mode == PushMode.AUTOMATIC:
            _offer(repository, now, counts)
    return counts


def _changed(repository: GitHubRepository, now: datetime) -> int:
    span = _span(repository.compared_until, now)
    links = GitHubLink.objects.filter(repository=repository, state=FollowState.FOLLOWED, due_at__isnull=True)
    changed = [
        link.pk
        for link in links.filter(issue__in=span.issues()).select_related("issue__owner", "repository")
        if saying(link).digest != link.said_digest
    ]
    # Not one that was stopped or taken up meanwhile: its row says something else by now.
    found = GitHubLink.objects.filter(pk__in=changed, state=FollowState.FOLLOWED, due_at__isnull=True)
    count = found.update(due_at=now)
    _keep(repository, "compared_until", _next_begin(span, now))
    return count


def _offer(repository: GitHubRepository, now: datetime, counts: Compared) -> None:
    span = _span(repository.offered_until, now)
    wanted = matching(repository).filter(pk__in=span.issues()).exclude(github_links__repository=repository)
    today = GitHubLink.objects.filter(repository=repository, automatic=True, created_at__gt=now - DAY).count()
    room = max(0, repository.most_a_day - today)
    issues = list(wanted.order_by("priority", "deadline", "pk")[: room + 1])
    counts.offered += offer(issues[:room], repository, now=now)
    if len(issues) > room:
        counts.held_back += 1
        _keep(repository, "held_back_since", repository.held_back_since or now)
        return  # what is left is found again, and this piece of the history with it
    _keep(repository, "held_back_since", None)
    _keep(repository, "offered_until", _next_begin(span, now))


def matching(repository: GitHubRepository) -> QuerySet[Issue]:
    """The open work that the rules of the repository mean."""
    urgent = [str(word) for word in Priority if word <= repository.least_urgent]
    issues = Issue.objects.filter(status__in=OPEN_WORK, priority__in=urgent)
    if systems := list(repository.systems.values_list("pk", flat=True)):
        issues = issues.filter(pk__in=Issue.systems.through.objects.filter(system__in=systems).values("issue"))
    if leads := list(repository.teams.values_list("pk", flat=True)):
        every = teams()
        issues = issues.filter(owner__in=[owner for lead in leads for owner in every.owners_in(lead)])
    return issues


def _span(until: datetime | None, now: datetime) -> Span:
    """The history since then, but for what is more than one run looks at."""
    begin = until or now - COMMITTED_BY
    moments = []
    for model in (StatusChange, FieldChange):
        rows = model.objects.filter(at__gt=begin).order_by("at").values_list("at", flat=True)
        moments += rows[MOST_ROWS : MOST_ROWS + 1]
    return Span(begin, min([*moments, now]))


def _next_begin(span: Span, now: datetime) -> datetime:
    """Where the next comparison begins: further on, and never after what may still be on its way."""
    return max(span.begin, min(span.end, now - COMMITTED_BY))


def _keep(repository: GitHubRepository, name: str, value: datetime | None) -> None:
    if getattr(repository, name) != value:
        setattr(repository, name, value)
        repository.save(update_fields=[name])

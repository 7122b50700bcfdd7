"""Questions asked of many rows. A method filters or annotates; it never writes, and it never reads a clock."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Self

from django.db import models
from django.db.models import Case, Count, F, FloatField, Q, When
from django.db.models.functions import Cast

from tracker.choices import Decision, Door, FollowState, ItemKind, NoteKind, Priority, ReturnDecision, Status

CLOSED = (Status.VALIDATED, Status.CANCELLED)
LIVE = tuple(status for status in Status if status not in CLOSED)
# Work that a deadline still binds: a completed issue waits for its validation, an accepted risk for its end date.
OPEN_WORK = (Status.IDENTIFIED, Status.PLANNED, Status.IN_PROGRESS, Status.BLOCKED, Status.FAILED)
# Open work that nothing but its owner holds up.
MOVING = tuple(status for status in OPEN_WORK if status != Status.BLOCKED)
WORK_ITEMS = tuple(kind for kind in ItemKind if kind != ItemKind.CHECK)
NOTHING = Q(pk__in=())


def any_of(conditions: list[Q]) -> Q:
    """One of the conditions; without any, nothing."""
    return reduce(or_, conditions, NOTHING)


class IssueQuerySet(models.QuerySet):
    """Questions about issues."""

    def untouched(self) -> Self:
        """Issues with which nobody has done anything since they were opened; the evidence they came with is nothing."""
        alone = self.filter(field_changes__isnull=True, measures__isnull=True, validation_runs__isnull=True)
        moved, noted = Q(changes__old_status__gt=""), Q(notes__at__gt=F("created_at"))
        said = Q(notes__kind__in=[kind for kind in NoteKind if kind != NoteKind.EVIDENCE])
        return alone.exclude(moved).exclude(noted).exclude(said)

    def locked(self, pk: int) -> models.Model:
        """The issue with its owner, for a change: until the transaction ends nobody else changes it."""
        return self.select_for_update(of=("self",)).select_related("owner").get(pk=pk)

    def live(self) -> Self:
        """Issues that are neither validated nor cancelled."""
        return self.filter(status__in=LIVE)

    def open_work(self) -> Self:
        """Issues on which somebody still has to work."""
        return self.filter(status__in=OPEN_WORK)

    def overdue(self, now: datetime) -> Self:
        """Open work whose deadline has come."""
        return self.open_work().filter(deadline__lte=now)

    def due_within(self, now: datetime, window: timedelta) -> Self:
        """Open work whose deadline comes within the window and has not come yet."""
        return self.open_work().filter(deadline__gt=now, deadline__lte=now + window)

    def due_soon(self, now: datetime, windows: Mapping[Priority, timedelta]) -> Self:
        """Open work whose deadline comes within the window of its priority and has not come yet."""
        soon = any_of([Q(priority=priority, deadline__lte=now + window) for priority, window in windows.items()])
        return self.due_within(now, max(windows.values(), default=timedelta(0))).filter(soon)

    def stalled(self, now: datetime, spans: Mapping[Priority, timedelta | None]) -> Self:
        """Open work, not blocked, about which nothing was written for the span of its priority; None is never."""
        still = [
            Q(priority=priority, worked_at__lte=now - span) for priority, span in spans.items() if span is not None
        ]
        return self.filter(any_of(still), status__in=MOVING)

    def blocked_since(self, moment: datetime) -> Self:
        """Issues that came to be blocked at that moment or before."""
        return self.filter(status=Status.BLOCKED, status_since__lte=moment)

    def validation_failed(self) -> Self:
        """Issues whose validation failed and that nobody works on again yet."""
        return self.filter(status=Status.FAILED)

    def past_acceptance(self, now: datetime) -> Self:
        """Issues whose risk is accepted although the acceptance has come to its end, or has none."""
        ended = Q(accepted_until__lte=now) | Q(accepted_until__isnull=True)
        return self.filter(ended, status=Status.ACCEPTED)

    def acceptance_ended(self, now: datetime) -> Self:
        """Those, and the issues that were reopened for it and that nobody has moved on since."""
        every = self.model._default_manager.order_by()
        reopened = every.filter(
            status=Status.IDENTIFIED,
            changes__old_status=Status.ACCEPTED,
            changes__new_status=Status.IDENTIFIED,
            changes__door=Door.TASK,
            changes__at=F("status_since"),
        )
        return self.filter(pk__in=every.past_acceptance(now).values("pk").union(reopened.values("pk")))

    def stops_release(self, now: datetime) -> Self:
        """P0 issues that are late or whose validation failed; an acceptance that has ended excuses nothing any more."""
        late = Q(status__in=OPEN_WORK, deadline__lte=now)
        ended = Q(accepted_until__lte=now) | Q(accepted_until__isnull=True)
        excused_no_more = Q(status=Status.ACCEPTED, deadline__lte=now) & ended
        failed = Q(status=Status.FAILED)
        return self.filter(late | excused_no_more | failed, is_closed=False, priority=Priority.P0)

    def not_of(self, user_id: int | None) -> Self:
        """Those whose owner has another account, or none."""
        return self.filter(Q(owner=None) | Q(owner__user=None) | ~Q(owner__user_id=user_id))

    def unassigned(self) -> Self:
        """Live issues without an owner."""
        return self.live().filter(owner__isnull=True)

    def urgent_without_owner(self) -> Self:
        """Live P0 and P1 issues without an owner."""
        return self.unassigned().filter(priority__in=(Priority.P0, Priority.P1))

    def with_confirmed_amount(self) -> Self:
        """Those on which somebody confirmed what they put at risk, open or not."""
        return self.filter(revenue_at_risk__isnull=False)

    def by_urgency(self) -> Self:
        """Live issues first, then by priority, then by deadline."""
        return self.order_by("is_closed", "priority", "deadline", "pk")


class AnalysisQuerySet(models.QuerySet):
    """Questions about analyses."""

    def waiting_for_review(self, since: datetime) -> Self:
        """Analyses with an entry that asks for work, was there at that moment and that nobody has decided about."""
        every = self.model._default_manager.order_by()
        there = Q(items__found_at__lte=since) | Q(items__found_at__isnull=True, imported_at__lte=since)
        waiting = every.filter(
            there,
            items__decision=Decision.PENDING,
            items__gone_at__isnull=True,
            items__kind__in=WORK_ITEMS,
        )
        return self.filter(pk__in=waiting.values("pk"))

    def returned_and_open(self) -> Self:
        """Analyses that a person confirmed as the return of an earlier one, with an issue that is not closed."""
        every = self.model._default_manager.order_by()
        returned = every.filter(returns__decision=ReturnDecision.CONFIRMED, issues__status__in=LIVE)
        return self.filter(pk__in=returned.values("pk"))

    def with_conversion(self) -> Self:
        """Annotate extracted, tracked, dismissed, pending (numbers) and conversion (0 to 1, None without issues)."""
        entries = Q(items__gone_at__isnull=True) & ~Q(items__kind=ItemKind.CHECK)
        counts = {
            "extracted": Count("items", filter=entries),
            "tracked": Count("items", filter=entries & Q(items__decision=Decision.ADDED)),
            "dismissed": Count("items", filter=entries & Q(items__decision=Decision.DISMISSED)),
            "pending": Count("items", filter=entries & Q(items__decision=Decision.PENDING)),
        }
        decided = Cast(F("tracked") + F("dismissed"), FloatField())
        return self.annotate(**counts).annotate(
            conversion=Case(When(extracted=0, then=None), default=decided / F("extracted"), output_field=FloatField())
        )


class ExtractedItemQuerySet(models.QuerySet):
    """Questions about extracted entries."""

    def issues(self) -> Self:
        """Entries that ask for work: everything but checks."""
        return self.exclude(kind=ItemKind.CHECK)

    def checks(self) -> Self:
        """Entries that must hold before an issue is validated."""
        return self.filter(kind=ItemKind.CHECK)

    def present(self) -> Self:
        """Entries that the latest text of the analysis still has."""
        return self.filter(gone_at__isnull=True)

    def pending(self) -> Self:
        """Entries that nobody has decided about."""
        return self.present().filter(decision=Decision.PENDING)


class RecurrenceQuerySet(models.QuerySet):
    """Questions about likely returns of earlier analyses."""

    def pending(self) -> Self:
        """Those that nobody has decided about."""
        return self.filter(decision=ReturnDecision.PENDING)

    def confirmed(self) -> Self:
        """Those that a person confirmed: what is counted."""
        return self.filter(decision=ReturnDecision.CONFIRMED)


class RevenueProfileQuerySet(models.QuerySet):
    """Questions about revenue profiles."""

    def in_force(self, on: date) -> Self:
        """The profile that counts on a day: the latest that has taken effect. None or one row."""
        return self.filter(effective_on__lte=on).order_by("-effective_on")[:1]


MANY_REJECTIONS = 3  # in a row: what passes by itself, such as a limit of calls, is mostly over


class GitHubRepositoryQuerySet(models.QuerySet):
    """Questions about the repositories of GitHub that issues are pushed to."""

    def awake(self, now: datetime) -> Self:
        """Those in use, which have not asked to be left alone."""
        return self.filter(Q(rests_until__isnull=True) | Q(rests_until__lte=now), active=True)

    def follow_due(self, now: datetime) -> Self:
        """Those to look at now."""
        return self.awake(now).filter(Q(follow_due_at__isnull=True) | Q(follow_due_at__lte=now))

    def refusing(self) -> Self:
        """Those in use that have refused us several times in a row: a token that ran out, a name that is no more."""
        return self.filter(active=True, rejections__gte=MANY_REJECTIONS)


class GitHubLinkQuerySet(models.QuerySet):
    """Questions about issues and their issues at GitHub."""

    def due(self, now: datetime) -> Self:
        """Those of which something is to be sent now and that no worker has."""
        free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
        return self.filter(free, due_at__lte=now).exclude(state=FollowState.STOPPED)

    def followed(self) -> Self:
        """Those that are looked at."""
        return self.filter(state=FollowState.FOLLOWED)

    def halted(self) -> Self:
        """Those that the site has stopped, and nobody by hand."""
        return self.filter(state=FollowState.STOPPED, by_hand=False)

    def troubled(self) -> Self:
        """Those that stopped, or that somebody has to look at."""
        return self.filter(Q(state=FollowState.STOPPED) | ~Q(attention=""))

"""Questions asked of many rows. A method filters or annotates; it never writes, and it never reads a clock."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Case, Count, F, FloatField, Q, When
from django.db.models.functions import Cast

from tracker.choices import Decision, ItemKind, Priority, ReturnDecision, Status

CLOSED = (Status.VALIDATED, Status.CANCELLED)
LIVE = tuple(status for status in Status if status not in CLOSED)
# Work that a deadline still binds: a completed issue waits for its validation, an accepted risk for its end date.
OPEN_WORK = (Status.IDENTIFIED, Status.PLANNED, Status.IN_PROGRESS, Status.BLOCKED, Status.FAILED)


class IssueQuerySet(models.QuerySet):
    """Questions about issues."""

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

    def unassigned(self) -> Self:
        """Live issues without an owner."""
        return self.live().filter(owner__isnull=True)

    def urgent_without_owner(self) -> Self:
        """Live P0 and P1 issues without an owner."""
        return self.unassigned().filter(priority__in=(Priority.P0, Priority.P1))

    def by_urgency(self) -> Self:
        """Live issues first, then by priority, then by deadline."""
        return self.order_by("is_closed", "priority", "deadline", "pk")


class AnalysisQuerySet(models.QuerySet):
    """Questions about analyses."""

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

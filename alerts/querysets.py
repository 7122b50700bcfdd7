"""Questions asked of many alerts and messages. A method filters or annotates; it never writes or reads a clock."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from alerts.choices import MessageState


class AlertQuerySet(models.QuerySet):
    """Questions about alerts."""

    def open(self) -> Self:
        """Alerts whose cause is still there."""
        return self.filter(resolved_at__isnull=True)

    def step_due(self, now: datetime) -> Self:
        """Open alerts of which somebody is to be told now."""
        return self.open().filter(next_step_at__lte=now)


class MessageQuerySet(models.QuerySet):
    """Questions about the outbox."""

    def due(self, now: datetime) -> Self:
        """Messages to be sent now; those whose lease ran out are taken over."""
        waiting = Q(state__in=(MessageState.PLANNED, MessageState.RETRY), due_at__lte=now)
        return self.filter(waiting | Q(state=MessageState.LEASED, leased_until__lte=now))

    def dead(self) -> Self:
        """Messages that nobody received."""
        return self.filter(state=MessageState.DEAD)

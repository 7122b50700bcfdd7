"""Questions asked of many alerts and messages. A method filters or annotates; it never writes or reads a clock."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from alerts.choices import Event, Level, MessageKind, MessageState
from tracker.permissions import SEE_REVENUE, Actor

DAY = timedelta(days=1)
OF_REVENUE = "revenue_at_risk"  # the rule whose sentence tells an amount
WAITING = (MessageState.PLANNED, MessageState.RETRY)
UNDELIVERED = (MessageState.DEAD, MessageState.PLANNED, MessageState.RETRY, MessageState.LEASED)


class AlertQuerySet(models.QuerySet):
    """Questions about alerts."""

    def open(self) -> Self:
        """Alerts whose cause is still there."""
        return self.filter(resolved_at__isnull=True)

    def of_user(self, user_id: int) -> Self:
        """Alerts about issues of the owner who has this account."""
        return self.filter(issue__owner__user_id=user_id)

    def seen_by(self, viewer: Actor) -> Self:
        """Without what tells an amount, unless the person may see the revenue or was told of it."""
        if viewer is None or viewer.has_perm(SEE_REVENUE):
            return self
        return self.exclude(Q(rule=OF_REVENUE) & ~Q(pk__in=self._told_to(viewer.pk).values("alert")))

    def escalated_to(self, user_id: int) -> Self:
        """Open alerts that were escalated to the owner who has this account: told at a level above the owner's own."""
        told = self._told_to(user_id).filter(level__gt=Level.OWNER)
        return self.open().filter(pk__in=told.values("alert"))

    def _told_to(self, user_id: int) -> models.QuerySet:
        """The steps that told the owner who has this account."""
        steps = self.model._meta.get_field("steps").related_model.objects
        return steps.order_by().filter(recipient__user_id=user_id)

    def quiet(self, now: datetime) -> Self:
        """Open alerts that somebody has acknowledged or snoozed, while that lasts."""
        return self.open().filter(silenced_until__gt=now)

    def loud(self, now: datetime) -> Self:
        """Open alerts that nobody keeps quiet."""
        return self.open().filter(Q(silenced_until__isnull=True) | Q(silenced_until__lte=now))

    def worst_first(self) -> Self:
        """Emergencies first, and of equal ones the newest; for a few alerts.

        The sum keeps PostgreSQL from walking the index of all open alerts in search of the few of one person.
        """
        return self.order_by(F("urgency") + 0, "-opened_at", "-pk")

    def step_due(self, now: datetime) -> Self:
        """Open alerts of which somebody is to be told now."""
        return self.open().filter(next_step_at__lte=now)

    def end_to_tell(self) -> Self:
        """Alerts that are over, and of which nobody has looked yet who is to be told that."""
        return self.filter(resolved_at__isnull=False, resolution_told=False)


class StepTakenQuerySet(models.QuerySet):
    """Questions about steps that were taken."""

    def told_to_nobody(self) -> Self:
        """The latest step of a level of an open alert, when nobody was found for it."""
        later = self.model._default_manager.filter(
            alert=OuterRef("alert"), level=OuterRef("level"), repeat__gt=OuterRef("repeat")
        )
        return self.filter(~Exists(later), recipient_name="", alert__resolved_at__isnull=True)


class DeliveryQuerySet(models.QuerySet):
    """Questions about what messages tell. One that was joined with another is as far as that one."""

    def in_state(self, state: MessageState) -> Self:
        """What was told by a message in that state."""
        return self.filter(Q(message__state=state) | Q(message__merged_into__state=state))

    def raised(self) -> Self:
        """What tells that an alert is there."""
        return self.filter(event=Event.RAISED)

    def still_news(self) -> Self:
        """What is still worth telling: alerts that go on, and the end of those that have ended."""
        return self.exclude(event=Event.RAISED, alert__resolved_at__isnull=False)

    def unheard(self) -> Self:
        """What was to tell of an open alert and did not arrive, when nothing told the same place of it since."""
        later = self.model._default_manager.in_state(MessageState.SENT).filter(
            alert=OuterRef("alert"),
            channel=OuterRef("channel"),
            recipient_key=OuterRef("recipient_key"),
            pk__gt=OuterRef("pk"),
        )
        dead = self.raised().in_state(MessageState.DEAD)
        return dead.filter(~Exists(later), alert__resolved_at__isnull=True)


class MessageQuerySet(models.QuerySet):
    """Questions about the outbox."""

    def waiting(self, now: datetime) -> Self:
        """Messages whose time has come and that nobody has in hand."""
        return self.filter(state__in=[str(state) for state in WAITING], due_at__lte=now)

    def abandoned(self, now: datetime) -> Self:
        """Messages whose worker has not ended its try in time: it is taken for dead."""
        return self.filter(state=MessageState.LEASED, leased_until__lte=now)

    def due(self, now: datetime) -> Self:
        """Messages to be sent now; those whose lease ran out are taken over."""
        return self.waiting(now) | self.abandoned(now)

    def of_awake_channels(self, now: datetime) -> Self:
        """Messages of channels that have not asked to be left alone until later."""
        return self.filter(Q(channel__rests_until__isnull=True) | Q(channel__rests_until__lte=now))

    def tried_since(self, channel_id: int, then: datetime) -> Self:
        """Messages that the channel was given after then, however that ended."""
        return self.filter(channel=channel_id, tried_at__gt=then)

    def joinable(self, now: datetime) -> Self:
        """Messages that can become one with others: waiting, of alerts, and received by nobody yet."""
        return (
            self.waiting(now)
            .filter(kind=MessageKind.ALERT, state=MessageState.PLANNED, tried_at__isnull=True)
            .filter(merged__isnull=True)
            .exclude(deliveries__alone=True)
        )

    def told_with(self, message_id: int) -> Self:
        """The message, and those that were joined to it: what they tell, it tells."""
        return self.filter(Q(pk=message_id) | Q(merged_into=message_id))

    def undelivered(self) -> Self:
        """Messages that nobody has received, and that somebody should."""
        return self.filter(state__in=UNDELIVERED)

    def held_back(self, now: datetime) -> Self:
        """Messages that wait for the end of somebody's quiet hours and take in what comes until then."""
        return self.filter(held=True, kind=MessageKind.ALERT, state=MessageState.PLANNED, attempts=0, due_at__gt=now)

    def not_received(self) -> Self:
        """Messages that nobody can have received so far: never tried, given up, or no longer needed."""
        untried = Q(state=MessageState.PLANNED, attempts=0)
        return self.filter(untried | Q(state__in=(MessageState.DEAD, MessageState.MOOT)))

    def dead(self) -> Self:
        """Messages that nobody received."""
        return self.filter(state=MessageState.DEAD)

    def missed(self, now: datetime) -> Self:
        """Dead messages of which somebody still misses something: an open alert; anything else for a day.

        A test message is left out: whoever sent it was shown what the channel answered.
        """
        told = Q(message=OuterRef("pk")) | Q(message__merged_into=OuterRef("pk"))
        deliveries = self.model.deliveries.rel.related_model._default_manager.filter(told)
        without_alerts = ~Exists(deliveries.raised()) & Q(planned_at__gt=now - DAY)
        return self.dead().exclude(kind=MessageKind.TEST).filter(Exists(deliveries.unheard()) | without_alerts)

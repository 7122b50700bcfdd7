"""The outbox: what is to be sent to whom by what, and how far it has come."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from alerts.choices import Event, Level, MessageKind, MessageState
from alerts.models.alerts import Alert
from alerts.models.routes import Channel
from alerts.querysets import WAITING, DeliveryQuerySet, MessageQuerySet
from tracker.models import Owner, choice


class Message(models.Model):
    """What leaves as one piece by one channel for one person, or for the place that the channel leads to."""

    kind = choice(MessageKind, MessageKind.ALERT)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="messages")
    recipient = models.ForeignKey(Owner, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    recipient_name = models.CharField(max_length=200, blank=True, help_text="Empty: the place the channel leads to.")
    idempotency_key = models.CharField(
        max_length=100, unique=True, help_text="Travels in the message; the same in each try."
    )
    state = choice(MessageState, MessageState.PLANNED)
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Not sent before: the end of quiet hours, or the next try.")
    held = models.BooleanField(
        default=False, help_text="Waits for the end of quiet hours, and takes in what comes until then."
    )
    leased_until = models.DateTimeField(null=True, blank=True, help_text="Until then one worker has it alone.")
    lease = models.CharField(max_length=40, blank=True, help_text="Of the worker that has it.")
    attempts = models.PositiveIntegerField(default=0, help_text="Begun tries; counted before the try.")
    tried_at = models.DateTimeField(
        null=True, blank=True, help_text="Begin of the latest try; empty: nobody can have received it."
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, help_text="What the channel said to the latest try, without secrets.")
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="merged", db_index=False
    )
    body = models.JSONField(default=dict, blank=True, help_text="What a digest, a report or a test message says.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("-planned_at", "-pk")
        indexes = [
            models.Index(
                fields=("due_at", "id"),
                condition=Q(state__in=[str(state) for state in WAITING]),
                name="message_waiting",
            ),
            models.Index(fields=("leased_until",), condition=Q(state=str(MessageState.LEASED)), name="message_leased"),
            models.Index(fields=("channel", "tried_at"), condition=Q(tried_at__isnull=False), name="message_tried"),
            models.Index(fields=("merged_into",), condition=Q(merged_into__isnull=False), name="message_merged_into"),
            models.Index(fields=("channel",), condition=Q(state=str(MessageState.DEAD)), name="message_dead"),
            models.Index(fields=("-planned_at", "-id"), name="message_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=str(MessageState.SENT), sent_at__isnull=False)
                | ~Q(state=str(MessageState.SENT)) & Q(sent_at__isnull=True),
                name="message_sent_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state=str(MessageState.LEASED), leased_until__isnull=False)
                | ~Q(state=str(MessageState.LEASED)) & Q(leased_until__isnull=True),
                name="message_leased_has_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.recipient_name or 'all'}: {self.state}"


class Enclosure(models.Model):
    """A picture that messages show, kept once for all of them. Their bodies name it by its SHA-256."""

    sha256 = models.CharField(max_length=64, unique=True)
    media_type = models.CharField(max_length=100)
    content = models.BinaryField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.media_type} {self.sha256[:12]}"


class Delivery(models.Model):
    """One alert told to one person (or place) by one channel, for one step; its message says how far it has come."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    event = choice(Event, Event.RAISED)
    level = models.PositiveSmallIntegerField(choices=Level.choices())
    repeat = models.PositiveIntegerField()
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    recipient_key = models.CharField(max_length=60, blank=True, help_text="owner:7; empty: the channel's own place.")
    alone = models.BooleanField(default=False, help_text="An emergency is sent alone as well as among others.")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=("alert", "event", "level", "repeat", "channel", "recipient_key", "alone"),
                name="delivery_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} level {self.level} repeat {self.repeat} by {self.channel_id}"

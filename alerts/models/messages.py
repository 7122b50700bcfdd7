"""The outbox: what is to be sent to whom by what, and how far it has come."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from alerts.choices import Event, Level, MessageKind, MessageState
from alerts.models.alerts import Alert
from alerts.models.routes import Channel
from alerts.querysets import WAITING, DeliveryQuerySet, MessageQuerySet
from tracker.models import Owner, choice
from tracker.models.columns import labelled


class Message(models.Model):
    """What leaves as one piece by one channel for one person, or for the place that the channel leads to."""

    kind = choice(MessageKind, MessageKind.ALERT, verbose_name=gettext_lazy("kind"))
    channel = models.ForeignKey(
        Channel, verbose_name=gettext_lazy("channel"), on_delete=models.PROTECT, related_name="messages"
    )
    recipient = models.ForeignKey(
        Owner,
        verbose_name=gettext_lazy("recipient"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    recipient_name = models.CharField(
        gettext_lazy("recipient name"),
        max_length=200,
        blank=True,
        help_text=gettext_lazy("Empty: the place the channel leads to."),
    )
    idempotency_key = models.CharField(
        gettext_lazy("idempotency key"),
        max_length=100,
        unique=True,
        help_text=gettext_lazy("Travels in the message; the same in each try."),
    )
    state = choice(MessageState, MessageState.PLANNED, verbose_name=gettext_lazy("state"))
    planned_at = models.DateTimeField(gettext_lazy("planned at"))
    due_at = models.DateTimeField(
        gettext_lazy("due at"), help_text=gettext_lazy("Not sent before: the end of quiet hours, or the next try.")
    )
    held = models.BooleanField(
        gettext_lazy("held"),
        default=False,
        help_text=gettext_lazy("Waits for the end of quiet hours, and takes in what comes until then."),
    )
    leased_until = models.DateTimeField(
        gettext_lazy("leased until"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Until then one worker has it alone."),
    )
    lease = models.CharField(
        gettext_lazy("lease"), max_length=40, blank=True, help_text=gettext_lazy("Of the worker that has it.")
    )
    attempts = models.PositiveIntegerField(
        gettext_lazy("attempts"), default=0, help_text=gettext_lazy("Begun tries; counted before the try.")
    )
    tried_at = models.DateTimeField(
        gettext_lazy("tried at"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Begin of the latest try; empty: nobody can have received it."),
    )
    sent_at = models.DateTimeField(gettext_lazy("sent at"), null=True, blank=True)
    answer = models.TextField(
        gettext_lazy("answer"),
        blank=True,
        help_text=gettext_lazy("What the channel said to the latest try, without secrets."),
    )
    merged_into = models.ForeignKey(
        "self",
        verbose_name=gettext_lazy("merged into"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="merged",
        db_index=False,
    )
    body = models.JSONField(
        gettext_lazy("body"),
        default=dict,
        blank=True,
        help_text=gettext_lazy("What a digest, a report or a test message says."),
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("requested by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("-planned_at", "-pk")
        verbose_name = gettext_lazy("message")
        verbose_name_plural = gettext_lazy("messages")
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
        words = {"channel": self.channel, "name": self.recipient_name, "state": self.state}
        if not self.recipient_name:
            return gettext("%(channel)s to all: %(state)s") % words
        return gettext("%(channel)s to %(name)s: %(state)s") % words


class Enclosure(models.Model):
    """A picture that messages show, kept once for all of them. Their bodies name it by its SHA-256."""

    sha256 = models.CharField(gettext_lazy("sha256"), max_length=64, unique=True)
    media_type = models.CharField(gettext_lazy("media type"), max_length=100)
    content = models.BinaryField(gettext_lazy("content"))
    created_at = models.DateTimeField(gettext_lazy("created at"))

    class Meta:
        verbose_name = gettext_lazy("enclosure")
        verbose_name_plural = gettext_lazy("enclosures")

    def __str__(self) -> str:
        return f"{self.media_type} {self.sha256[:12]}"


class Delivery(models.Model):
    """One alert told to one person (or place) by one channel, for one step; its message says how far it has come."""

    message = models.ForeignKey(
        Message, verbose_name=gettext_lazy("message"), on_delete=models.CASCADE, related_name="deliveries"
    )
    alert = models.ForeignKey(
        Alert, verbose_name=gettext_lazy("alert"), on_delete=models.CASCADE, related_name="deliveries"
    )
    event = choice(Event, Event.RAISED, verbose_name=gettext_lazy("event"))
    level = models.PositiveSmallIntegerField(gettext_lazy("level"), choices=labelled(Level))
    repeat = models.PositiveIntegerField(gettext_lazy("repeat"))
    channel = models.ForeignKey(
        Channel, verbose_name=gettext_lazy("channel"), on_delete=models.PROTECT, related_name="+"
    )
    recipient_key = models.CharField(
        gettext_lazy("recipient key"),
        max_length=60,
        blank=True,
        help_text=gettext_lazy("owner:7; empty: the channel's own place."),
    )
    alone = models.BooleanField(
        gettext_lazy("alone"),
        default=False,
        help_text=gettext_lazy("An emergency is sent alone as well as among others."),
    )

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = gettext_lazy("delivery")
        verbose_name_plural = gettext_lazy("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=("alert", "event", "level", "repeat", "channel", "recipient_key", "alone"),
                name="delivery_once",
            )
        ]

    def __str__(self) -> str:
        return gettext("%(alert)s level %(level)s repeat %(number)s by %(channel)s") % {
            "alert": self.alert_id,
            "level": self.level,
            "number": self.repeat,
            "channel": self.channel_id,
        }

"""What is wrong now, who was told of it, and what keeps it quiet."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from alerts.choices import Level, Severity, SilenceDoor, SilenceKind
from alerts.querysets import AlertQuerySet, StepTakenQuerySet
from tracker.choices import Priority
from tracker.models import Analysis, Issue, Owner, choice
from tracker.models.columns import labelled


class Alert(models.Model):
    """Something that a rule found wrong with a subject, from when it was found until the cause is gone."""

    rule = models.CharField(gettext_lazy("rule"), max_length=40, help_text=gettext_lazy("Key of alerts.rules."))
    subject = models.CharField(
        gettext_lazy("subject"),
        max_length=60,
        help_text=gettext_lazy("What it is about, as a key: issue:12, analysis:3, site."),
    )
    issue = models.ForeignKey(
        Issue,
        verbose_name=gettext_lazy("issue"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="alerts",
    )
    analysis = models.ForeignKey(
        Analysis,
        verbose_name=gettext_lazy("analysis"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="alerts",
    )
    sentence = models.CharField(
        gettext_lazy("sentence"), max_length=500, help_text=gettext_lazy("What is wrong, for a person.")
    )
    priority = choice(Priority, verbose_name=gettext_lazy("priority"), help_text=gettext_lazy("Decides the policy."))
    severity = choice(Severity, verbose_name=gettext_lazy("severity"))
    urgency = models.GeneratedField(
        verbose_name=gettext_lazy("urgency"),
        expression=Case(
            *(When(severity=str(word), then=Value(place)) for place, word in enumerate(reversed(Severity))),
            default=Value(len(Severity)),
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
        help_text=gettext_lazy("0 for an emergency, 3 for info: what a list is sorted by."),
    )
    policy = models.JSONField(
        gettext_lazy("policy"),
        help_text=gettext_lazy("The escalation policy as it was when the alert opened (alerts.escalation)."),
    )
    anchor_at = models.DateTimeField(
        gettext_lazy("anchor at"),
        help_text=gettext_lazy("From when the steps are counted: the deadline, or the start."),
    )
    opened_at = models.DateTimeField(gettext_lazy("opened at"))
    resolved_at = models.DateTimeField(gettext_lazy("resolved at"), null=True, blank=True)
    resolution = models.CharField(
        gettext_lazy("resolution"), max_length=300, blank=True, help_text=gettext_lazy("Why it ended.")
    )
    level = models.SmallIntegerField(
        gettext_lazy("level"), default=-1, help_text=gettext_lazy("The highest level that was told; -1 is nobody yet.")
    )
    next_step_at = models.DateTimeField(
        gettext_lazy("next step at"), null=True, blank=True, help_text=gettext_lazy("When somebody is told next.")
    )
    silenced_until = models.DateTimeField(
        gettext_lazy("silenced until"),
        null=True,
        blank=True,
        help_text=gettext_lazy("End of the silence that holds now."),
    )
    resolution_told = models.BooleanField(
        gettext_lazy("resolution told"),
        default=False,
        help_text=gettext_lazy("Whether the notices of its end are planned."),
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at", "-pk")
        verbose_name = gettext_lazy("alert")
        verbose_name_plural = gettext_lazy("alerts")
        permissions = [("acknowledge_alert", "Can acknowledge and snooze alerts")]
        indexes = [
            models.Index(fields=("next_step_at",), condition=Q(resolved_at__isnull=True), name="alert_next_step"),
            models.Index(fields=("issue", "rule"), condition=Q(resolved_at__isnull=True), name="alert_open_issue"),
            models.Index(  # what an evaluation compares with the issues, without the wide rows
                fields=("rule", "issue", "priority", "anchor_at", "id"),
                condition=Q(resolved_at__isnull=True),
                name="alert_open_rule",
            ),
            models.Index(fields=("resolved_at",), condition=Q(resolution_told=False), name="alert_to_tell"),
            models.Index(fields=("-opened_at", "-id"), name="alert_newest"),
            models.Index(
                fields=("urgency", "-opened_at", "-id"), condition=Q(resolved_at__isnull=True), name="alert_open_worst"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("rule", "subject"), condition=Q(resolved_at__isnull=True), name="alert_open_once_per_subject"
            ),
            models.CheckConstraint(
                condition=~Q(subject__startswith="issue:") | Q(issue__isnull=False), name="alert_of_issue_has_issue"
            ),
        ]

    def __str__(self) -> str:
        return self.sentence


class StepTaken(models.Model):
    """A level that was told, once (repeat 0) or again. Written together with its deliveries. Append-only."""

    alert = models.ForeignKey(Alert, verbose_name=gettext_lazy("alert"), on_delete=models.CASCADE, related_name="steps")
    level = models.PositiveSmallIntegerField(gettext_lazy("level"), choices=labelled(Level))
    repeat = models.PositiveIntegerField(gettext_lazy("repeat"))
    at = models.DateTimeField(gettext_lazy("at"))
    recipient = models.ForeignKey(
        Owner,
        verbose_name=gettext_lazy("recipient"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    recipient_name = models.CharField(
        gettext_lazy("recipient name"), max_length=200, blank=True, help_text=gettext_lazy("Empty: nobody was found.")
    )
    by_fallback = models.BooleanField(
        gettext_lazy("by fallback"),
        default=False,
        help_text=gettext_lazy("The line of reporting has nobody for the level."),
    )

    objects = StepTakenQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = gettext_lazy("step taken")
        verbose_name_plural = gettext_lazy("steps taken")
        indexes = [
            models.Index(fields=("at",), condition=Q(repeat=0), name="step_first_at"),
            models.Index(fields=("level",), condition=Q(recipient_name=""), name="step_told_to_nobody"),
            models.Index(fields=("recipient", "alert"), condition=Q(level__gt=Level.OWNER), name="step_escalated"),
        ]
        constraints = [models.UniqueConstraint(fields=("alert", "level", "repeat"), name="step_once")]

    def __str__(self) -> str:
        return gettext("%(level)s, repeat %(number)s") % {"level": Level(self.level).label, "number": self.repeat}


class Silence(models.Model):
    """An acknowledgement or snooze of an alert. Append-only, but for the moment at which it was ended early."""

    alert = models.ForeignKey(
        Alert, verbose_name=gettext_lazy("alert"), on_delete=models.CASCADE, related_name="silences"
    )
    kind = choice(SilenceKind, verbose_name=gettext_lazy("kind"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    by_name = models.CharField(
        gettext_lazy("by name"), max_length=200, help_text=gettext_lazy("Kept when the user is deleted.")
    )
    door = choice(SilenceDoor, verbose_name=gettext_lazy("door"))
    link = models.CharField(
        gettext_lazy("link"),
        max_length=100,
        null=True,
        blank=True,
        unique=True,
        help_text=gettext_lazy("The one-time link used."),
    )
    at = models.DateTimeField(gettext_lazy("at"))
    until = models.DateTimeField(gettext_lazy("until"))
    reason = models.TextField(gettext_lazy("reason"), blank=True)
    ended_at = models.DateTimeField(
        gettext_lazy("ended at"), null=True, blank=True, help_text=gettext_lazy("When it was ended before its time.")
    )

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = gettext_lazy("silence")
        verbose_name_plural = gettext_lazy("silences")
        indexes = [models.Index(fields=("at",), name="silence_at")]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=models.F("at")), name="silence_has_a_length"),
            models.CheckConstraint(
                condition=~Q(kind=str(SilenceKind.SNOOZED)) | ~Q(reason=""), name="silence_snoozed_with_reason"
            ),
        ]

    def __str__(self) -> str:
        if self.kind == SilenceKind.SNOOZED:
            return gettext("snoozed by %(name)s") % {"name": self.by_name}
        return gettext("acknowledged by %(name)s") % {"name": self.by_name}


class Tick(models.Model):
    """One evaluation: the heartbeat of the watch."""

    at = models.DateTimeField(gettext_lazy("at"), unique=True)
    finished_at = models.DateTimeField(
        gettext_lazy("finished at"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Empty: it is running, or it failed."),
    )
    opened = models.PositiveIntegerField(gettext_lazy("opened"), default=0)
    resolved = models.PositiveIntegerField(gettext_lazy("resolved"), default=0)
    steps = models.PositiveIntegerField(gettext_lazy("steps"), default=0)
    error = models.CharField(gettext_lazy("error"), max_length=300, blank=True)

    class Meta:
        ordering = ("-at",)
        verbose_name = gettext_lazy("tick")
        verbose_name_plural = gettext_lazy("ticks")

    def __str__(self) -> str:
        counts = gettext("%(opened)s opened, %(resolved)s resolved") % {
            "opened": self.opened,
            "resolved": self.resolved,
        }
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M:%S}: {self.error or counts}"

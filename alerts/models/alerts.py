"""What is wrong now, who was told of it, and what keeps it quiet."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When

from alerts.choices import Level, Severity, SilenceDoor, SilenceKind
from alerts.querysets import AlertQuerySet, StepTakenQuerySet
from tracker.choices import Priority
from tracker.models import Analysis, Issue, Owner, choice


class Alert(models.Model):
    """Something that a rule found wrong with a subject, from when it was found until the cause is gone."""

    rule = models.CharField(max_length=40, help_text="Key of alerts.rules.")
    subject = models.CharField(max_length=60, help_text="What it is about, as a key: issue:12, analysis:3, site.")
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts")
    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts")
    sentence = models.CharField(max_length=500, help_text="What is wrong, for a person.")
    priority = choice(Priority, help_text="Decides the policy.")
    severity = choice(Severity)
    urgency = models.GeneratedField(
        expression=Case(
            *(When(severity=str(word), then=Value(place)) for place, word in enumerate(reversed(Severity))),
            default=Value(len(Severity)),
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
        help_text="0 for an emergency, 3 for info: what a list is sorted by.",
    )
    policy = models.JSONField(help_text="The escalation policy as it was when the alert opened (alerts.escalation).")
    anchor_at = models.DateTimeField(help_text="From when the steps are counted: the deadline, or the start.")
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=300, blank=True, help_text="Why it ended.")
    level = models.SmallIntegerField(default=-1, help_text="The highest level that was told; -1 is nobody yet.")
    next_step_at = models.DateTimeField(null=True, blank=True, help_text="When somebody is told next.")
    silenced_until = models.DateTimeField(null=True, blank=True, help_text="End of the silence that holds now.")
    resolution_told = models.BooleanField(default=False, help_text="Whether the notices of its end are planned.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at", "-pk")
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

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="steps")
    level = models.PositiveSmallIntegerField(choices=Level.choices())
    repeat = models.PositiveIntegerField()
    at = models.DateTimeField()
    recipient = models.ForeignKey(Owner, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    recipient_name = models.CharField(max_length=200, blank=True, help_text="Empty: nobody was found.")
    by_fallback = models.BooleanField(default=False, help_text="The line of reporting has nobody for the level.")

    objects = StepTakenQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name_plural = "steps taken"
        indexes = [
            models.Index(fields=("at",), condition=Q(repeat=0), name="step_first_at"),
            models.Index(fields=("level",), condition=Q(recipient_name=""), name="step_told_to_nobody"),
            models.Index(fields=("recipient", "alert"), condition=Q(level__gt=Level.OWNER), name="step_escalated"),
        ]
        constraints = [models.UniqueConstraint(fields=("alert", "level", "repeat"), name="step_once")]

    def __str__(self) -> str:
        return f"{Level(self.level).label}, repeat {self.repeat}"


class Silence(models.Model):
    """An acknowledgement or snooze of an alert. Append-only, but for the moment at which it was ended early."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="silences")
    kind = choice(SilenceKind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=200, help_text="Kept when the user is deleted.")
    door = choice(SilenceDoor)
    link = models.CharField(max_length=100, null=True, blank=True, unique=True, help_text="The one-time link used.")
    at = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was ended before its time.")

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=("at",), name="silence_at")]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=models.F("at")), name="silence_has_a_length"),
            models.CheckConstraint(
                condition=~Q(kind=str(SilenceKind.SNOOZED)) | ~Q(reason=""), name="silence_snoozed_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by_name}"


class Tick(models.Model):
    """One evaluation: the heartbeat of the watch."""

    at = models.DateTimeField(unique=True)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it is running, or it failed.")
    opened = models.PositiveIntegerField(default=0)
    resolved = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}: {self.error or f'{self.opened} opened, {self.resolved} resolved'}"

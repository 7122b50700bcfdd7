"""By what route somebody is told: channels, policies, quiet hours, and the settings of the rules."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from alerts.choices import ChannelKind, Level
from tracker.choices import Priority
from tracker.models import Owner, choice

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_QUIET_HOURS = 31 * 24
QUIET_HOURS = ("acknowledge_hours_p0", "acknowledge_hours", "snooze_most_hours")


class AlertSettings(models.Model):
    """The one row (pk 1) of thresholds that do not depend on a priority."""

    pending_review_hours = models.PositiveIntegerField(
        default=2,
        validators=[MinValueValidator(1)],
        help_text="After so long an analysis waits too long for its review.",
    )
    blocked_hours = models.PositiveIntegerField(
        default=24, validators=[MinValueValidator(1)], help_text="After so long an issue is blocked too long."
    )
    revenue_warning = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        default=1000,
        validators=[MinValueValidator(0)],
        help_text="Revenue at risk per month from which it is a warning, in the currency of the revenue profile.",
    )
    revenue_critical = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        default=5000,
        validators=[MinValueValidator(0)],
        help_text="… and from which it is critical.",
    )
    acknowledge_hours_p0 = models.PositiveIntegerField(
        default=8, validators=[MinValueValidator(1)], help_text="An acknowledged P0 is quiet for so long."
    )
    acknowledge_hours = models.PositiveIntegerField(
        default=24, validators=[MinValueValidator(1)], help_text="Every other acknowledged alert is quiet for so long."
    )
    snooze_most_hours = models.PositiveIntegerField(
        default=72, validators=[MinValueValidator(1)], help_text="Nobody snoozes an alert for longer."
    )
    digest_hour = models.PositiveSmallIntegerField(
        default=8,
        validators=[MaxValueValidator(23)],
        help_text="Hour of the person's own day at which the digest goes out.",
    )
    fallback = models.ForeignKey(
        Owner,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Told when no other person can be found.",
    )

    class Meta:
        verbose_name_plural = "alert settings"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="alert_settings_one_row"),
            models.CheckConstraint(
                condition=Q(revenue_warning__lte=F("revenue_critical")),
                name="alert_settings_warning_below_critical",
                violation_error_message="The warning threshold of revenue at risk lies at or below the critical one.",
            ),
        ]

    def __str__(self) -> str:
        return "Alert settings"

    def clean(self) -> None:
        """Refuse to let alerts be quiet for so long that they are forgotten."""
        hours = {name: getattr(self, name) for name in QUIET_HOURS}
        sentence = f"An alert is quiet for at most {MOST_QUIET_HOURS} hours (31 days)."
        if errors := {name: sentence for name, given in hours.items() if given and given > MOST_QUIET_HOURS}:
            raise ValidationError(errors)

    @classmethod
    def current(cls) -> "AlertSettings":
        """The row; what a new site has when somebody has deleted it."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Channel(models.Model):
    """A way by which messages leave. Its secret is named by an environment variable or stored encrypted."""

    name = models.CharField(max_length=80, unique=True)
    kind = choice(ChannelKind)
    active = models.BooleanField(default=True)
    address = models.CharField(
        max_length=500, blank=True, help_text="Where it leads, when that is no secret: the URL of a webhook."
    )
    secret_variable = models.CharField(
        max_length=100, blank=True, help_text="Environment variable that holds its secret, such as SLACK_BOT_TOKEN."
    )
    secret_encrypted = models.BinaryField(null=True, blank=True, editable=False)
    per_minute = models.PositiveIntegerField(
        default=30, validators=[MinValueValidator(1)], help_text="Most messages in a minute; the rest is joined."
    )
    rests_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="It has asked to be left alone until then."
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class EscalationPolicy(models.Model):
    """Who is told when, for the alerts of one priority. A copy is frozen into an alert when it opens."""

    priority = choice(Priority, unique=True)
    fallback = models.ForeignKey(
        Owner,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Told when the owner's line of reporting has nobody for a level.",
    )

    class Meta:
        ordering = ("priority",)
        verbose_name_plural = "escalation policies"

    def __str__(self) -> str:
        return f"Escalation of {self.priority}"


class EscalationStep(models.Model):
    """One level of a policy: from when on it is told, by what, and how often again."""

    policy = models.ForeignKey(EscalationPolicy, on_delete=models.CASCADE, related_name="steps")
    level = models.PositiveSmallIntegerField(choices=Level.choices())
    after_hours = models.PositiveIntegerField(help_text="Hours after the deadline (or the start of the alert).")
    repeat_hours = models.PositiveIntegerField(
        validators=[MinValueValidator(1)], help_text="Told again after so many hours, until the cause is gone."
    )
    held_by_quiet_hours = models.BooleanField(default=True, help_text="Waits for the end of the person's quiet hours.")
    channels = models.ManyToManyField(Channel, related_name="steps", blank=True)

    class Meta:
        ordering = ("policy", "level")
        constraints = [
            models.UniqueConstraint(fields=("policy", "level"), name="escalation_step_once_per_level"),
            models.CheckConstraint(condition=Q(repeat_hours__gt=0), name="escalation_step_repeats"),
        ]

    def __str__(self) -> str:
        return f"{self.policy}, {Level(self.level).label}"


class QuietHours(models.Model):
    """Hours of the person's own day in which messages wait; past midnight when they end before they start."""

    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="quiet_hours")
    weekday = models.PositiveSmallIntegerField(choices=list(enumerate(WEEKDAYS)), help_text="On which they start.")
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering = ("owner", "weekday", "starts")
        verbose_name_plural = "quiet hours"
        permissions = [("keep_own_quiet_hours", "Can keep their own quiet hours")]
        constraints = [
            models.UniqueConstraint(fields=("owner", "weekday", "starts"), name="quiet_hours_once"),
            models.CheckConstraint(condition=~Q(starts=F("ends")), name="quiet_hours_have_a_length"),
        ]

    def __str__(self) -> str:
        return f"{self.owner}: {WEEKDAYS[self.weekday]} {self.starts:%H:%M} to {self.ends:%H:%M}"

    def clean(self) -> None:
        """Refuse hours that start when they end."""
        if self.starts and self.starts == self.ends:
            raise ValidationError("Quiet hours end at another time than they start.")

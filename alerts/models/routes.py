"""By what route somebody is told: channels, policies, quiet hours, and the settings of the rules."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from alerts.choices import ChannelKind, Level
from tracker.choices import Priority
from tracker.models import Owner, choice
from tracker.models.columns import labelled

WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
MOST_QUIET_HOURS = 31 * 24
QUIET_HOURS = ("acknowledge_hours_p0", "acknowledge_hours", "snooze_most_hours")


class AlertSettings(models.Model):
    """The one row (pk 1) of thresholds that do not depend on a priority."""

    pending_review_hours = models.PositiveIntegerField(
        gettext_lazy("pending review hours"),
        default=2,
        validators=[MinValueValidator(1)],
        help_text=gettext_lazy("After so long an analysis waits too long for its review."),
    )
    blocked_hours = models.PositiveIntegerField(
        gettext_lazy("blocked hours"),
        default=24,
        validators=[MinValueValidator(1)],
        help_text=gettext_lazy("After so long an issue is blocked too long."),
    )
    revenue_warning = models.DecimalField(
        gettext_lazy("revenue warning"),
        max_digits=14,
        decimal_places=2,
        default=1000,
        validators=[MinValueValidator(0)],
        help_text=gettext_lazy(
            "Revenue at risk per month from which it is a warning, in the currency of the revenue profile."
        ),
    )
    revenue_critical = models.DecimalField(
        gettext_lazy("revenue critical"),
        max_digits=14,
        decimal_places=2,
        default=5000,
        validators=[MinValueValidator(0)],
        help_text=gettext_lazy("… and from which it is critical."),
    )
    acknowledge_hours_p0 = models.PositiveIntegerField(
        gettext_lazy("acknowledge hours p0"),
        default=8,
        validators=[MinValueValidator(1)],
        help_text=gettext_lazy("An acknowledged P0 is quiet for so long."),
    )
    acknowledge_hours = models.PositiveIntegerField(
        gettext_lazy("acknowledge hours"),
        default=24,
        validators=[MinValueValidator(1)],
        help_text=gettext_lazy("Every other acknowledged alert is quiet for so long."),
    )
    snooze_most_hours = models.PositiveIntegerField(
        gettext_lazy("snooze most hours"),
        default=72,
        validators=[MinValueValidator(1)],
        help_text=gettext_lazy("Nobody snoozes an alert for longer."),
    )
    digest_hour = models.PositiveSmallIntegerField(
        gettext_lazy("digest hour"),
        default=8,
        validators=[MaxValueValidator(23)],
        help_text=gettext_lazy("Hour of the person's own day at which the digest goes out."),
    )
    fallback = models.ForeignKey(
        Owner,
        verbose_name=gettext_lazy("fallback"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=gettext_lazy("Told when no other person can be found."),
    )

    class Meta:
        verbose_name = gettext_lazy("alert settings")
        verbose_name_plural = gettext_lazy("alert settings")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="alert_settings_one_row"),
            models.CheckConstraint(
                condition=Q(revenue_warning__lte=F("revenue_critical")),
                name="alert_settings_warning_below_critical",
                violation_error_message=gettext_lazy(
                    "The warning threshold of revenue at risk lies at or below the critical one."
                ),
            ),
        ]

    def __str__(self) -> str:
        return gettext("Alert settings")

    def clean(self) -> None:
        """Refuse to let alerts be quiet for so long that they are forgotten."""
        hours = {name: getattr(self, name) for name in QUIET_HOURS}
        sentence = gettext("An alert is quiet for at most %(hours)s hours (31 days).") % {"hours": MOST_QUIET_HOURS}
        if errors := {name: sentence for name, given in hours.items() if given and given > MOST_QUIET_HOURS}:
            raise ValidationError(errors)

    @classmethod
    def current(cls) -> "AlertSettings":
        """The row; what a new site has when somebody has deleted it."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Channel(models.Model):
    """A way by which messages leave. Its secret is named by an environment variable or stored encrypted."""

    name = models.CharField(gettext_lazy("name"), max_length=80, unique=True)
    kind = choice(ChannelKind, verbose_name=gettext_lazy("kind"))
    active = models.BooleanField(gettext_lazy("active"), default=True)
    address = models.CharField(
        gettext_lazy("address"),
        max_length=500,
        blank=True,
        help_text=gettext_lazy("Where it leads, when that is no secret: the URL of a webhook."),
    )
    secret_variable = models.CharField(
        gettext_lazy("secret variable"),
        max_length=100,
        blank=True,
        help_text=gettext_lazy("Environment variable that holds its secret, such as SLACK_BOT_TOKEN."),
    )
    secret_encrypted = models.BinaryField(gettext_lazy("secret encrypted"), null=True, blank=True, editable=False)
    per_minute = models.PositiveIntegerField(
        gettext_lazy("per minute"),
        default=30,
        validators=[MinValueValidator(1)],
        help_text=gettext_lazy("So many messages in a minute at most; what is more goes out together as one."),
    )
    rests_until = models.DateTimeField(
        gettext_lazy("rests until"),
        null=True,
        blank=True,
        editable=False,
        help_text=gettext_lazy("It has asked to be left alone until then."),
    )

    class Meta:
        ordering = ("name",)
        verbose_name = gettext_lazy("channel")
        verbose_name_plural = gettext_lazy("channels")

    def __str__(self) -> str:
        return self.name


class EscalationPolicy(models.Model):
    """Who is told when, for the alerts of one priority. A copy is frozen into an alert when it opens."""

    priority = choice(Priority, verbose_name=gettext_lazy("priority"), unique=True)
    fallback = models.ForeignKey(
        Owner,
        verbose_name=gettext_lazy("fallback"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=gettext_lazy("Told when the owner's line of reporting has nobody for a level."),
    )

    class Meta:
        ordering = ("priority",)
        verbose_name = gettext_lazy("escalation policy")
        verbose_name_plural = gettext_lazy("escalation policies")

    def __str__(self) -> str:
        return gettext("Escalation of %(priority)s") % {"priority": self.priority}


class EscalationStep(models.Model):
    """One level of a policy: from when on it is told, by what, and how often again."""

    policy = models.ForeignKey(
        EscalationPolicy, verbose_name=gettext_lazy("policy"), on_delete=models.CASCADE, related_name="steps"
    )
    level = models.PositiveSmallIntegerField(gettext_lazy("level"), choices=labelled(Level))
    after_hours = models.PositiveIntegerField(
        gettext_lazy("after hours"), help_text=gettext_lazy("Hours after the deadline (or the start of the alert).")
    )
    repeat_hours = models.PositiveIntegerField(
        gettext_lazy("repeat hours"),
        validators=[MinValueValidator(1)],
        help_text=gettext_lazy("Told again after so many hours, until the cause is gone."),
    )
    held_by_quiet_hours = models.BooleanField(
        gettext_lazy("held by quiet hours"),
        default=True,
        help_text=gettext_lazy("Waits for the end of the person's quiet hours."),
    )
    channels = models.ManyToManyField(Channel, verbose_name=gettext_lazy("channels"), related_name="steps", blank=True)

    class Meta:
        ordering = ("policy", "level")
        verbose_name = gettext_lazy("escalation step")
        verbose_name_plural = gettext_lazy("escalation steps")
        constraints = [
            models.UniqueConstraint(fields=("policy", "level"), name="escalation_step_once_per_level"),
            models.CheckConstraint(condition=Q(repeat_hours__gt=0), name="escalation_step_repeats"),
        ]

    def __str__(self) -> str:
        return f"{self.policy}, {Level(self.level).label}"


SAME_QUIET_HOURS = gettext_noop("There are quiet hours from that time on that weekday already.")


class QuietHours(models.Model):
    """Hours of the person's own day in which messages wait; past midnight when they end before they start."""

    owner = models.ForeignKey(
        Owner, verbose_name=gettext_lazy("owner"), on_delete=models.CASCADE, related_name="quiet_hours"
    )
    weekday = models.PositiveSmallIntegerField(
        gettext_lazy("weekday"), choices=list(enumerate(WEEKDAYS)), help_text=gettext_lazy("On which they start.")
    )
    starts = models.TimeField(gettext_lazy("starts"))
    ends = models.TimeField(gettext_lazy("ends"))

    class Meta:
        ordering = ("owner", "weekday", "starts")
        verbose_name = gettext_lazy("quiet hours")
        verbose_name_plural = gettext_lazy("quiet hours")
        permissions = [("keep_own_quiet_hours", "Can keep their own quiet hours")]
        constraints = [
            models.UniqueConstraint(
                fields=("owner", "weekday", "starts"),
                name="quiet_hours_once",
                violation_error_message=gettext_lazy(SAME_QUIET_HOURS),
            ),
            models.CheckConstraint(
                condition=~Q(starts=F("ends")),
                name="quiet_hours_have_a_length",
                violation_error_message=gettext_lazy("Quiet hours end at another time than they start."),
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(owner)s: %(weekday)s %(start)s to %(end)s") % {
            "owner": self.owner,
            "weekday": WEEKDAYS[self.weekday],
            "start": f"{self.starts:%H:%M}",
            "end": f"{self.ends:%H:%M}",
        }

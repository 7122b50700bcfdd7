"""Who does the work, which parts the product has, and how long work may take."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext, gettext_lazy

from tracker.choices import CalendarKind, Priority, Role
from tracker.deadlines import MOST_HOURS, Calendar, Policy
from tracker.models.columns import choice, known_time_zone
from tracker.thresholds import LATENESS_IN_ORDER, Thresholds


class Owner(models.Model):
    """Somebody who does the work, or to whom it is escalated."""

    name = models.CharField(gettext_lazy("name"), max_length=200)
    email = models.EmailField(gettext_lazy("email"), blank=True)
    slack_name = models.CharField(
        gettext_lazy("slack name"), max_length=80, blank=True, help_text=gettext_lazy("Without the @.")
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="owner",
        verbose_name=gettext_lazy("user"),
    )
    reports_to = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=gettext_lazy("reports to"),
    )
    role = choice(Role, Role.ENGINEER, verbose_name=gettext_lazy("role"))
    time_zone = models.CharField(
        gettext_lazy("time zone"),
        max_length=64,
        blank=True,
        validators=[known_time_zone],
        help_text=gettext_lazy("Empty: the site's."),
    )

    class Meta:
        verbose_name = gettext_lazy("owner")
        verbose_name_plural = gettext_lazy("owners")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="owner_name_unique",
                violation_error_message=gettext_lazy("There is an owner of this name already."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="owner_email_unique",
                condition=~Q(email=""),
                violation_error_message=gettext_lazy("There is an owner with this address already."),
            ),
            models.UniqueConstraint(
                Lower("slack_name"),
                name="owner_slack_name_unique",
                condition=~Q(slack_name=""),
                violation_error_message=gettext_lazy("There is an owner with this name in Slack already."),
            ),
            models.CheckConstraint(condition=~Q(reports_to=models.F("pk")), name="owner_reports_to_another"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a line of reporting that comes back to this person: an escalation would go round in it."""
        above, seen = self.reports_to, set()
        while above is not None and above.pk != self.pk and above.pk not in seen:
            seen.add(above.pk)
            above = above.reports_to
        if above is not None and above.pk == self.pk:
            sentence = gettext("Nobody reports to themselves, over others neither: choose another.")
            raise ValidationError({"reports_to": sentence})


class System(models.Model):
    """A part of the product that an issue affects, found by its keywords."""

    name = models.CharField(gettext_lazy("name"), max_length=100, unique=True)
    keywords = models.TextField(
        gettext_lazy("keywords"),
        blank=True,
        help_text=gettext_lazy("Words that name it in a text, one a line; matched whole."),
    )
    default_owner = models.ForeignKey(
        Owner,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="systems",
        verbose_name=gettext_lazy("default owner"),
    )

    class Meta:
        verbose_name = gettext_lazy("system")
        verbose_name_plural = gettext_lazy("systems")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def keyword_list(self) -> list[str]:
        """The keywords, cleaned; the name itself when there are none."""
        return [word for line in self.keywords.splitlines() if (word := line.strip())] or [self.name]


def threshold(help_text: str, *, least: int = 0, **options) -> models.PositiveIntegerField:
    """A column of hours, at most ten years."""
    between = [MinValueValidator(least), MaxValueValidator(MOST_HOURS)]
    return models.PositiveIntegerField(validators=between, help_text=help_text, **options)


def threshold_or_never(help_text: str, *, least: int = 0, **options) -> models.PositiveIntegerField:
    """A column of hours that may be empty."""
    return threshold(help_text, least=least, null=True, blank=True, **options)


class PriorityPolicy(models.Model):
    """How long an issue of a priority may take, which hours count, and from when on it is worth an alert."""

    priority = choice(Priority, unique=True, verbose_name=gettext_lazy("priority"))
    hours = models.PositiveIntegerField(
        gettext_lazy("hours"), help_text=gettext_lazy("Time from import to deadline, in hours; 24 h are one day.")
    )
    calendar = choice(CalendarKind, CalendarKind.ALWAYS, verbose_name=gettext_lazy("calendar"))
    country = models.CharField(
        gettext_lazy("country"),
        max_length=2,
        blank=True,
        help_text=gettext_lazy("Two letters, such as DE: on its public holidays the clock stands still."),
    )
    subdivision = models.CharField(
        gettext_lazy("subdivision"),
        max_length=10,
        blank=True,
        help_text=gettext_lazy("State or province, such as BY for Bavaria, where it has holidays of its own."),
    )
    time_zone = models.CharField(
        gettext_lazy("time zone"),
        max_length=64,
        blank=True,
        validators=[known_time_zone],
        help_text=gettext_lazy("Empty: the site's."),
    )
    day_starts = models.TimeField(
        gettext_lazy("day starts"), default="09:00", help_text=gettext_lazy("Start of a business day.")
    )
    day_ends = models.TimeField(
        gettext_lazy("day ends"), default="17:00", help_text=gettext_lazy("End of a business day.")
    )
    due_soon_hours = threshold(
        gettext_lazy("So many hours before its deadline an issue is due soon."),
        least=1,
        default=48,
        verbose_name=gettext_lazy("due soon hours"),
    )
    stalled_hours = threshold_or_never(
        gettext_lazy("After so many hours without a note, open work is stalled. Empty: never."),
        least=1,
        verbose_name=gettext_lazy("stalled hours"),
    )
    late_warning_hours = threshold_or_never(
        gettext_lazy("Hours past the deadline from which it is a warning; 0: at once. Empty: never."),
        verbose_name=gettext_lazy("late warning hours"),
    )
    late_critical_hours = threshold_or_never(
        gettext_lazy("… from which it is critical. Empty: never."), verbose_name=gettext_lazy("late critical hours")
    )
    late_emergency_hours = threshold_or_never(
        gettext_lazy("… from which it is an emergency. Empty: never."),
        verbose_name=gettext_lazy("late emergency hours"),
    )

    class Meta:
        verbose_name = gettext_lazy("priority policy")
        ordering = ("priority",)
        verbose_name_plural = gettext_lazy("priority policies")
        constraints = [
            models.CheckConstraint(condition=Q(hours__gt=0), name="policy_hours_positive"),
            models.CheckConstraint(
                condition=Q(calendar=str(CalendarKind.ALWAYS)) | ~Q(priority__in=[str(Priority.P0), str(Priority.P1)]),
                name="policy_urgent_around_the_clock",
                violation_error_message=gettext_lazy("P0 and P1 run around the clock."),
            ),
            models.CheckConstraint(  # an empty one is compared with nothing
                condition=Q(late_warning_hours__lte=F("late_critical_hours"))
                & Q(late_critical_hours__lte=F("late_emergency_hours"))
                & Q(late_warning_hours__lte=F("late_emergency_hours")),
                name="policy_lateness_in_order",
                violation_error_message=gettext_lazy(LATENESS_IN_ORDER),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.priority}: {self.hours} h"

    def clean(self) -> None:
        """Refuse a policy that no deadline can be made from."""
        try:
            self.as_policy()
        except TypeError:
            return  # a field that could not be read: it says so itself
        except ValueError as impossible:
            raise ValidationError(str(impossible)) from impossible

    def as_policy(self) -> Policy:
        """The policy that this row describes. Raises: ValueError in one sentence when there can be no such policy."""
        calendar = Calendar(
            kind=CalendarKind(self.calendar),
            time_zone=self.time_zone or settings.TIME_ZONE,
            country=self.country,
            subdivision=self.subdivision,
            day_starts=self.day_starts,
            day_ends=self.day_ends,
        )
        return Policy(Priority(self.priority), self.hours, calendar)

    def as_thresholds(self) -> Thresholds:
        """From when on an issue is worth an alert. Raises: ValueError in one sentence when that cannot be."""
        late = (self.late_warning_hours, self.late_critical_hours, self.late_emergency_hours)
        return Thresholds.of_hours(self.due_soon_hours, self.stalled_hours, *late)

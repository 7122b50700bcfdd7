"""What there is to lose: the revenue of the site from a date on, as people state it. Nothing is assumed."""

from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from tracker import exposure
from tracker.choices import Priority
from tracker.models.issues import Issue
from tracker.models.owners import System
from tracker.querysets import RevenueProfileQuerySet

PERCENT = Decimal(100)
MONEY = {"max_digits": 14, "decimal_places": 2}
CENT = Decimal("0.01")
# Filled twice: the sentence of a constraint takes values with %, too.
RISING = gettext_lazy("The shares of {priority} rise from low over likely to high, between 0 %% and 100 %%.")


def money(**options) -> models.DecimalField:
    """A column with an amount above 0 in site currency, to the cent."""
    return models.DecimalField(**MONEY, validators=[MinValueValidator(CENT)], **options)


def percent(default: str | None, **options) -> models.DecimalField:
    """A column with a part of something in percent, 0 to 100; without a default it may stay empty."""
    limits = [MinValueValidator(Decimal(0)), MaxValueValidator(PERCENT)]
    start = {"null": True, "blank": True} if default is None else {"default": Decimal(default)}
    return models.DecimalField(max_digits=5, decimal_places=2, validators=limits, **start, **options)


def hours(name: str, default: str) -> models.DecimalField:
    """A column with the hours that an issue takes."""
    return models.DecimalField(
        name, max_digits=6, decimal_places=2, default=Decimal(default), validators=[MinValueValidator(CENT)]
    )


def _rising(priority: str) -> Q:
    """That the three estimates of a priority rise from 0 to 100 %."""
    low, likely, high = (f"{priority}_{word}" for word in exposure.Estimate)
    return Q(**{f"{low}__gte": 0, f"{likely}__gte": F(low), f"{high}__gte": F(likely), f"{high}__lte": 100})


class RevenueProfile(models.Model):
    """The revenue and what of it an issue puts at risk, from a date until the date of the next profile.

    A change is a new row: what a figure of the past was made of stays as it was. Shares are in percent.
    """

    effective_on = models.DateField(
        gettext_lazy("in force from"),
        unique=True,
        help_text=gettext_lazy("The first day on which it counts, until the day before the next profile."),
        error_messages={"unique": gettext_lazy("There is a profile from this date on already: choose another date.")},
    )
    currency = models.CharField(
        gettext_lazy("currency"),
        max_length=3,
        validators=[
            RegexValidator(
                r"^[A-Z]{3}\Z", gettext_lazy("Write the three capital letters of the currency, such as USD.")
            )
        ],
        help_text=gettext_lazy("Three letters, such as USD or EUR. All amounts of the site are in it."),
    )
    mrr = money(
        verbose_name=gettext_lazy("monthly recurring revenue"),
        help_text=gettext_lazy("All of it, a month. No issue and no number of issues puts more than this at risk."),
    )
    grows = models.BooleanField(
        gettext_lazy("grows with age"),
        default=True,
        help_text=gettext_lazy(
            "An open issue puts more at risk by the hour, twice as much after a week, and no more then."
        ),
    )
    p0_low = percent("7.5", verbose_name=gettext_lazy("P0 low, %"))
    p0_likely = percent("15", verbose_name=gettext_lazy("P0 likely, %"))
    p0_high = percent("30", verbose_name=gettext_lazy("P0 high, %"))
    p1_low = percent("4", verbose_name=gettext_lazy("P1 low, %"))
    p1_likely = percent("8", verbose_name=gettext_lazy("P1 likely, %"))
    p1_high = percent("16", verbose_name=gettext_lazy("P1 high, %"))
    p2_low = percent("1.5", verbose_name=gettext_lazy("P2 low, %"))
    p2_likely = percent("3", verbose_name=gettext_lazy("P2 likely, %"))
    p2_high = percent("6", verbose_name=gettext_lazy("P2 high, %"))
    p3_low = percent("0.5", verbose_name=gettext_lazy("P3 low, %"))
    p3_likely = percent("1", verbose_name=gettext_lazy("P3 likely, %"))
    p3_high = percent("2", verbose_name=gettext_lazy("P3 high, %"))
    hourly_rate = money(
        null=True,
        blank=True,
        verbose_name=gettext_lazy("cost of an hour of work"),
        help_text=gettext_lazy("For the cost of remediation. Empty: costs and returns read “not set”."),
    )
    p0_hours = hours(gettext_lazy("hours of a P0 issue"), "8")
    p1_hours = hours(gettext_lazy("hours of a P1 issue"), "16")
    other_hours = hours(gettext_lazy("hours of another issue"), "4")
    months_counted = models.PositiveSmallIntegerField(
        gettext_lazy("months counted"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=gettext_lazy("For how many months protected revenue counts in a return."),
    )
    downtime_impact_percent = percent(
        "80",
        verbose_name=gettext_lazy("impact of downtime, %"),
        help_text=gettext_lazy("The part of the revenue of an hour that an hour of downtime costs."),
    )
    churn_percent_per_hour = percent(
        None,
        verbose_name=gettext_lazy("churn by an hour of downtime, %"),
        help_text=gettext_lazy("The part of the monthly recurring revenue that leaves for good. Empty: not counted."),
    )
    recovery_cost_per_hour = money(
        null=True,
        blank=True,
        verbose_name=gettext_lazy("recovery of an hour of downtime"),
        help_text=gettext_lazy("What it costs to recover, such as credits and overtime. Empty: not counted."),
    )

    objects = RevenueProfileQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("revenue profile")
        verbose_name_plural = gettext_lazy("revenue profiles")
        ordering = ("-effective_on",)
        constraints = [
            models.CheckConstraint(condition=Q(mrr__gt=0), name="revenue_mrr_positive"),
            models.CheckConstraint(condition=Q(months_counted__gte=1), name="revenue_months_positive"),
            models.CheckConstraint(
                condition=Q(p0_hours__gt=0, p1_hours__gt=0, other_hours__gt=0), name="revenue_hours_positive"
            ),
            models.CheckConstraint(
                condition=(Q(hourly_rate__isnull=True) | Q(hourly_rate__gt=0))
                & (Q(recovery_cost_per_hour__isnull=True) | Q(recovery_cost_per_hour__gt=0)),
                name="revenue_costs_positive",
            ),
            models.CheckConstraint(
                condition=Q(downtime_impact_percent__gte=0, downtime_impact_percent__lte=100)
                & (
                    Q(churn_percent_per_hour__isnull=True)
                    | Q(churn_percent_per_hour__gte=0, churn_percent_per_hour__lte=100)
                ),
                name="revenue_downtime_percent",
            ),
            *(
                models.CheckConstraint(
                    condition=_rising(word),
                    name=f"revenue_{word}_rises",
                    violation_error_message=format_lazy(RISING, priority=word.upper()),
                )
                for word in ("p0", "p1", "p2", "p3")
            ),
        ]

    def __str__(self) -> str:
        return gettext("revenue from %(date)s") % {"date": self.effective_on}

    def clean(self) -> None:
        """Refuse another currency than that of the other profiles, or of amounts that were confirmed under this one."""
        if not self.currency:
            return  # the field says so itself
        another = RevenueProfile.objects.exclude(currency=self.currency)
        sentence = ""
        if other := another.exclude(pk=self.pk).first():
            sentence = gettext("The other profiles are in %(currency)s, and so is every amount of the site.")
        elif (other := another.filter(pk=self.pk).first()) and Issue.objects.with_confirmed_amount().exists():
            sentence = gettext(
                "Amounts in %(currency)s are confirmed on issues and nothing converts them: take those back first."
            )
        if sentence:
            raise ValidationError({"currency": sentence % {"currency": other.currency}})

    def as_profile(self, streams: Iterable[exposure.Stream] = ()) -> exposure.Profile:
        """The profile that this row describes, with these streams.

        Raises: ValueError in one sentence when there can be no such profile.
        """
        shares = {}
        for priority in Priority:
            estimates = (getattr(self, f"{priority.lower()}_{word}") / PERCENT for word in exposure.Estimate)
            shares[priority] = exposure.Share(*estimates)
        return exposure.Profile(self.currency, self.mrr, shares, tuple(streams), self.grows)

    def hours_for(self, priority: str) -> Decimal:
        """The average hours of an issue of a priority, for issues without hours of their own."""
        return {Priority.P0: self.p0_hours, Priority.P1: self.p1_hours}.get(Priority(priority), self.other_hours)


class RevenueStream(models.Model):
    """A part of the revenue, and the systems that it depends on. The streams of a profile add up to its revenue."""

    profile = models.ForeignKey(
        RevenueProfile, on_delete=models.CASCADE, related_name="streams", verbose_name=gettext_lazy("profile")
    )
    name = models.CharField(gettext_lazy("name"), max_length=100)
    mrr = money(verbose_name=gettext_lazy("monthly recurring revenue"))
    systems = models.ManyToManyField(
        System,
        blank=True,
        related_name="streams",
        help_text=gettext_lazy(
            "An issue that names one of them threatens this stream; one that names none threatens all streams."
        ),
        verbose_name=gettext_lazy("systems"),
    )

    class Meta:
        verbose_name = gettext_lazy("revenue stream")
        verbose_name_plural = gettext_lazy("revenue streams")
        ordering = ("profile", "-mrr", "name")
        constraints = [
            models.UniqueConstraint(
                fields=("profile", "name"),
                name="stream_name_once_per_profile",
                violation_error_message=gettext_lazy("A profile has no two streams of one name."),
            ),
            models.CheckConstraint(condition=Q(mrr__gt=0), name="stream_mrr_positive"),
        ]

    def __str__(self) -> str:
        return self.name

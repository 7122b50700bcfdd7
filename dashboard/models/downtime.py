"""Hours in which the site was down, as people enter them. They are not guessed from checks."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

MOST_HOURS = 10_000


class Downtime(models.Model):
    """One time in which the site, or a part of it, was down."""

    started_at = models.DateTimeField(
        gettext_lazy("started at"), help_text=gettext_lazy("It counts in the period in which it started.")
    )
    hours = models.DecimalField(
        gettext_lazy("hours"),
        max_digits=7,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(MOST_HOURS)],
        help_text=gettext_lazy("How long it was down, in hours."),
    )
    text = models.CharField(gettext_lazy("what was down"), max_length=300, blank=True)
    entered_at = models.DateTimeField(gettext_lazy("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("entered by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    entered_by_name = models.CharField(
        gettext_lazy("entered by name"),
        max_length=200,
        editable=False,
        help_text=gettext_lazy("Kept when the user is deleted."),
    )

    class Meta:
        ordering = ("-started_at", "-pk")
        verbose_name = gettext_lazy("downtime")
        verbose_name_plural = gettext_lazy("downtimes")
        indexes = [models.Index(fields=("started_at",), name="downtime_started")]
        constraints = [models.CheckConstraint(condition=Q(hours__gt=0), name="downtime_has_a_length")]

    def __str__(self) -> str:
        start = f"{self.started_at:%Y-%m-%d %H:%M}"
        return gettext("%(hours)s h from %(start)s") % {"hours": self.hours, "start": start}

"""Hours in which the site was down, as people enter them. They are not guessed from checks."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

MOST_HOURS = 10_000


class Downtime(models.Model):
    """One time in which the site, or a part of it, was down."""

    started_at = models.DateTimeField(help_text="It counts in the period in which it started.")
    hours = models.DecimalField(
        max_digits=7,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(MOST_HOURS)],
        help_text="How long it was down, in hours.",
    )
    text = models.CharField("what was down", max_length=300, blank=True)
    entered_at = models.DateTimeField(editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    entered_by_name = models.CharField(max_length=200, editable=False, help_text="Kept when the user is deleted.")

    class Meta:
        ordering = ("-started_at", "-pk")
        indexes = [models.Index(fields=("started_at",), name="downtime_started")]
        constraints = [models.CheckConstraint(condition=Q(hours__gt=0), name="downtime_has_a_length")]

    def __str__(self) -> str:
        return f"{self.hours} h from {self.started_at:%Y-%m-%d %H:%M}"

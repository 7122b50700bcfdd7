"""The figures of each day. Those of today are written anew by each refresh; those of earlier days never."""

from django.db import models
from django.db.models import Q


class MetricSnapshot(models.Model):
    """One figure as it was on a day: a number, or the reason why there was none."""

    day = models.DateField(help_text="In the site's time zone.")
    key = models.CharField(max_length=200, help_text="Of docs/metrics.md, such as on_time.original.P0.")
    unit = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    lack = models.CharField(max_length=20, blank=True, help_text="Empty when there is a number.")
    detail = models.JSONField(default=dict, blank=True, help_text="The figure as a whole, and what it consists of.")
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ("-day", "key")
        constraints = [
            models.UniqueConstraint(fields=("day", "key"), name="snapshot_once_a_day"),
            models.CheckConstraint(
                condition=Q(value__isnull=False, lack="") | Q(value__isnull=True) & ~Q(lack=""),
                name="snapshot_value_or_lack",
            ),
        ]
        indexes = [models.Index(fields=("key", "day"), name="snapshot_history")]

    def __str__(self) -> str:
        return f"{self.key} on {self.day}"


class StoredSheet(models.Model):
    """What a page of a large site said when it was calculated last, for a period, a team and a system (0 is all)."""

    page = models.CharField(max_length=20)
    period = models.CharField(max_length=10)
    team = models.BigIntegerField(default=0)
    system = models.BigIntegerField(default=0)
    as_of = models.DateTimeField(help_text="The moment that it tells of.")
    sheet = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("page", "period", "team", "system"), name="sheet_once")]
        indexes = [models.Index(fields=("as_of",), name="sheet_oldest")]

    def __str__(self) -> str:
        return f"{self.page} of the {self.period}"

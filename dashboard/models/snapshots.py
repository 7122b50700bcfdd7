"""The figures of each day. Those of today are written anew by each refresh; those of earlier days never."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy


class MetricSnapshot(models.Model):
    """One figure as it was on a day: a number, or the reason why there was none."""

    day = models.DateField(gettext_lazy("day"), help_text=gettext_lazy("In the site's time zone."))
    key = models.CharField(
        gettext_lazy("key"), max_length=200, help_text=gettext_lazy("Of docs/metrics.md, such as on_time.original.P0.")
    )
    unit = models.CharField(gettext_lazy("unit"), max_length=20)
    value = models.DecimalField(gettext_lazy("value"), max_digits=20, decimal_places=4, null=True, blank=True)
    lack = models.CharField(
        gettext_lazy("lack"), max_length=20, blank=True, help_text=gettext_lazy("Empty when there is a number.")
    )
    detail = models.JSONField(
        gettext_lazy("detail"),
        default=dict,
        blank=True,
        help_text=gettext_lazy("The figure as a whole, and what it consists of."),
    )
    taken_at = models.DateTimeField(gettext_lazy("taken at"))

    class Meta:
        ordering = ("-day", "key")
        verbose_name = gettext_lazy("metric snapshot")
        verbose_name_plural = gettext_lazy("metric snapshots")
        constraints = [
            models.UniqueConstraint(fields=("day", "key"), name="snapshot_once_a_day"),
            models.CheckConstraint(
                condition=Q(value__isnull=False, lack="") | Q(value__isnull=True) & ~Q(lack=""),
                name="snapshot_value_or_lack",
            ),
        ]
        indexes = [models.Index(fields=("key", "day"), name="snapshot_history")]

    def __str__(self) -> str:
        return gettext("%(key)s on %(day)s") % {"key": self.key, "day": self.day}


class StoredSheet(models.Model):
    """What a page of a large site said when it was calculated last, for a period, a team and a system (0 is all)."""

    page = models.CharField(gettext_lazy("page"), max_length=20)
    period = models.CharField(gettext_lazy("period"), max_length=10)
    team = models.BigIntegerField(gettext_lazy("team"), default=0)
    system = models.BigIntegerField(gettext_lazy("system"), default=0)
    as_of = models.DateTimeField(gettext_lazy("as of"), help_text=gettext_lazy("The moment that it tells of."))
    sheet = models.JSONField(gettext_lazy("sheet"))

    class Meta:
        verbose_name = gettext_lazy("stored sheet")
        verbose_name_plural = gettext_lazy("stored sheets")
        constraints = [models.UniqueConstraint(fields=("page", "period", "team", "system"), name="sheet_once")]
        indexes = [models.Index(fields=("as_of",), name="sheet_oldest")]

    def __str__(self) -> str:
        return gettext("%(page)s of the %(period)s") % {"page": self.page, "period": self.period}

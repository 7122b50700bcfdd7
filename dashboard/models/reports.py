"""Reports that were kept, and who gets which by mail."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tracker.models import Owner

PERIODS = (("week", "Week"), ("month", "Month"), ("quarter", "Quarter"))


class StoredReport(models.Model):
    """A report as it was written. Append-only: the same content is kept once."""

    period = models.CharField(max_length=10, choices=PERIODS)
    as_of = models.DateTimeField(help_text="The moment that it is of.")
    format = models.CharField(max_length=10, help_text="md, html, pdf or json.")
    content = models.BinaryField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what it says, whenever it was made.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_by_name = models.CharField(max_length=200, blank=True, help_text="Kept when the user is deleted.")
    scheduled = models.BooleanField(default=False, help_text="Made at the end of the period, and mailed.")

    class Meta:
        ordering = ("-as_of", "-pk")
        verbose_name, verbose_name_plural = "report", "reports"
        indexes = [models.Index(fields=("-as_of", "-id"), name="report_newest")]
        constraints = [
            models.UniqueConstraint(fields=("period", "as_of", "format", "fingerprint"), name="report_kept_once"),
            models.UniqueConstraint(
                fields=("period", "as_of"), condition=Q(scheduled=True), name="report_scheduled_once"
            ),
        ]

    def __str__(self) -> str:
        return f"Report of the {self.period} as of {self.as_of:%Y-%m-%d}"


class ReportSubscription(models.Model):
    """Who gets which report by mail. Executives get that of the week unless a row says that they do not want it."""

    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="report_subscriptions")
    period = models.CharField(max_length=10, choices=PERIODS, default="month")
    active = models.BooleanField(default=True, help_text="Off: not this one, also for an executive.")

    class Meta:
        ordering = ("owner__name", "period")
        verbose_name, verbose_name_plural = "report by mail", "reports by mail"
        constraints = [models.UniqueConstraint(fields=("owner", "period"), name="subscription_once")]

    def __str__(self) -> str:
        return f"{self.get_period_display()} to {self.owner}"

"""Reports that were kept, and who gets which by mail."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from tracker.models import Owner

PERIODS = (("week", gettext_lazy("Week")), ("month", gettext_lazy("Month")), ("quarter", gettext_lazy("Quarter")))
REPORTS = {
    "week": gettext_lazy("Report of the week as of %(day)s"),
    "month": gettext_lazy("Report of the month as of %(day)s"),
    "quarter": gettext_lazy("Report of the quarter as of %(day)s"),
}


class StoredReport(models.Model):
    """A report as it was written. Append-only: the same content is kept once."""

    period = models.CharField(gettext_lazy("period"), max_length=10, choices=PERIODS)
    as_of = models.DateTimeField(gettext_lazy("as of"), help_text=gettext_lazy("The moment that it is of."))
    format = models.CharField(gettext_lazy("format"), max_length=10, help_text=gettext_lazy("md, html, pdf or json."))
    content = models.BinaryField(gettext_lazy("content"))
    fingerprint = models.CharField(
        gettext_lazy("fingerprint"),
        max_length=64,
        help_text=gettext_lazy("SHA-256 of what it says, whenever it was made."),
    )
    made_at = models.DateTimeField(gettext_lazy("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=gettext_lazy("made by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    made_by_name = models.CharField(
        gettext_lazy("made by name"),
        max_length=200,
        blank=True,
        help_text=gettext_lazy("Kept when the user is deleted."),
    )
    scheduled = models.BooleanField(
        gettext_lazy("scheduled"), default=False, help_text=gettext_lazy("Made at the end of the period, and mailed.")
    )

    class Meta:
        ordering = ("-as_of", "-pk")
        verbose_name, verbose_name_plural = gettext_lazy("report"), gettext_lazy("reports")
        indexes = [models.Index(fields=("-as_of", "-id"), name="report_newest")]
        constraints = [
            models.UniqueConstraint(fields=("period", "as_of", "format", "fingerprint"), name="report_kept_once"),
            models.UniqueConstraint(
                fields=("period", "as_of"), condition=Q(scheduled=True), name="report_scheduled_once"
            ),
        ]

    def __str__(self) -> str:
        return REPORTS[self.period] % {"day": f"{self.as_of:%Y-%m-%d}"}


class ReportSubscription(models.Model):
    """Who gets which report by mail. Executives get that of the week unless a row says that they do not want it."""

    owner = models.ForeignKey(
        Owner, verbose_name=gettext_lazy("owner"), on_delete=models.CASCADE, related_name="report_subscriptions"
    )
    period = models.CharField(gettext_lazy("period"), max_length=10, choices=PERIODS, default="month")
    active = models.BooleanField(
        gettext_lazy("active"),
        default=True,
        help_text=gettext_lazy("Off: this report is not sent, not even to an executive, who gets it otherwise."),
    )

    class Meta:
        ordering = ("owner__name", "period")
        verbose_name, verbose_name_plural = gettext_lazy("report by mail"), gettext_lazy("reports by mail")
        constraints = [models.UniqueConstraint(fields=("owner", "period"), name="subscription_once")]

    def __str__(self) -> str:
        return gettext("%(period)s to %(owner)s") % {"period": self.get_period_display(), "owner": self.owner}

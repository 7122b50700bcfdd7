"""Revenue protected, as a ledger: what analyses put at stake, and what was counted for their fixes. Append-only."""

from django.db import models
from django.db.models import Q

from tracker.choices import Priority
from tracker.models import Analysis, Issue, RevenueProfile, StatusChange, choice

MONEY = {"max_digits": 14, "decimal_places": 2}


class Stake(models.Model):
    """What issues of an analysis that were tracked at one moment put at stake, with what it was calculated from."""

    analysis = models.ForeignKey(Analysis, on_delete=models.PROTECT, null=True, blank=True, related_name="stakes")
    at = models.DateTimeField(help_text="When its issues were tracked.")
    profile = models.ForeignKey(RevenueProfile, on_delete=models.PROTECT, related_name="+")
    increase = models.DecimalField(**MONEY, help_text="By how much they alone raised the combined exposure a month.")
    leading = choice(Priority, blank=True, help_text="Of the largest share; empty: that is a confirmed amount.")
    inputs = models.JSONField(help_text="What it was calculated from, as it was then.")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=("at",), name="stake_at")]

    def __str__(self) -> str:
        return f"{self.increase} at stake in {self.analysis or 'an issue without analysis'}"


class StakeShare(models.Model):
    """What one issue has of a stake; the shares of a stake add up to it to the cent."""

    stake = models.ForeignKey(Stake, on_delete=models.CASCADE, related_name="shares")
    issue = models.OneToOneField(Issue, on_delete=models.PROTECT, related_name="stake_share")
    amount = models.DecimalField(**MONEY, help_text="Site currency a month.")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.amount} of {self.issue_id}"


class ProtectionEntry(models.Model):
    """What a validation earned, or a reopening took back. The month is that of the step, in the site's time zone."""

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="protection_entries")
    change = models.OneToOneField(StatusChange, on_delete=models.PROTECT, related_name="protection_entry")
    at = models.DateTimeField()
    month = models.CharField(max_length=7, help_text="Such as 2026-11.")
    amount = models.DecimalField(**MONEY, help_text="Site currency a month; negative when a fix was reopened.")
    share = models.DecimalField(**MONEY, help_text="What the fix has of its stake.")
    overdue_hours = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name_plural = "protection entries"
        indexes = [
            models.Index(fields=("month",), name="protection_month"),
            models.Index(fields=("-at", "-id"), name="protection_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(share__gte=0, overdue_hours__gte=0), name="protection_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.amount} in {self.month}"


class LedgerState(models.Model):
    """The one row (pk 1) that says how far the ledger has read; it is also the lock of who writes in it."""

    read_to = models.DateTimeField(null=True, blank=True)
    newest_profile = models.BigIntegerField(default=0, help_text="A newer profile may price what had no price.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="ledger_state_one_row")]

    def __str__(self) -> str:
        return f"read to {self.read_to}"

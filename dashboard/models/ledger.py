"""Revenue protected, as a ledger: what analyses put at stake, and what was counted for their fixes.

Append-only, but for what a profile priced that is edited while it can be: that is priced anew.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from tracker.choices import Priority
from tracker.models import Analysis, Issue, RevenueProfile, StatusChange, choice

MONEY = {"max_digits": 14, "decimal_places": 2}


class Stake(models.Model):
    """What issues of an analysis that were tracked at one moment put at stake, with what it was calculated from."""

    analysis = models.ForeignKey(
        Analysis,
        verbose_name=gettext_lazy("analysis"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="stakes",
    )
    at = models.DateTimeField(gettext_lazy("at"), help_text=gettext_lazy("When its issues were tracked."))
    profile = models.ForeignKey(
        RevenueProfile, verbose_name=gettext_lazy("profile"), on_delete=models.PROTECT, related_name="+"
    )
    increase = models.DecimalField(
        gettext_lazy("increase"),
        **MONEY,
        help_text=gettext_lazy("By how much they alone raised the combined exposure a month."),
    )
    leading = choice(
        Priority,
        verbose_name=gettext_lazy("leading"),
        blank=True,
        help_text=gettext_lazy("Of the largest share; empty: that is a confirmed amount."),
    )
    inputs = models.JSONField(
        gettext_lazy("inputs"), help_text=gettext_lazy("What it was calculated from, as it was then.")
    )
    recorded_at = models.DateTimeField(gettext_lazy("recorded at"))

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = gettext_lazy("stake")
        verbose_name_plural = gettext_lazy("stakes")
        indexes = [models.Index(fields=("at",), name="stake_at")]

    def __str__(self) -> str:
        if self.analysis is None:
            return gettext("%(amount)s at stake in an issue without analysis") % {"amount": self.increase}
        return gettext("%(amount)s at stake in %(analysis)s") % {"amount": self.increase, "analysis": self.analysis}


class StakeShare(models.Model):
    """What one issue has of a stake; the shares of a stake add up to it to the cent."""

    stake = models.ForeignKey(
        Stake, verbose_name=gettext_lazy("stake"), on_delete=models.CASCADE, related_name="shares"
    )
    issue = models.OneToOneField(
        Issue, verbose_name=gettext_lazy("issue"), on_delete=models.PROTECT, related_name="stake_share"
    )
    amount = models.DecimalField(gettext_lazy("amount"), **MONEY, help_text=gettext_lazy("Site currency a month."))

    class Meta:
        ordering = ("pk",)
        verbose_name = gettext_lazy("stake share")
        verbose_name_plural = gettext_lazy("stake shares")

    def __str__(self) -> str:
        return gettext("%(amount)s of %(issue)s") % {"amount": self.amount, "issue": self.issue_id}


class ProtectionEntry(models.Model):
    """What a validation earned, or a reopening took back. The month is that of the step, in the site's time zone."""

    issue = models.ForeignKey(
        Issue, verbose_name=gettext_lazy("issue"), on_delete=models.PROTECT, related_name="protection_entries"
    )
    change = models.OneToOneField(
        StatusChange, verbose_name=gettext_lazy("change"), on_delete=models.PROTECT, related_name="protection_entry"
    )
    at = models.DateTimeField(gettext_lazy("at"))
    month = models.CharField(gettext_lazy("month"), max_length=7, help_text=gettext_lazy("Such as 2026-11."))
    amount = models.DecimalField(
        gettext_lazy("amount"),
        **MONEY,
        help_text=gettext_lazy("Site currency a month; negative when a fix was reopened."),
    )
    share = models.DecimalField(
        gettext_lazy("share"), **MONEY, help_text=gettext_lazy("What the fix has of its stake.")
    )
    overdue_hours = models.DecimalField(gettext_lazy("overdue hours"), max_digits=12, decimal_places=2, default=0)
    recorded_at = models.DateTimeField(gettext_lazy("recorded at"))

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = gettext_lazy("protection entry")
        verbose_name_plural = gettext_lazy("protection entries")
        indexes = [
            models.Index(fields=("month",), name="protection_month"),
            models.Index(fields=("-at", "-id"), name="protection_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(share__gte=0, overdue_hours__gte=0), name="protection_not_negative")
        ]

    def __str__(self) -> str:
        return gettext("%(amount)s in %(month)s") % {"amount": self.amount, "month": self.month}


class LedgerState(models.Model):
    """The one row (pk 1) that says how far the ledger has read; it is also the lock of who writes in it."""

    read_to = models.DateTimeField(gettext_lazy("read to"), null=True, blank=True)
    newest_profile = models.BigIntegerField(
        gettext_lazy("newest profile"),
        default=0,
        help_text=gettext_lazy("A newer profile may price what had no price."),
    )
    open_terms = models.JSONField(
        gettext_lazy("open terms"),
        default=dict,
        help_text=gettext_lazy("By profile that could still be edited: by which terms it priced what it priced."),
    )

    class Meta:
        verbose_name = gettext_lazy("ledger state")
        verbose_name_plural = gettext_lazy("ledger states")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="ledger_state_one_row")]

    def __str__(self) -> str:
        return gettext("read to %(moment)s") % {"moment": self.read_to}

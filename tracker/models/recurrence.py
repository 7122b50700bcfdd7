"""What analyses are compared by, and which of them may be the return of an earlier one."""

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext, gettext_lazy

from tracker.choices import ReturnCase, ReturnDecision, ReturnKind
from tracker.models.analyses import Analysis
from tracker.models.columns import choice
from tracker.models.history import HistoryRow
from tracker.querysets import RecurrenceQuerySet


class AnalysisTerms(models.Model):
    """The terms of the latest text of an analysis, packed by tracker.recurrence. Written with the text."""

    analysis = models.OneToOneField(
        Analysis, on_delete=models.CASCADE, related_name="terms", verbose_name=gettext_lazy("analysis")
    )
    terms = models.BinaryField(gettext_lazy("terms"))
    version = models.PositiveSmallIntegerField(
        gettext_lazy("version"), help_text=gettext_lazy("Of the packing; terms of another are read from the text.")
    )
    fingerprint = models.BigIntegerField(
        gettext_lazy("fingerprint"),
        help_text=gettext_lazy("Of the terms and the date: says whether they have changed."),
    )
    compared = models.BooleanField(
        gettext_lazy("compared"),
        default=False,
        help_text=gettext_lazy("With all that was there after these terms were committed."),
    )
    settled = models.BigIntegerField(
        gettext_lazy("settled"),
        null=True,
        editable=False,
        help_text=gettext_lazy("Counts up with each comparison: what a process does not know yet is above."),
    )

    class Meta:
        verbose_name = gettext_lazy("analysis terms")
        verbose_name_plural = gettext_lazy("analysis terms")
        indexes = [
            models.Index(fields=("id",), condition=Q(compared=False), name="terms_to_compare"),
            models.Index(fields=("settled",), name="terms_settled"),
        ]

    def __str__(self) -> str:
        return gettext("terms of analysis %(number)s") % {"number": self.analysis_id}


class Recurrence(models.Model):
    """An analysis that is likely the return of one that came in before it, and what a person decided about that."""

    analysis = models.ForeignKey(
        Analysis, on_delete=models.CASCADE, related_name="returns", verbose_name=gettext_lazy("analysis")
    )
    earlier = models.ForeignKey(
        Analysis, on_delete=models.CASCADE, related_name="returned_as", verbose_name=gettext_lazy("earlier")
    )
    score = models.FloatField(gettext_lazy("score"), help_text=gettext_lazy("0 to 1: how much speaks for it."))
    likely = models.BooleanField(
        gettext_lazy("likely"), default=False, help_text=gettext_lazy("Else it is possible, and more often none.")
    )
    kind = choice(ReturnKind, verbose_name=gettext_lazy("kind"))
    reasons = models.JSONField(
        gettext_lazy("reasons"),
        default=list,
        blank=True,
        help_text=gettext_lazy("Sentences, the strongest reason first."),
    )
    found_at = models.DateTimeField(gettext_lazy("found at"))
    decision = choice(ReturnDecision, ReturnDecision.PENDING, verbose_name=gettext_lazy("decision"))
    is_pending = models.GeneratedField(
        expression=Case(When(decision=str(ReturnDecision.PENDING), then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=gettext_lazy("is pending"),
    )
    case = choice(
        ReturnCase,
        blank=True,
        help_text=gettext_lazy("How the earlier issues stood when it was confirmed."),
        verbose_name=gettext_lazy("case"),
    )
    decided_at = models.DateTimeField(gettext_lazy("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("decided by"),
    )
    decided_by_name = models.CharField(
        gettext_lazy("decided by name"),
        max_length=200,
        blank=True,
        help_text=gettext_lazy("Kept when the user is deleted."),
    )
    reason = models.TextField(gettext_lazy("reason"), blank=True)
    consequences = models.JSONField(
        gettext_lazy("consequences"),
        default=dict,
        blank=True,
        help_text=gettext_lazy("What the confirmation changed, to undo it."),
    )

    objects = RecurrenceQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("recurrence")
        verbose_name_plural = gettext_lazy("recurrences")
        ordering = ("-likely", "-score", "pk")
        indexes = [
            models.Index(fields=("decision", "decided_at"), name="recurrence_decision"),
            models.Index(fields=("-is_pending", "-likely", "-id"), name="recurrence_pending_first"),
        ]
        constraints = [
            models.UniqueConstraint(fields=("analysis", "earlier"), name="recurrence_once_per_pair"),
            models.CheckConstraint(condition=~Q(analysis=F("earlier")), name="recurrence_of_another"),
            models.CheckConstraint(
                condition=Q(decision=str(ReturnDecision.PENDING), decided_at__isnull=True)
                | ~Q(decision=str(ReturnDecision.PENDING)) & Q(decided_at__isnull=False),
                name="recurrence_decided_with_time",
            ),
            models.CheckConstraint(
                condition=Q(decision=str(ReturnDecision.CONFIRMED)) & ~Q(case="")
                | ~Q(decision=str(ReturnDecision.CONFIRMED)) & Q(case=""),
                name="recurrence_confirmed_with_case",
            ),
        ]

    def __str__(self) -> str:
        return gettext("analysis %(later)s as a return of %(earlier)s: %(decision)s") % {
            "later": self.analysis_id,
            "earlier": self.earlier_id,
            "decision": self.decision,
        }


class RecurrenceDecision(HistoryRow):
    """What somebody decided about a likely return, or took back. Append-only."""

    recurrence = models.ForeignKey(
        Recurrence, on_delete=models.CASCADE, related_name="decisions", verbose_name=gettext_lazy("recurrence")
    )
    decision = choice(ReturnDecision, verbose_name=gettext_lazy("decision"))
    reason = models.TextField(gettext_lazy("reason"), blank=True)
    told = models.JSONField(
        gettext_lazy("told"),
        default=list,
        blank=True,
        help_text=gettext_lazy("Sentences: what changed with it, or could not."),
    )

    class Meta:
        verbose_name = gettext_lazy("recurrence decision")
        verbose_name_plural = gettext_lazy("recurrence decisions")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return gettext("%(decision)s, says %(name)s") % {"decision": self.decision, "name": self.actor_name}

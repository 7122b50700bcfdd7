"""What analyses are compared by, and which of them may be the return of an earlier one."""

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When

from tracker.choices import ReturnCase, ReturnDecision, ReturnKind
from tracker.models.analyses import Analysis
from tracker.models.columns import choice
from tracker.models.history import HistoryRow
from tracker.querysets import RecurrenceQuerySet


class AnalysisTerms(models.Model):
    """The terms of the latest text of an analysis, packed by tracker.recurrence. Written with the text."""

    analysis = models.OneToOneField(Analysis, on_delete=models.CASCADE, related_name="terms")
    terms = models.BinaryField()
    version = models.PositiveSmallIntegerField(help_text="Of the packing; terms of another are read from the text.")
    fingerprint = models.BigIntegerField(help_text="Of the terms and the date: says whether they have changed.")
    compared = models.BooleanField(default=False, help_text="With all that was there after these terms were committed.")

    class Meta:
        verbose_name_plural = "analysis terms"
        indexes = [models.Index(fields=("id",), condition=Q(compared=False), name="terms_to_compare")]

    def __str__(self) -> str:
        return f"terms of analysis {self.analysis_id}"


class Recurrence(models.Model):
    """An analysis that is likely the return of one that came in before it, and what a person decided about that."""

    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="returns")
    earlier = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="returned_as")
    score = models.FloatField(help_text="0 to 1: how much speaks for it.")
    likely = models.BooleanField(default=False, help_text="Else it is possible, and more often none.")
    kind = choice(ReturnKind)
    reasons = models.JSONField(default=list, blank=True, help_text="Sentences, the strongest reason first.")
    found_at = models.DateTimeField()
    decision = choice(ReturnDecision, ReturnDecision.PENDING)
    is_pending = models.GeneratedField(
        expression=Case(When(decision=str(ReturnDecision.PENDING), then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    case = choice(ReturnCase, blank=True, help_text="How the earlier issues stood when it was confirmed.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_by_name = models.CharField(max_length=200, blank=True, help_text="Kept when the user is deleted.")
    reason = models.TextField(blank=True)
    consequences = models.JSONField(default=dict, blank=True, help_text="What the confirmation changed, to undo it.")

    objects = RecurrenceQuerySet.as_manager()

    class Meta:
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
        return f"analysis {self.analysis_id} as a return of {self.earlier_id}: {self.decision}"


class RecurrenceDecision(HistoryRow):
    """What somebody decided about a likely return, or took back. Append-only."""

    recurrence = models.ForeignKey(Recurrence, on_delete=models.CASCADE, related_name="decisions")
    decision = choice(ReturnDecision)
    reason = models.TextField(blank=True)
    told = models.JSONField(default=list, blank=True, help_text="Sentences: what changed with it, or could not.")

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.decision}, says {self.actor_name}"

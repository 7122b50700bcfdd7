"""What an analysis says, and what was decided about each of its entries."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tracker.choices import Decision, ItemKind, Priority
from tracker.models.columns import choice
from tracker.models.owners import Owner, System
from tracker.querysets import AnalysisQuerySet, ExtractedItemQuerySet


class Analysis(models.Model):
    """A Five Whys document, in its latest text."""

    source = models.CharField(max_length=500, unique=True, help_text="Path or name under which it came in.")
    title = models.CharField(max_length=300)
    text = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    date = models.DateField(null=True, blank=True, help_text="As the document states it.")
    priority = choice(Priority, blank=True)
    root_cause = models.TextField(blank=True)
    root_cause_line = models.PositiveIntegerField(null=True, blank=True)
    whys = models.JSONField(default=list, blank=True)
    stated_impact = models.JSONField(default=dict, blank=True)
    systems = models.ManyToManyField(System, blank=True, related_name="analyses")
    imported_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = AnalysisQuerySet.as_manager()

    class Meta:
        ordering = ("-imported_at", "-pk")
        verbose_name_plural = "analyses"
        indexes = [models.Index(fields=("-imported_at", "-id"), name="analysis_newest")]

    def __str__(self) -> str:
        return self.title


class AnalysisRevision(models.Model):
    """One text that an analysis has had. Append-only."""

    analysis = models.ForeignKey(Analysis, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64, db_index=True)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("analysis", "number")
        constraints = [models.UniqueConstraint(fields=("analysis", "number"), name="revision_number_unique")]

    def __str__(self) -> str:
        return f"{self.analysis} (revision {self.number})"


class ExtractedItem(models.Model):
    """One entry that the extraction found in an analysis, and what was decided about it."""

    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="items")
    kind = choice(ItemKind)
    line = models.PositiveIntegerField()
    end_line = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    text = models.TextField(help_text="The entry with its details, as the analysis has it.")
    previous_text = models.TextField(blank=True, help_text="What it said before the latest change of the analysis.")
    section = models.JSONField(default=list, blank=True)
    priority = choice(Priority, blank=True)
    priority_stated = models.BooleanField(default=False)
    owner = models.ForeignKey(Owner, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    owner_words = models.CharField(max_length=200, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    deadline_words = models.CharField(max_length=200, blank=True)
    done = models.BooleanField(default=False)
    systems = models.ManyToManyField(System, blank=True, related_name="+")
    duplicate_lines = models.JSONField(default=list, blank=True)
    score = models.FloatField(default=1.0)
    reasons = models.JSONField(default=list, blank=True)
    fingerprint = models.CharField(max_length=64, db_index=True)
    checks = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="checked_items")
    decision = choice(Decision, Decision.PENDING)
    found_at = models.DateTimeField(null=True, blank=True, help_text="When the analysis first said it here.")
    edited_fields = models.JSONField(default=list, blank=True, help_text="What a person set before deciding.")
    decision_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    issue = models.ForeignKey("Issue", on_delete=models.PROTECT, null=True, blank=True, related_name="items")
    gone_at = models.DateTimeField(null=True, blank=True, help_text="When the analysis stopped saying it.")

    objects = ExtractedItemQuerySet.as_manager()

    class Meta:
        ordering = ("analysis", "line", "pk")
        indexes = [models.Index(fields=("decision", "analysis"), name="item_decision")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(decision=str(Decision.DISMISSED)) | ~Q(decision_reason=""),
                name="item_dismissed_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(decision=str(Decision.ADDED)) | Q(kind=str(ItemKind.CHECK)) | Q(issue__isnull=False),
                name="item_added_has_issue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} (line {self.line})"


class SkippedLine(models.Model):
    """A line that looks like work and was not taken, with the reason."""

    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="skipped_lines")
    line = models.PositiveIntegerField()
    end_line = models.PositiveIntegerField()
    text = models.TextField()
    reason = models.CharField(max_length=300)
    section = models.JSONField(default=list, blank=True)
    score = models.FloatField(default=0.0)
    reasons = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("analysis", "line", "pk")

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"

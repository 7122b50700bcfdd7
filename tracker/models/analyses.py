"""What an analysis says, and what was decided about each of its entries."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from tracker.choices import Decision, ItemKind, Priority
from tracker.models.columns import choice
from tracker.models.owners import Owner, System
from tracker.querysets import AnalysisQuerySet, ExtractedItemQuerySet


class Analysis(models.Model):
    """A Five Whys document, in its latest text."""

    source = models.CharField(
        gettext_lazy("source"),
        max_length=500,
        unique=True,
        help_text=gettext_lazy("Path or name under which it came in."),
    )
    title = models.CharField(gettext_lazy("title"), max_length=300)
    text = models.TextField(gettext_lazy("text"))
    sha256 = models.CharField(gettext_lazy("sha256"), max_length=64, unique=True)
    date = models.DateField(
        gettext_lazy("date"), null=True, blank=True, help_text=gettext_lazy("As the document states it.")
    )
    priority = choice(Priority, blank=True, verbose_name=gettext_lazy("priority"))
    root_cause = models.TextField(gettext_lazy("root cause"), blank=True)
    root_cause_line = models.PositiveIntegerField(gettext_lazy("root cause line"), null=True, blank=True)
    whys = models.JSONField(gettext_lazy("whys"), default=list, blank=True)
    stated_impact = models.JSONField(gettext_lazy("stated impact"), default=dict, blank=True)
    systems = models.ManyToManyField(System, blank=True, related_name="analyses", verbose_name=gettext_lazy("systems"))
    imported_at = models.DateTimeField(gettext_lazy("imported at"))
    updated_at = models.DateTimeField(gettext_lazy("updated at"))
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("imported by"),
    )

    objects = AnalysisQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("analysis")
        ordering = ("-imported_at", "-pk")
        verbose_name_plural = gettext_lazy("analyses")
        indexes = [models.Index(fields=("-imported_at", "-id"), name="analysis_newest")]

    def __str__(self) -> str:
        return self.title


class AnalysisRevision(models.Model):
    """One text that an analysis has had. Append-only."""

    analysis = models.ForeignKey(
        Analysis, on_delete=models.PROTECT, related_name="revisions", verbose_name=gettext_lazy("analysis")
    )
    number = models.PositiveIntegerField(gettext_lazy("number"))
    text = models.TextField(gettext_lazy("text"))
    sha256 = models.CharField(gettext_lazy("sha256"), max_length=64, db_index=True)
    imported_at = models.DateTimeField(gettext_lazy("imported at"))
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("imported by"),
    )

    class Meta:
        verbose_name = gettext_lazy("analysis revision")
        verbose_name_plural = gettext_lazy("analysis revisions")
        ordering = ("analysis", "number")
        constraints = [models.UniqueConstraint(fields=("analysis", "number"), name="revision_number_unique")]

    def __str__(self) -> str:
        return gettext("%(analysis)s (revision %(number)s)") % {"analysis": self.analysis, "number": self.number}


class ExtractedItem(models.Model):
    """One entry that the extraction found in an analysis, and what was decided about it."""

    analysis = models.ForeignKey(
        Analysis, on_delete=models.CASCADE, related_name="items", verbose_name=gettext_lazy("analysis")
    )
    kind = choice(ItemKind, verbose_name=gettext_lazy("kind"))
    line = models.PositiveIntegerField(gettext_lazy("line"))
    end_line = models.PositiveIntegerField(gettext_lazy("end line"))
    title = models.CharField(gettext_lazy("title"), max_length=300)
    text = models.TextField(
        gettext_lazy("text"), help_text=gettext_lazy("The entry with its details, as the analysis has it.")
    )
    previous_text = models.TextField(
        gettext_lazy("previous text"),
        blank=True,
        help_text=gettext_lazy("What it said before the latest change of the analysis."),
    )
    section = models.JSONField(gettext_lazy("section"), default=list, blank=True)
    priority = choice(Priority, blank=True, verbose_name=gettext_lazy("priority"))
    priority_stated = models.BooleanField(gettext_lazy("priority stated"), default=False)
    owner = models.ForeignKey(
        Owner, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=gettext_lazy("owner")
    )
    owner_words = models.CharField(gettext_lazy("owner words"), max_length=200, blank=True)
    deadline = models.DateTimeField(gettext_lazy("deadline"), null=True, blank=True)
    deadline_words = models.CharField(gettext_lazy("deadline words"), max_length=200, blank=True)
    done = models.BooleanField(gettext_lazy("done"), default=False)
    systems = models.ManyToManyField(System, blank=True, related_name="+", verbose_name=gettext_lazy("systems"))
    duplicate_lines = models.JSONField(gettext_lazy("duplicate lines"), default=list, blank=True)
    score = models.FloatField(gettext_lazy("score"), default=1.0)
    reasons = models.JSONField(gettext_lazy("reasons"), default=list, blank=True)
    fingerprint = models.CharField(gettext_lazy("fingerprint"), max_length=64, db_index=True)
    checks = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="checked_items", verbose_name=gettext_lazy("checks")
    )
    decision = choice(Decision, Decision.PENDING, verbose_name=gettext_lazy("decision"))
    found_at = models.DateTimeField(
        gettext_lazy("found at"), null=True, blank=True, help_text=gettext_lazy("When the analysis first said it here.")
    )
    edited_fields = models.JSONField(
        gettext_lazy("edited fields"),
        default=list,
        blank=True,
        help_text=gettext_lazy("What a person set before deciding."),
    )
    decision_reason = models.TextField(gettext_lazy("decision reason"), blank=True)
    decided_at = models.DateTimeField(gettext_lazy("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("decided by"),
    )
    issue = models.ForeignKey(
        "Issue",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
        verbose_name=gettext_lazy("issue"),
    )
    gone_at = models.DateTimeField(
        gettext_lazy("gone at"), null=True, blank=True, help_text=gettext_lazy("When the analysis stopped saying it.")
    )

    objects = ExtractedItemQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("extracted item")
        verbose_name_plural = gettext_lazy("extracted items")
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
        return gettext("%(title)s (line %(line)s)") % {"title": self.title, "line": self.line}


class SkippedLine(models.Model):
    """A line that looks like work and was not taken, with the reason."""

    analysis = models.ForeignKey(
        Analysis, on_delete=models.CASCADE, related_name="skipped_lines", verbose_name=gettext_lazy("analysis")
    )
    line = models.PositiveIntegerField(gettext_lazy("line"))
    end_line = models.PositiveIntegerField(gettext_lazy("end line"))
    text = models.TextField(gettext_lazy("text"))
    reason = models.CharField(gettext_lazy("reason"), max_length=300)
    section = models.JSONField(gettext_lazy("section"), default=list, blank=True)
    score = models.FloatField(gettext_lazy("score"), default=0.0)
    reasons = models.JSONField(gettext_lazy("reasons"), default=list, blank=True)

    class Meta:
        verbose_name = gettext_lazy("skipped line")
        verbose_name_plural = gettext_lazy("skipped lines")
        ordering = ("analysis", "line", "pk")

    def __str__(self) -> str:
        return gettext("line %(line)s: %(reason)s") % {"line": self.line, "reason": self.reason}

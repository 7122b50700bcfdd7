"""The history of issues. Rows are appended and never changed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from tracker.choices import Door, NoteKind, Status
from tracker.models.columns import choice
from tracker.models.issues import Issue


class HistoryRow(models.Model):
    """What every row of an issue's history has: whose hand, by which door, when. Append-only."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("actor"),
    )
    actor_name = models.CharField(
        gettext_lazy("actor name"), max_length=200, help_text=gettext_lazy("Kept when the user is deleted.")
    )
    door = choice(Door, verbose_name=gettext_lazy("door"))
    at = models.DateTimeField(gettext_lazy("at"))

    class Meta:
        abstract = True


class Note(HistoryRow):
    """Something a person, or the import, wrote about an issue."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="notes", verbose_name=gettext_lazy("issue"))
    kind = choice(NoteKind, NoteKind.PROGRESS, verbose_name=gettext_lazy("kind"))
    text = models.TextField(gettext_lazy("text"))
    hours = models.DecimalField(
        gettext_lazy("hours"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=gettext_lazy("Spent, in hours."),
    )
    links = models.JSONField(
        gettext_lazy("links"),
        default=list,
        blank=True,
        help_text=gettext_lazy('[{"kind": "commit", "url": "https://…"}]'),
    )

    class Meta:
        verbose_name = gettext_lazy("note")
        verbose_name_plural = gettext_lazy("notes")
        ordering = ("-at", "-pk")
        constraints = [
            models.CheckConstraint(condition=Q(hours__isnull=True) | Q(hours__gt=0), name="note_hours_positive")
        ]
        indexes = [models.Index(fields=("at",), condition=Q(hours__isnull=False), name="note_hours_at")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text[:60]}"


class StatusChange(HistoryRow):
    """One step of an issue from status to status."""

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="changes", verbose_name=gettext_lazy("issue")
    )
    old_status = choice(Status, blank=True, verbose_name=gettext_lazy("old status"))
    new_status = choice(Status, verbose_name=gettext_lazy("new status"))
    reason = models.TextField(gettext_lazy("reason"), blank=True)

    class Meta:
        verbose_name = gettext_lazy("status change")
        verbose_name_plural = gettext_lazy("status changes")
        ordering = ("-at", "-pk")
        indexes = [
            models.Index(
                fields=("issue", "at"),
                condition=Q(old_status=str(Status.ACCEPTED), new_status=str(Status.IDENTIFIED), door=str(Door.TASK)),
                name="change_acceptance_ended",
            ),
            models.Index(fields=("at",), name="status_change_at"),
        ]

    def __str__(self) -> str:
        return f"{self.old_status or 'new'} → {self.new_status}"


class FieldChange(HistoryRow):
    """An owner, deadline, priority or other field of an issue that was changed, old and new as text."""

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="field_changes", verbose_name=gettext_lazy("issue")
    )
    field = models.CharField(gettext_lazy("field"), max_length=40)
    old = models.TextField(gettext_lazy("old"), blank=True)
    new = models.TextField(gettext_lazy("new"), blank=True)
    reason = models.TextField(gettext_lazy("reason"), blank=True)

    class Meta:
        verbose_name = gettext_lazy("field change")
        verbose_name_plural = gettext_lazy("field changes")
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=("at",), name="field_change_at")]

    def __str__(self) -> str:
        return f"{self.field}: {self.old or '—'} → {self.new or '—'}"

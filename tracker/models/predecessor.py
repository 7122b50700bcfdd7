"""What was taken over from the script-based predecessor, as its files say it. No figure of this product reads it."""

from django.db import models
from django.utils.translation import gettext_lazy

from tracker.choices import PredecessorKind
from tracker.models.columns import choice
from tracker.models.issues import Issue

METHOD = "predecessor's method"  # its sums count every issue on its own, and can exceed the whole revenue


class PredecessorEntry(models.Model):
    """One entry of the predecessor's files: by it a second import knows what is new there, and what is newer here."""

    kind = choice(PredecessorKind, verbose_name=gettext_lazy("kind"))
    key = models.CharField(
        gettext_lazy("key"), max_length=64, help_text=gettext_lazy("Of what makes it this entry; its id does not.")
    )
    name = models.CharField(gettext_lazy("name"), max_length=200, help_text=gettext_lazy("As its file names it."))
    at = models.DateTimeField(
        gettext_lazy("at"), null=True, blank=True, help_text=gettext_lazy("When it was so, by the predecessor's clock.")
    )
    issue = models.ForeignKey(
        Issue,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="predecessor_entries",
        verbose_name=gettext_lazy("issue"),
    )
    said = models.JSONField(
        gettext_lazy("said"), help_text=gettext_lazy("The entry, whole, as it was when it was imported last.")
    )
    given = models.JSONField(
        gettext_lazy("given"),
        default=dict,
        blank=True,
        help_text=gettext_lazy("What the import set: what is otherwise, is newer."),
    )
    imported_at = models.DateTimeField(gettext_lazy("imported at"))
    changed_at = models.DateTimeField(
        gettext_lazy("changed at"), help_text=gettext_lazy("When an import last found it otherwise.")
    )

    class Meta:
        verbose_name = gettext_lazy("predecessor entry")
        ordering = ("-pk",)
        verbose_name_plural = gettext_lazy("predecessor's entries")
        constraints = [models.UniqueConstraint(fields=("kind", "key"), name="predecessor_entry_once")]

    def __str__(self) -> str:
        return f"{self.name} ({METHOD})"

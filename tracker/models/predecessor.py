"""What was taken over from the script-based predecessor, as its files say it. No figure of this product reads it."""

from django.db import models

from tracker.choices import PredecessorKind
from tracker.models.columns import choice
from tracker.models.issues import Issue

METHOD = "predecessor's method"  # its sums count every issue on its own, and can exceed the whole revenue


class PredecessorEntry(models.Model):
    """One entry of the predecessor's files: by it a second import knows what is new there, and what is newer here."""

    kind = choice(PredecessorKind)
    key = models.CharField(max_length=64, help_text="Of what makes it this entry; its id does not.")
    name = models.CharField(max_length=200, help_text="As its file names it.")
    at = models.DateTimeField(null=True, blank=True, help_text="When it was so, by the predecessor's clock.")
    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, null=True, blank=True, related_name="predecessor_entries"
    )
    said = models.JSONField(help_text="The entry, whole, as it was when it was imported last.")
    given = models.JSONField(default=dict, blank=True, help_text="What the import set: what is otherwise, is newer.")
    imported_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When an import last found it otherwise.")

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "predecessor's entries"
        constraints = [models.UniqueConstraint(fields=("kind", "key"), name="predecessor_entry_once")]

    def __str__(self) -> str:
        return f"{self.name} ({METHOD})"

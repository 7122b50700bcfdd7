"""Tables that people uploaded and have not confirmed yet."""

from django.conf import settings
from django.db import models


class ImportDraft(models.Model):
    """A table that somebody looks at before it is imported: what is confirmed is this file, on whichever host."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="import_draft")
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    reason = models.TextField(blank=True, help_text="Of changes, where a row gives none.")
    mapped = models.JSONField(default=dict, blank=True, help_text="Fields by the names of columns.")
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()  # nobody looks at another person's

    def __str__(self) -> str:
        return self.name

"""Tables that people uploaded and have not confirmed yet."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy


class ImportDraft(models.Model):
    """A table that somebody looks at before it is imported: what is confirmed is this file, on whichever host."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="import_draft",
        verbose_name=gettext_lazy("user"),
    )
    name = models.CharField(gettext_lazy("name"), max_length=200)
    content = models.BinaryField(gettext_lazy("content"))
    reason = models.TextField(
        gettext_lazy("reason"), blank=True, help_text=gettext_lazy("Of changes, where a row gives none.")
    )
    mapped = models.JSONField(
        gettext_lazy("mapped"), default=dict, blank=True, help_text=gettext_lazy("Fields by the names of columns.")
    )
    made_at = models.DateTimeField(gettext_lazy("made at"), db_index=True)

    class Meta:
        verbose_name = gettext_lazy("import draft")
        verbose_name_plural = gettext_lazy("import drafts")
        default_permissions = ()  # nobody looks at another person's

    def __str__(self) -> str:
        return self.name

"""The audit: who changed what, sealed into a chain. Rows are appended, sealed once, and never changed or deleted.

Nothing here points at another row of the database: an account, or an issue, can go, and what was done stays.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy


class AuditEvent(models.Model):
    """One change, or one sign-in. Its place in the chain is empty until it is sealed, within a minute."""

    at = models.DateTimeField(gettext_lazy("at"))
    actor_id = models.BigIntegerField(
        gettext_lazy("actor id"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Number of the account; it may be gone."),
    )
    actor_name = models.CharField(
        gettext_lazy("actor name"),
        max_length=200,
        help_text=gettext_lazy("As it was then; without an account, the door."),
    )
    door = models.CharField(gettext_lazy("door"), max_length=20)
    via = models.CharField(
        gettext_lazy("via"), max_length=200, blank=True, help_text=gettext_lazy("Which token, link, task or command.")
    )
    verb = models.CharField(gettext_lazy("verb"), max_length=20)
    kind = models.CharField(
        gettext_lazy("kind"), max_length=100, help_text=gettext_lazy("What was changed, such as tracker.issue.")
    )
    object_id = models.CharField(gettext_lazy("object id"), max_length=64, blank=True)
    label = models.CharField(gettext_lazy("label"), max_length=300, help_text=gettext_lazy("What it was called then."))
    changes = models.JSONField(
        gettext_lazy("changes"), default=dict, help_text=gettext_lazy('{"field": [before, after]}')
    )
    reason = models.TextField(gettext_lazy("reason"), blank=True)
    request_id = models.CharField(
        gettext_lazy("request id"), max_length=64, blank=True, help_text=gettext_lazy("The same as in the log.")
    )
    address = models.CharField(
        gettext_lazy("address"), max_length=45, blank=True, help_text=gettext_lazy("From which it came.")
    )
    row_kind = models.CharField(
        gettext_lazy("row kind"),
        max_length=40,
        blank=True,
        help_text=gettext_lazy("The row of history that tells the same."),
    )
    row_id = models.BigIntegerField(gettext_lazy("row id"), null=True, blank=True)
    row_digest = models.CharField(
        gettext_lazy("row digest"), max_length=64, blank=True, help_text=gettext_lazy("SHA-256 of that row.")
    )
    position = models.PositiveBigIntegerField(
        gettext_lazy("position"), null=True, blank=True, unique=True, help_text=gettext_lazy("In the chain, from 1.")
    )
    mark = models.CharField(
        gettext_lazy("mark"),
        max_length=64,
        blank=True,
        help_text=gettext_lazy("HMAC-SHA-256 of the row at its position."),
    )
    digest = models.CharField(
        gettext_lazy("digest"),
        max_length=64,
        blank=True,
        help_text=gettext_lazy("SHA-256 of the digest before it and of its mark."),
    )

    class Meta:
        verbose_name = gettext_lazy("audit event")
        verbose_name_plural = gettext_lazy("audit events")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("row_kind", "row_id"), condition=Q(row_id__isnull=False), name="audit_event_once_for_a_row"
            ),
            models.CheckConstraint(
                condition=Q(position__isnull=True, mark="", digest="") | (Q(position__gt=0) & ~Q(mark="", digest="")),
                name="audit_event_sealed_whole",
            ),
        ]
        indexes = [
            models.Index(fields=("id",), condition=Q(position__isnull=True), name="audit_event_unsealed"),
            models.Index(fields=("kind", "object_id", "id"), name="audit_event_object"),
            models.Index(fields=("actor_id", "id"), condition=Q(actor_id__isnull=False), name="audit_event_actor"),
            models.Index(fields=("verb", "id"), name="audit_event_verb"),
            models.Index(fields=("at",), name="audit_event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.verb}: {self.label}"


class Seal(models.Model):
    """A batch of rows that were sealed together, signed with a key that is not in the database."""

    number = models.PositiveBigIntegerField(gettext_lazy("number"), primary_key=True)
    first = models.PositiveBigIntegerField(gettext_lazy("first"), help_text=gettext_lazy("Position of its first row."))
    last = models.PositiveBigIntegerField(gettext_lazy("last"), help_text=gettext_lazy("Position of its last row."))
    at = models.DateTimeField(gettext_lazy("at"))
    previous = models.CharField(
        gettext_lazy("previous"), max_length=64, help_text=gettext_lazy("Digest of the seal before it.")
    )
    digest = models.CharField(
        gettext_lazy("digest"),
        max_length=64,
        help_text=gettext_lazy("Digest of its last row: it stands for all rows up to it."),
    )
    key = models.CharField(
        gettext_lazy("key"),
        max_length=16,
        help_text=gettext_lazy("Which key has signed; it says nothing about the key itself."),
    )
    signature = models.CharField(
        gettext_lazy("signature"), max_length=64, help_text=gettext_lazy("HMAC-SHA-256 of all this.")
    )

    class Meta:
        verbose_name = gettext_lazy("seal")
        verbose_name_plural = gettext_lazy("seals")
        ordering = ("-number",)
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=models.F("first"), first__gt=0), name="seal_has_rows"),
            models.UniqueConstraint(fields=("first",), name="seal_first_once"),
        ]

    def __str__(self) -> str:
        return gettext("Seal %(number)s") % {"number": self.number}


class Anchor(models.Model):
    """Where the chain begins since rows were pruned: it stands for all rows up to its last one, signed like a seal."""

    number = models.PositiveBigIntegerField(gettext_lazy("number"), primary_key=True)  # of the last seal that went
    first = models.PositiveBigIntegerField(gettext_lazy("first"))  # the positions of the rows that went with it
    last = models.PositiveBigIntegerField(gettext_lazy("last"))
    at = models.DateTimeField(gettext_lazy("at"))
    digest = models.CharField(gettext_lazy("digest"), max_length=64)  # of that last row: the next one follows on it
    # {"note": {"earlier": 0, "last": 7, "count": 7, "sum": "…"}}: of the rows of history that pruned rows told of, all
    # since the first prune; `earlier` are those that are older than the audit.
    history = models.JSONField(gettext_lazy("history"))
    archive = models.CharField(gettext_lazy("archive"), max_length=200)  # the name of the file
    archive_digest = models.CharField(gettext_lazy("digest of the archive"), max_length=64)  # SHA-256
    key = models.CharField(gettext_lazy("key"), max_length=16)
    signature = models.CharField(gettext_lazy("signature"), max_length=64)  # HMAC-SHA-256 of all this

    class Meta:
        verbose_name = gettext_lazy("anchor")
        verbose_name_plural = gettext_lazy("anchors")
        ordering = ("-number",)
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=models.F("first"), first__gt=0), name="anchor_has_rows"),
        ]

    def __str__(self) -> str:
        return gettext("Anchor %(number)s") % {"number": self.number}

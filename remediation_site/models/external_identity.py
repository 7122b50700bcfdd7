"""Who somebody is at a provider of single sign-on."""

from django.conf import settings
from django.db import models


class ExternalIdentity(models.Model):
    """The account that somebody from a provider signs in to; unlike an address, a subject never changes hands."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="external_identities")
    issuer = models.CharField(max_length=255, help_text="The address of the provider, as OIDC_ISSUER has it.")
    subject = models.CharField(max_length=255, help_text="What the provider calls the person: its claim “sub”.")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "external identity"
        verbose_name_plural = "external identities"
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="external_identity_once")]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"

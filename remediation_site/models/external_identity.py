"""Who somebody is at a provider of single sign-on."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, gettext_lazy


class ExternalIdentity(models.Model):
    """The account that somebody from a provider signs in to; unlike an address, a subject never changes hands."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="external_identities",
        verbose_name=gettext_lazy("user"),
    )
    issuer = models.CharField(
        gettext_lazy("issuer"),
        max_length=255,
        help_text=gettext_lazy("The address of the provider, as OIDC_ISSUER has it."),
    )
    subject = models.CharField(
        gettext_lazy("subject"),
        max_length=255,
        help_text=gettext_lazy("What the provider calls the person: its claim “sub”."),
    )
    created_at = models.DateTimeField(gettext_lazy("created at"))
    last_used_at = models.DateTimeField(gettext_lazy("last used at"), null=True, blank=True)

    class Meta:
        verbose_name = gettext_lazy("external identity")
        verbose_name_plural = gettext_lazy("external identities")
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="external_identity_once")]

    def __str__(self) -> str:
        return gettext("%(subject)s at %(issuer)s") % {"subject": self.subject, "issuer": self.issuer}

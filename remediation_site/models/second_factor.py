"""The second factor of a person: a key that a phone shares with the site, and codes for when the phone is gone."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, gettext_lazy


class SecondFactor(models.Model):
    """The key of one person. It counts once a code of it was entered."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="second_factor",
        verbose_name=gettext_lazy("user"),
    )
    key_encrypted = models.BinaryField(gettext_lazy("key encrypted"))
    created_at = models.DateTimeField(gettext_lazy("created at"))
    confirmed_at = models.DateTimeField(gettext_lazy("confirmed at"), null=True)
    # No code of this step of 30 seconds, or one before, is taken again.
    last_step = models.BigIntegerField(gettext_lazy("last step"), default=0)
    failures = models.PositiveIntegerField(gettext_lazy("failures"), default=0)  # since the last code that was right
    wait_until = models.DateTimeField(gettext_lazy("wait until"), null=True)  # no code is looked at before

    class Meta:
        verbose_name = gettext_lazy("second factor")
        verbose_name_plural = gettext_lazy("second factors")

    def __str__(self) -> str:
        return gettext("second factor of %(name)s") % {"name": self.user}


class RecoveryCode(models.Model):
    """A code that works once; only its digest is kept."""

    factor = models.ForeignKey(
        SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes", verbose_name=gettext_lazy("factor")
    )
    digest = models.CharField(gettext_lazy("digest"), max_length=64)
    used_at = models.DateTimeField(gettext_lazy("used at"), null=True)

    class Meta:
        verbose_name = gettext_lazy("recovery code")
        verbose_name_plural = gettext_lazy("recovery codes")
        constraints = [models.UniqueConstraint(fields=["factor", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return gettext("recovery code %(number)s") % {"number": self.pk}

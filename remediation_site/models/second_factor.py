"""The second factor of a person: a key that a phone shares with the site, and codes for when the phone is gone."""

from django.conf import settings
from django.db import models


class SecondFactor(models.Model):
    """The key of one person. It counts once a code of it was entered."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor")
    key_encrypted = models.BinaryField()
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)  # no code of this step of 30 seconds, or one before, is taken again
    failures = models.PositiveIntegerField(default=0)  # since the last code that was right
    wait_until = models.DateTimeField(null=True)  # no code is looked at before

    class Meta:
        verbose_name = "second factor"

    def __str__(self) -> str:
        return f"second factor of {self.user}"


class RecoveryCode(models.Model):
    """A code that works once; only its digest is kept."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["factor", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"

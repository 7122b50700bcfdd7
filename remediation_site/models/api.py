"""Tokens of the API, the accounts of services, how fast each may ask, and the answers that are kept for repeats."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy


class ServiceAccount(models.Model):
    """Says of an account that a program has it and no person: it cannot log in, and judges no work."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="service_account",
        verbose_name=gettext_lazy("user"),
    )
    created_at = models.DateTimeField(gettext_lazy("created at"))
    created_by_name = models.CharField(
        gettext_lazy("created by name"), max_length=200, help_text=gettext_lazy("Kept when the user is deleted.")
    )

    class Meta:
        verbose_name = gettext_lazy("service account")
        verbose_name_plural = gettext_lazy("service accounts")

    def __str__(self) -> str:
        return self.user.get_username()


class ApiToken(models.Model):
    """A secret with which a person's program, or a service, uses the API. Only its hash is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=gettext_lazy("user")
    )
    name = models.CharField(
        gettext_lazy("name"), max_length=80, help_text=gettext_lazy("What uses it; history names it.")
    )
    prefix = models.CharField(
        gettext_lazy("prefix"),
        max_length=12,
        help_text=gettext_lazy("Its first characters, by which people tell tokens apart."),
    )
    sha256 = models.CharField(gettext_lazy("sha256"), max_length=64, unique=True)
    scopes = models.JSONField(
        gettext_lazy("scopes"), help_text=gettext_lazy("What it may be used for; never more than its account may do.")
    )
    created_at = models.DateTimeField(gettext_lazy("created at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("created by"),
    )
    created_by_name = models.CharField(
        gettext_lazy("created by name"), max_length=200, help_text=gettext_lazy("Kept when the user is deleted.")
    )
    expires_at = models.DateTimeField(gettext_lazy("expires at"))
    last_used_at = models.DateTimeField(
        gettext_lazy("last used at"), null=True, blank=True, help_text=gettext_lazy("To the minute.")
    )
    revoked_at = models.DateTimeField(gettext_lazy("revoked at"), null=True, blank=True)
    revoked_by_name = models.CharField(gettext_lazy("revoked by name"), max_length=200, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        verbose_name = gettext_lazy("API token")
        verbose_name_plural = gettext_lazy("API tokens")
        permissions = [("create_service_token", "Can create tokens for services")]
        indexes = [models.Index(fields=("-created_at", "-id"), name="token_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="token_expires_after_creation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Pace(models.Model):
    """How fast somebody asks. One row for each token and for each address that fails to log in."""

    key = models.CharField(
        gettext_lazy("key"), max_length=64, primary_key=True, help_text=gettext_lazy("token:12, address:192.0.2.1")
    )
    ready_at_ms = models.BigIntegerField(
        gettext_lazy("ready at ms"),
        help_text=gettext_lazy("When all that was asked is worked off; milliseconds since 1970."),
    )

    class Meta:
        verbose_name = gettext_lazy("pace")
        verbose_name_plural = gettext_lazy("paces")
        indexes = [models.Index(fields=("ready_at_ms",), name="pace_ready_at")]

    def __str__(self) -> str:
        return self.key


class ApiAnswer(models.Model):
    """What a request that wrote was answered, kept for a repeat with the same key. Written together with the work."""

    token = models.ForeignKey(
        ApiToken, on_delete=models.CASCADE, related_name="answers", verbose_name=gettext_lazy("token")
    )
    key = models.CharField(
        gettext_lazy("key"), max_length=255, help_text=gettext_lazy("The Idempotency-Key of the request.")
    )
    sha256 = models.CharField(
        gettext_lazy("sha256"), max_length=64, help_text=gettext_lazy("Of the method, the address and the body.")
    )
    status = models.PositiveSmallIntegerField(gettext_lazy("status"))
    body = models.TextField(gettext_lazy("body"))
    at = models.DateTimeField(gettext_lazy("at"))

    class Meta:
        verbose_name = gettext_lazy("api answer")
        verbose_name_plural = gettext_lazy("api answers")
        indexes = [models.Index(fields=("at",), name="answer_at")]
        constraints = [models.UniqueConstraint(fields=("token", "key"), name="answer_once_per_key")]

    def __str__(self) -> str:
        return f"{self.status} at {self.at:%Y-%m-%d %H:%M:%S}"

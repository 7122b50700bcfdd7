"""Tokens of the API, the accounts of services, how fast each may ask, and the answers that are kept for repeats."""

from django.conf import settings
from django.db import models


class ServiceAccount(models.Model):
    """Says of an account that a program has it and no person: it cannot log in, and judges no work."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="service_account")
    created_at = models.DateTimeField()
    created_by_name = models.CharField(max_length=200, help_text="Kept when the user is deleted.")

    def __str__(self) -> str:
        return self.user.get_username()


class ApiToken(models.Model):
    """A secret with which a person's program, or a service, uses the API. Only its hash is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="What uses it; history names it.")
    prefix = models.CharField(max_length=12, help_text="Its first characters, by which people tell tokens apart.")
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(help_text="What it may be used for; never more than its account may do.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_by_name = models.CharField(max_length=200, help_text="Kept when the user is deleted.")
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        verbose_name = "API token"
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

    key = models.CharField(max_length=64, primary_key=True, help_text="token:12, address:192.0.2.1")
    ready_at_ms = models.BigIntegerField(help_text="When all that was asked is worked off; milliseconds since 1970.")

    class Meta:
        indexes = [models.Index(fields=("ready_at_ms",), name="pace_ready_at")]

    def __str__(self) -> str:
        return self.key


class ApiAnswer(models.Model):
    """What a request that wrote was answered, kept for a repeat with the same key. Written together with the work."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="answers")
    key = models.CharField(max_length=255, help_text="The Idempotency-Key of the request.")
    sha256 = models.CharField(max_length=64, help_text="Of the method, the address and the body.")
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=("at",), name="answer_at")]
        constraints = [models.UniqueConstraint(fields=("token", "key"), name="answer_once_per_key")]

    def __str__(self) -> str:
        return f"{self.status} at {self.at:%Y-%m-%d %H:%M:%S}"

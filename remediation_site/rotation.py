"""When SECRET_KEY changes: what is stored encrypted moves to the new key. A test knows every column that is."""

from dataclasses import dataclass

from django.db import models, transaction

from alerts.models import Channel
from alerts.secrets import PURPOSE as OF_CHANNELS
from remediation_site.models import SecondFactor
from remediation_site.signin.second_factor import PURPOSE as OF_SECOND_FACTORS
from tracker import encryption
from tracker.github.client import PURPOSE as OF_REPOSITORIES
from tracker.models import GitHubRepository


@dataclass(frozen=True, slots=True)
class Stored:
    """A column of encrypted secrets."""

    model: type[models.Model]
    column: str
    purpose: bytes


STORED = (
    Stored(Channel, "secret_encrypted", OF_CHANNELS),
    Stored(SecondFactor, "key_encrypted", OF_SECOND_FACTORS),
    Stored(GitHubRepository, "token_encrypted", OF_REPOSITORIES),
    Stored(GitHubRepository, "webhook_secret_encrypted", OF_REPOSITORIES),
)


def rotate() -> tuple[int, list[str]]:
    """Encrypt every stored secret with SECRET_KEY; how many, and those that no key of the site opens."""
    done, unreadable = 0, []
    for stored in STORED:
        for row in stored.model.objects.exclude(**{stored.column: None}).order_by("pk").iterator():
            if not getattr(row, stored.column):
                continue
            try:
                done += _rotated(stored, row.pk)
            except encryption.Unreadable:
                unreadable.append(f"{stored.model._meta.verbose_name} {row}")
    return done, unreadable


@transaction.atomic
def _rotated(stored: Stored, pk: int) -> int:
    """Encrypt one, of which nobody enters another in the meantime."""
    row = stored.model.objects.select_for_update().filter(pk=pk).first()
    before = getattr(row, stored.column) if row else None
    if not before:
        return 0
    fresh = encryption.rotated(before, purpose=stored.purpose)
    return stored.model.objects.filter(pk=pk).update(**{stored.column: fresh})

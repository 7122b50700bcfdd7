"""What a new site needs before somebody can log in; everything here is done once and then left alone."""

import secrets
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser

from tracker import intake, reading
from tracker.choices import Door

ADMINISTRATOR = "admin"
SAMPLES = Path(settings.BASE_DIR) / "samples"
TRACKED_SAMPLE = "2026-10-02-checkout-timeouts.md"  # its entries become issues; the others wait for a review


def is_new_site() -> bool:
    """Whether nobody has an account yet."""
    return not get_user_model().objects.exists()


def create_administrator() -> tuple[AbstractUser, str]:
    """The first account and its password, which is stored nowhere in clear."""
    password = secrets.token_urlsafe(12)
    user = get_user_model().objects.create_superuser(username=ADMINISTRATOR, password=password)
    return user, password


def load_samples(*, actor: AbstractUser, now: datetime) -> int:
    """Import the analyses that ship with the project and track the entries of one; how many analyses."""
    paths = sorted(SAMPLES.glob("*.md"))
    hand = {"actor": actor, "door": Door.INTAKE, "now": now}
    for path in paths:
        data = path.read_bytes()
        text = reading.decode(data, name=path.name, limit=settings.MAX_ANALYSIS_BYTES)
        source = reading.source_of(str(path), data, base=settings.BASE_DIR)
        imported = intake.import_analysis(text, source=source, **hand)
        if path.name == TRACKED_SAMPLE:
            intake.add_all(imported.analysis.pk, **hand)
    return len(paths)

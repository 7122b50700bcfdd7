"""What a new site needs before somebody can log in; everything here is done once and then left alone."""

import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser

SAMPLES = Path(settings.BASE_DIR) / "samples"
ADMINISTRATOR = "admin"


def is_new_site() -> bool:
    """Whether nobody has an account yet."""
    return not get_user_model().objects.exists()


def create_administrator() -> tuple[AbstractUser, str]:
    """The first account and its password, which is stored nowhere in clear."""
    password = secrets.token_urlsafe(12)
    user = get_user_model().objects.create_superuser(username=ADMINISTRATOR, password=password)
    return user, password

"""What ways to sign in need that is not always installed; importable before Django is set up."""

from importlib.util import find_spec

from tracker.translation import gettext_noop

TWO_FACTOR = ("django_otp", "qrcode")
# Translated on pages, and not by the checks of the settings.
NO_TWO_FACTOR = gettext_noop(
    "Two-factor login needs django-otp and qrcode, which are not installed: run `make install-extras`."
)
SINGLE_SIGN_ON = ("authlib", "joserfc")
NO_SINGLE_SIGN_ON = "Single sign-on needs Authlib, which is not installed: run `make install-extras`."


def is_there(packages: tuple[str, ...]) -> bool:
    """Whether all of the packages are installed."""
    return all(find_spec(name) for name in packages)

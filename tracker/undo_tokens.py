"""What a form for undoing carries: signed, for the person who made the change alone, and for an hour."""

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.core import signing
from django.utils.translation import gettext

from tracker.undo import UndoRefused

LASTS = timedelta(hours=1)


def sign(what: str, values: object, *, user: AbstractBaseUser) -> str:
    """Values that JSON can hold, for one kind of undoing."""
    return signing.dumps([user.pk, values], salt=f"undo {what}", compress=True)


def read(what: str, token: str, *, user: AbstractBaseUser) -> object:
    """The values. Raises: UndoRefused for another person, after the hour, and for what was not signed here."""
    try:
        whose, values = signing.loads(token, salt=f"undo {what}", max_age=LASTS)
    except signing.SignatureExpired:
        raise UndoRefused(gettext("It was done more than an hour ago: change it by hand.")) from None
    except signing.BadSignature:
        raise UndoRefused(gettext("This is no undo that this site has offered: change it by hand.")) from None
    if whose != user.pk:
        raise UndoRefused(gettext("Only who made a change undoes it: change it by hand."))
    return values

"""The second factor: codes of an app (TOTP, RFC 6238, by django-otp) and recovery codes. Who needs one; is it right?

django-otp's own tables keep keys in plain and exist only where it is installed; so the rows are this project's, with
the key encrypted, and django-otp does the arithmetic.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from math import ceil
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.utils.translation import gettext, ngettext

from remediation_site.models import RecoveryCode, SecondFactor
from remediation_site.signin import optional
from tracker import encryption

PURPOSE = b"remediation-site: keys of second factors"
ISSUER = "Remediation"
KEY_BYTES = 20
STEP_SECONDS, DIGITS, TOLERANCE = 30, 6, 1  # a clock may be one step wrong
RECOVERY_CODES, RECOVERY_LETTERS = 10, 16  # of 5 bits each
FREE_FAILURES, LONGEST_WAIT = 4, timedelta(hours=1)  # then a minute, twice as long after each other
SUPERUSERS, EVERYBODY = "superusers", "everybody"  # words of TWO_FACTOR_REQUIRED_FOR beside names of groups
NO_GROUPS = {SUPERUSERS, EVERYBODY}


class FactorRefused(Exception):
    """Why a code is not taken, in one sentence."""


def factor_of(user: AbstractBaseUser) -> SecondFactor | None:
    """The person's second factor that counts."""
    return SecondFactor.objects.filter(user=user.pk, confirmed_at__isnull=False).first()


def is_required(user: User) -> bool:
    """Whether the site asks this person to have one."""
    wanted = settings.TWO_FACTOR_REQUIRED_FOR
    if not wanted:
        return False
    if EVERYBODY in wanted or (user.is_superuser and SUPERUSERS in wanted):
        return True
    return user.groups.filter(name__in=wanted).exists()


def begin(user: AbstractBaseUser, *, now: datetime) -> SecondFactor:
    """Give a person a new key that does not count yet. One that counts is never replaced.

    Raises: FactorRefused.
    """
    _must_be_installed()
    key = base64.b32encode(secrets.token_bytes(KEY_BYTES)).decode()
    fresh = {"key_encrypted": encryption.encrypt(key, purpose=PURPOSE), "created_at": now, "failures": 0}
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user.pk).first()
        if factor and factor.confirmed_at:
            raise FactorRefused(gettext("Two-factor login is set up already."))
        if factor:
            SecondFactor.objects.filter(pk=factor.pk).update(**fresh, wait_until=None)
            return SecondFactor.objects.get(pk=factor.pk)
        return SecondFactor.objects.create(user_id=user.pk, **fresh)


def key_of(factor: SecondFactor) -> str:
    """The key in Base32, as apps take it. Raises: FactorRefused when no key of the site opens it."""
    try:
        return encryption.decrypt(factor.key_encrypted, purpose=PURPOSE)
    except encryption.Unreadable:
        raise FactorRefused(
            gettext("The key of your second factor cannot be read any more: ask an administrator to take it away.")
        ) from None


def address_of(factor: SecondFactor) -> str:
    """The otpauth address that an app reads from the QR code."""
    label = quote(f"{ISSUER}:{factor.user.get_username()}")
    return f"otpauth://totp/{label}?{urlencode({'secret': key_of(factor), 'issuer': ISSUER, 'digits': DIGITS})}"


def picture_of(factor: SecondFactor) -> str:
    """The QR code as a data: address of an SVG."""
    qrcode, svg = import_module("qrcode"), import_module("qrcode.image.svg")
    drawn = qrcode.make(address_of(factor), image_factory=svg.SvgPathFillImage).to_string()
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn).decode()}"


def verify(factor_id: int, code: str, *, now: datetime) -> None:
    """Take a code of the app or a recovery code, once. Raises: FactorRefused when it is not taken."""
    _checked(factor_id, code, now=now, takes=(_takes_step, _takes_recovery_code))


def confirm(factor_id: int, code: str, *, now: datetime) -> list[str]:
    """Let a new key count, since its app shows the right code; the recovery codes, shown this once.

    Raises: FactorRefused when the code is wrong.
    """
    _checked(factor_id, code, now=now, takes=(_takes_step,))
    SecondFactor.objects.filter(pk=factor_id).update(confirmed_at=now)
    return new_recovery_codes(factor_id)


@transaction.atomic
def new_recovery_codes(factor_id: int) -> list[str]:
    """Replace the recovery codes."""
    SecondFactor.objects.select_for_update().get(pk=factor_id)
    RecoveryCode.objects.filter(factor_id=factor_id).delete()
    codes = [base64.b32encode(secrets.token_bytes(RECOVERY_LETTERS * 5 // 8)).decode() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(factor_id=factor_id, digest=_digest(code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, RECOVERY_LETTERS, 4)).lower() for code in codes]


Takes = Callable[[SecondFactor, str, datetime], bool]


def _checked(factor_id: int, code: str, *, now: datetime, takes: tuple[Takes, ...]) -> None:
    """Look at a code, one at a time for each factor, and count what is wrong."""
    _must_be_installed()
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(pk=factor_id).first()
        if factor is None:
            raise FactorRefused(gettext("There is no second factor any more: log in again."))
        if factor.wait_until and factor.wait_until > now:
            minutes = ceil((factor.wait_until - now) / timedelta(minutes=1))
            raise FactorRefused(
                ngettext(
                    "There were too many wrong codes: try again in %(number)s minute.",
                    "There were too many wrong codes: try again in %(number)s minutes.",
                    minutes,
                )
                % {"number": minutes}
            )
        code = "".join(code.split()).replace("-", "").upper()
        right = any(take(factor, code, now) for take in takes)
        factor.failures = 0 if right else factor.failures + 1
        over = factor.failures - FREE_FAILURES
        factor.wait_until = now + min(timedelta(minutes=2 ** min(over - 1, 10)), LONGEST_WAIT) if over > 0 else None
        factor.save(update_fields=["failures", "wait_until", "last_step"])
    if not right:
        raise FactorRefused(gettext("This code is wrong, or it was used before: enter the one that the app shows now."))


def _takes_step(factor: SecondFactor, code: str, now: datetime) -> bool:
    """Whether the app shows this code now and it was not taken before."""
    if len(code) != DIGITS or not (code.isascii() and code.isdecimal()):
        return False
    totp = import_module("django_otp.oath").TOTP(base64.b32decode(key_of(factor)), STEP_SECONDS, digits=DIGITS)
    totp.time = now.timestamp()
    if not totp.verify(int(code), TOLERANCE, min_t=factor.last_step + 1):
        return False
    factor.last_step = totp.t()
    return True


def _takes_recovery_code(factor: SecondFactor, code: str, now: datetime) -> bool:
    unused = factor.recovery_codes.filter(digest=_digest(code), used_at__isnull=True)
    return unused.update(used_at=now) == 1


def _must_be_installed() -> None:
    if not optional.is_there(optional.TWO_FACTOR):
        raise FactorRefused(gettext(optional.NO_TWO_FACTOR))


def _digest(code: str) -> str:
    """Of 80 random bits a plain hash is enough: nobody finds them by trying."""
    return hashlib.sha256(code.encode()).hexdigest()

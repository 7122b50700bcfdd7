"""Secrets that are stored: encrypted with keys derived from SECRET_KEY, one for each purpose.

What a former key (SECRET_KEY_FALLBACKS) has encrypted can still be read, and `rotated` encrypts it with the new one.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """No key of the site opens what is stored."""


def encrypt(text: str, *, purpose: bytes) -> bytes:
    """What is stored of a secret."""
    return _keys(purpose).encrypt(text.encode())


def decrypt(stored: bytes, *, purpose: bytes) -> str:
    """The secret that was stored. Raises: Unreadable."""
    try:
        return _keys(purpose).decrypt(bytes(stored)).decode()
    except InvalidToken:
        raise Unreadable from None


def rotated(stored: bytes, *, purpose: bytes) -> bytes:
    """The same secret, encrypted with SECRET_KEY. Raises: Unreadable."""
    try:
        return _keys(purpose).rotate(bytes(stored))
    except InvalidToken:
        raise Unreadable from None


def _keys(purpose: bytes) -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str, purpose: bytes) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key.encode())
    return base64.urlsafe_b64encode(derived)

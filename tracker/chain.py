"""How the rows of the audit hang together: what is signed, and with what. Pure.

A row's mark is an HMAC of all that it says and of its position, so that whoever has the database and not the key can
neither change a row nor make one up. A row's digest is a hash of the digest before it and of its mark, so that the
last one stands for all of them. A seal signs the digest that a batch ends with.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"remediation-site: seals of the audit"
START = "0" * 64  # the digest before the first row
# All that a row says, in the order in which it is signed. One that is added later needs a new form of mark.
COLUMNS = (
    "id", "at", "actor_id", "actor_name", "door", "via", "verb", "kind", "object_id", "label", "changes", "reason",
    "request_id", "address", "row_kind", "row_id", "row_digest",
)  # fmt: skip
SEALED = ("number", "first", "last", "at", "previous", "digest", "key")  # what a seal signs
ROW, LINK, SEAL, NAME = b"audit row 1\n", b"audit link 1\n", b"audit seal 1\n", b"audit key 1\n"  # never mixed up


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the site, and the name by which seals remember it."""

    secret: bytes
    name: str

    @classmethod
    def of(cls, text: str) -> Self:
        """The key that is derived from a setting."""
        secret = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(text.encode())
        return cls(secret, hmac.digest(secret, NAME, "sha256").hex()[:16])


def canonical(values: object) -> bytes:
    """The one way to write values (texts, whole numbers, true, false, none, lists and mappings of them) as bytes."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def moment(at: datetime) -> str:
    """A moment in the one way in which it is signed, whatever zone a database gives it in."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def mark(key: Key, position: int, values: Sequence[object]) -> str:
    """The mark of a row at its position; the values are those of COLUMNS."""
    number, at, *rest = values
    return hmac.digest(key.secret, ROW + canonical([position, number, moment(at), *rest]), "sha256").hex()


def digest(before: str, mark_of_row: str) -> str:
    """The digest of a row that follows on the digest before it."""
    return hashlib.sha256(LINK + bytes.fromhex(before) + bytes.fromhex(mark_of_row)).hexdigest()


def signature(key: Key, values: Mapping[str, object]) -> str:
    """The signature of a seal; the values are those of SEALED."""
    signed = [moment(values[name]) if name == "at" else values[name] for name in SEALED]
    return hmac.digest(key.secret, SEAL + canonical(signed), "sha256").hex()


def fingerprint(values: object) -> str:
    """The SHA-256 of a row of history."""
    return hashlib.sha256(canonical(values)).hexdigest()

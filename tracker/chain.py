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
# What an anchor signs: it stands for the rows that were pruned.
ANCHORED = ("number", "first", "last", "at", "digest", "history", "archive", "archive_digest", "key")
ROW, LINK, SEAL, NAME = b"audit row 1\n", b"audit link 1\n", b"audit seal 1\n", b"audit key 1\n"  # never mixed up
ANCHOR, TOLD, END = b"audit anchor 1\n", b"audit told 1\n", b"audit archive 1\n"
SUM_BYTES = 256  # so many that nobody finds other rows with the same sum


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
    """The digest of a row that follows on the digest before it; "" when one of the two was edited to be no digest."""
    try:
        return hashlib.sha256(LINK + bytes.fromhex(before) + bytes.fromhex(mark_of_row)).hexdigest()
    except ValueError:
        return ""


def signature(key: Key, values: Mapping[str, object]) -> str:
    """The signature of a seal; the values are those of SEALED."""
    return _signed(key, SEAL, SEALED, values)


def signature_of_anchor(key: Key, values: Mapping[str, object]) -> str:
    """The signature of an anchor; the values are those of ANCHORED."""
    return _signed(key, ANCHOR, ANCHORED, values)


def signature_of_end(key: Key, seal: int, rows: int, digest: str) -> str:
    """The signature of the end of an archive: its last seal, how many rows it holds, and the digest of the last one."""
    return hmac.digest(key.secret, END + canonical([seal, rows, digest]), "sha256").hex()


def _signed(key: Key, purpose: bytes, names: Sequence[str], values: Mapping[str, object]) -> str:
    signed = [moment(values[name]) if name == "at" else values[name] for name in names]
    return hmac.digest(key.secret, purpose + canonical(signed), "sha256").hex()


def added(total: str, kind: str, row_id: int, row_digest: str) -> str:
    """A sum of rows of history, in any order, with one more: two sets of rows have the same sum only when they are one.

    It needs no key, so that sums of rows that different keys have sealed can be added up; an anchor signs it.
    """
    one = hashlib.shake_256(TOLD + canonical([kind, row_id, row_digest])).digest(SUM_BYTES)
    whole = (int(total or "0", 16) + int.from_bytes(one, "big")) % (1 << 8 * SUM_BYTES)
    return f"{whole:x}"


def fingerprint(values: object) -> str:
    """The SHA-256 of a row of history."""
    return hashlib.sha256(canonical(values)).hexdigest()

"""The terms of an analysis as a few bytes, so that a row can keep them and a process can load ten thousand at once.

A term is kept as a 32-bit hash: enough to find it again, no use for reading it. Layout, little-endian: the version
(1 byte), the number of terms of each kind in the order of KINDS (2 bytes each), all hashes (4 bytes each), all counts
(1 byte each).
"""

import struct
import sys
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

from tracker.recurrence.vocabulary import Terms

VERSION = 1  # of the layout and of what vocabulary.py reads: rows of another version are read anew from their text
KINDS = ("phrases", "cause_words", "signatures", "names")
MOST_COUNTED = 255
HEADER = struct.Struct(f"<B{len(KINDS)}H")
PER_TERM = 5


class OtherVersion(ValueError):
    """These bytes were packed by another version, or are damaged: read the analysis again."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Hashes and counts of all terms, kind after kind; `ends` says where each kind ends."""

    hashes: array
    counts: bytes
    ends: tuple[int, ...]


def term_hash(kind: str, term: str) -> int:
    """The 32-bit hash of a term; the same words as a phrase and as a cause have different ones."""
    return crc32(f"{kind}:{term}".encode("utf-8", "surrogatepass"))


def pack(terms: Terms) -> Packed:
    """The terms as hashes and counts."""
    kinds = (terms.phrases, terms.cause_words, terms.signatures, dict.fromkeys(sorted(terms.names), 1))
    hashes, counts, ends = array("I"), bytearray(), []
    for kind, bag in zip(KINDS, kinds, strict=True):
        hashes.extend(term_hash(kind, term) for term in bag)
        counts.extend(min(count, MOST_COUNTED) for count in bag.values())
        ends.append(len(hashes))
    return Packed(hashes, bytes(counts), tuple(ends))


def to_bytes(packed: Packed) -> bytes:
    """The bytes that a row keeps."""
    sizes = (end - start for start, end in zip((0, *packed.ends), packed.ends, strict=False))
    return HEADER.pack(VERSION, *sizes) + _little_endian(packed.hashes).tobytes() + packed.counts


def from_bytes(data: bytes) -> Packed:
    """What `to_bytes` has written.

    Raises: OtherVersion when the bytes are of another version or damaged.
    """
    data = bytes(data)  # PostgreSQL gives a memoryview
    if len(data) < HEADER.size or data[0] != VERSION:
        raise OtherVersion
    sizes = HEADER.unpack_from(data)[1:]
    total = sum(sizes)
    if len(data) != HEADER.size + total * PER_TERM:
        raise OtherVersion
    hashes = array("I")
    hashes.frombytes(data[HEADER.size : HEADER.size + 4 * total])
    return Packed(_little_endian(hashes), data[HEADER.size + 4 * total :], tuple(_running(sizes)))


def _running(sizes: Iterable[int]) -> Iterable[int]:
    total = 0
    for size in sizes:
        total += size
        yield total


def _little_endian(hashes: array) -> array:
    if sys.byteorder == "little":
        return hashes
    swapped = array("I", hashes)
    swapped.byteswap()
    return swapped

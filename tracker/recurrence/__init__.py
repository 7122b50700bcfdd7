"""Is a new analysis the return of an earlier one? Pure: no Django, no clock.

`terms(text, source)` reads what an analysis is compared by, `pack`, `to_bytes` and `from_bytes` keep it in few bytes,
`Index` holds the earlier ones and tells which of them a new one may be the return of.
"""

from tracker.recurrence.index import Index
from tracker.recurrence.packing import OtherVersion, Packed, from_bytes, pack, to_bytes
from tracker.recurrence.scoring import MIGHT_BE, RECURRENCE, SAME_INCIDENT, Match
from tracker.recurrence.vocabulary import Terms, terms

__all__ = (
    "MIGHT_BE",
    "RECURRENCE",
    "SAME_INCIDENT",
    "Index",
    "Match",
    "OtherVersion",
    "Packed",
    "Terms",
    "from_bytes",
    "pack",
    "terms",
    "to_bytes",
)

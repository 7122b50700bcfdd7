"""What an import of a table did, or would do: exact numbers, the first rows of each kind, and a digest of all of it."""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field

from tracker.translation import gettext

CREATED, CHANGED, UNCHANGED, REFUSED = OUTCOMES = ("created", "changed", "unchanged", "refused")
MOST_SENTENCES = 200  # of each kind; all rows are counted
MOST_REASONS = 500  # different ones
NAMES = re.compile(r"“[^”]*”|\bP\d-\d{8}-\d+\b|\b[A-Z]{1,3}\d+\b|\d[\d,.:-]*")  # what differs from row to row


@dataclass(slots=True)
class Outcome:
    """Every row of the table is counted once.

    `digest` is the same for two imports that do the same to the same rows: by it what is confirmed is what was shown.
    """

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    changes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    reasons: Counter = field(default_factory=Counter)  # how many rows were refused for reasons like this one
    analysis: str = ""  # the source of the one to which new issues belong
    written: bool = False
    _hash: object = field(default_factory=hashlib.sha256)

    @property
    def digest(self) -> str:
        """Of all that was counted so far."""
        return self._hash.hexdigest()

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return sum(self.counts.values())

    def count(self, outcome: str, number: int, subject: str, *details: str) -> None:
        """Count a row: what becomes of it, which issue it is about, and what changes."""
        self.counts[outcome] += 1
        self._hash.update(json.dumps([outcome, number, subject, details]).encode())
        if outcome in (CREATED, CHANGED) and len(self.changes) < MOST_SENTENCES:
            words = f"{subject}: {'; '.join(details)}" if details else subject
            self.changes.append(gettext("Row %(number)s: %(change)s") % {"number": number, "change": words})
        if outcome == UNCHANGED and details:
            self.remark(gettext("Row %(number)s: %(details)s") % {"number": number, "details": "; ".join(details)})

    def refuse(self, number: int, reasons: tuple[str, ...]) -> None:
        """Count a row as refused, with every reason."""
        self.counts[REFUSED] += 1
        self._hash.update(json.dumps([REFUSED, number, reasons]).encode())
        if len(self.refused) < MOST_SENTENCES:
            self.refused.append(
                gettext("Row %(number)s: %(reasons)s") % {"number": number, "reasons": " ".join(reasons)}
            )
        like = NAMES.sub("…", reasons[0]) if reasons else ""
        if like in self.reasons or len(self.reasons) < MOST_REASONS:
            self.reasons[like] += 1

    def remark(self, sentence: str) -> None:
        """Keep what a person should know."""
        if len(self.remarks) < MOST_SENTENCES:
            self.remarks.append(sentence)

    def summary(self) -> list[str]:
        """The refusals by their reason, the most frequent first, where there are more than are kept one by one."""
        if self.counts[REFUSED] <= len(self.refused):
            return []
        return [
            gettext("%(number)s rows: %(like)s") % {"number": f"{number:,}", "like": like}
            for like, number in self.reasons.most_common(20)
        ]

"""What an import of the predecessor's files did, or would do: exact numbers, and a sentence for what is special."""

from dataclasses import dataclass, field

MOST_SENTENCES = 1000  # of a file; what is left out is counted

CREATED, CHANGED, UNCHANGED, REFUSED = OUTCOMES = ("created", "changed", "unchanged", "refused")


@dataclass(slots=True)
class FileOutcome:
    """One file: every entry of it is counted once. `refused` says why, `remarks` what was decided about others."""

    file: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    left_out: int = 0  # sentences that are not kept
    special: dict[str, int] = field(default_factory=dict)

    def count(self, outcome: str) -> None:
        """Count an entry."""
        self.counts[outcome] += 1

    def refuse(self, name: str, sentence: str) -> None:
        """Count an entry as refused, with the reason."""
        self.count(REFUSED)
        self._keep(self.refused, name, sentence)

    def remark(self, name: str, sentence: str, *, as_: str = "") -> None:
        """Say something about an entry that was taken; `as_` also counts it under a name of its own."""
        if as_:
            self.special[as_] = self.special.get(as_, 0) + 1
        self._keep(self.remarks, name, sentence)

    def _keep(self, sentences: list[str], name: str, sentence: str) -> None:
        if len(self.refused) + len(self.remarks) < MOST_SENTENCES:
            sentences.append(f"{self.file}, {name}: {sentence}")
        else:
            self.left_out += 1


@dataclass(slots=True)
class Outcome:
    """An import: its files, those that could not be read, and the settings that the predecessor had."""

    files: list[FileOutcome] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    written: bool = False

    @property
    def refused(self) -> int:
        """How many entries were left out."""
        return sum(each.counts[REFUSED] for each in self.files)

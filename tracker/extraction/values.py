"""What the extraction yields: immutable values, each with its place in the text. Lines are 1-based source lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tracker.choices import IssueKind, Priority


@dataclass(frozen=True, slots=True)
class Statement:
    """A line of the analysis and what it says, as clean one-line text."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Why:
    """One numbered why: `chain` and `number` are 1-based; `answer` is "" where the analysis gives none."""

    chain: int
    number: int
    line: int
    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money as stated; `currency` is an ISO 4217 code, "" where the symbol does not say."""

    line: int
    text: str
    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Impact:
    """The business impact as stated: its lines in order and the amounts found in them."""

    statements: tuple[Statement, ...]
    amounts: tuple[Amount, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One of the strongest reasons behind a score: a short phrase and its weight (log-odds, + speaks for it)."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class ExtractedIssue:
    """One actionable entry. `owner` and `deadline` are the words of the document, "" where it names none."""

    line: int
    end_line: int
    title: str
    description: str
    kind: IssueKind
    priority: Priority
    priority_stated: bool
    done: bool
    section: tuple[str, ...]
    owner: str = ""
    deadline: str = ""
    affected_systems: tuple[str, ...] = ()
    duplicate_lines: tuple[int, ...] = ()
    score: float = 1.0
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtractedCheck:
    """Something that must hold; `issue_lines` are the lines of the issues that it belongs to."""

    line: int
    end_line: int
    text: str
    section: tuple[str, ...]
    issue_lines: tuple[int, ...] = ()
    score: float = 1.0
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A list entry, table row, check box or action-like heading that was not taken, and why in one sentence."""

    line: int
    end_line: int
    text: str
    reason: str
    section: tuple[str, ...] = ()
    score: float = 0.0
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class SystemWords:
    """A system by name and the words that name it in a text (matched whole, without regard to case)."""

    name: str
    keywords: Sequence[str]


@dataclass(frozen=True, slots=True)
class ExtractedAnalysis:
    """All that one analysis says; issues, checks and skipped lines in the order of their lines."""

    title: str
    date: date | None
    priority: Priority | None
    root_cause: Statement | None
    whys: tuple[Why, ...]
    impact: Impact | None
    affected_systems: tuple[str, ...]
    issues: tuple[ExtractedIssue, ...]
    checks: tuple[ExtractedCheck, ...]
    skipped: tuple[SkippedLine, ...]

"""The site that docs/metrics.md computes by hand: 6 analyses and 15 issues in November 2026, as plain rows.

Nothing here depends on Django, so that figures can be asserted from values and from database rows alike. What is at
stake, counted or expected is in docs/metrics.md only.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from tracker.choices import IssueKind, MeasureCategory, MeasureState, Priority, ReturnCase, Status

FIX, INVESTIGATE, PREVENT = IssueKind.FIX, IssueKind.INVESTIGATE, IssueKind.PREVENT
P0, P1, P2, P3 = Priority


def november(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def december(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, tzinfo=UTC)


NOW = november(30, 10)
MONTH = "2026-11"

# What people entered. Shares are low, likely, high; the streams add up to the MRR.
CURRENCY = "USD"
MRR = Decimal(60_000)
SHARES = {
    P0: ("0.075", "0.15", "0.30"),
    P1: ("0.04", "0.08", "0.16"),
    P2: ("0.015", "0.03", "0.06"),
    P3: ("0.005", "0.01", "0.02"),
}
STREAMS = (("Shop", Decimal(36_000), "checkout"), ("Subscriptions", Decimal(24_000), "billing"))
HOURLY_RATE = Decimal(120)
MONTHS_COUNTED = 3
CHURN_PER_HOUR = Decimal("0.005")
DOWNTIME_HOURS = Decimal("2.5")
REVENUE_WARNING, REVENUE_CRITICAL = Decimal(1000), Decimal(5000)

OWNERS = {"Ana Ruiz": "Bo Lind", "Ben Okafor": "Bo Lind", "Chi Tran": "Dee Novak"}
"""Each owner and the team lead they report to, after whom the team is called."""


class AnalysisRow(NamedTuple):
    """extracted entries ask for work; those that are neither tracked nor dismissed are pending."""

    name: str
    title: str
    came_in_at: datetime
    extracted: int
    dismissed: int = 0
    return_of: str = ""
    case: ReturnCase | None = None
    confirmed_at: datetime | None = None


ANALYSES = (
    AnalysisRow("A", "Checkout times out", november(2, 9), 4, dismissed=1),
    AnalysisRow("B", "Invoices are sent twice", november(9, 10), 3),
    AnalysisRow("C", "Sign-in loops", november(23, 8), 3),
    AnalysisRow("D", "Orders are lost", november(28, 15), 2),
    AnalysisRow("E", "Checkout times out again", november(29, 10), 1, 0, "A", ReturnCase.WHILE_OPEN, november(29, 13)),
    AnalysisRow(
        "F", "Invoices are sent twice again", november(16, 9), 4, 1, "B", ReturnCase.THOUGH_VALIDATED, november(16, 10)
    ),
)


class IssueRow(NamedTuple):
    """deadline is the original one. review: opened by a confirmed return, so no extracted entry. noted: hours."""

    number: int
    analysis: str
    kind: IssueKind
    priority: Priority
    system: str
    owner: str
    status: Status
    tracked_at: datetime
    deadline: datetime
    moved_to: datetime | None = None
    completed_at: datetime | None = None
    validated_at: datetime | None = None
    reopened_at: datetime | None = None
    noted: Decimal | None = None
    review: bool = False


ANA, BEN, CHI = OWNERS
ISSUES = (
    IssueRow(1, "A", FIX, P0, "checkout", ANA, Status.VALIDATED, november(2, 10), november(3, 10),
             completed_at=november(3, 8), validated_at=november(3, 9), noted=Decimal(6)),
    IssueRow(2, "A", FIX, P1, "checkout", BEN, Status.VALIDATED, november(2, 10), november(5, 10),
             completed_at=november(7, 22), validated_at=november(8, 10)),
    IssueRow(3, "A", PREVENT, P2, "checkout", CHI, Status.IN_PROGRESS, november(2, 10), november(16, 10),
             moved_to=december(7, 10), noted=Decimal(3)),
    IssueRow(4, "B", FIX, P1, "billing", ANA, Status.VALIDATED, november(9, 12), november(12, 12),
             completed_at=november(11, 12), validated_at=november(12, 12), noted=Decimal(10)),
    IssueRow(5, "B", FIX, P2, "billing", ANA, Status.IDENTIFIED, november(9, 12), november(23, 12),
             completed_at=november(13, 12), validated_at=november(14, 12), reopened_at=november(24, 12),
             noted=Decimal("2.5")),
    IssueRow(6, "B", PREVENT, P2, "billing", ANA, Status.VALIDATED, november(9, 12), november(23, 12),
             completed_at=november(13, 12), validated_at=november(13, 18)),
    IssueRow(7, "C", FIX, P1, "", CHI, Status.IN_PROGRESS, november(23, 10), november(26, 10), noted=Decimal(5)),
    IssueRow(8, "C", PREVENT, P3, "", CHI, Status.PLANNED, november(23, 10), december(23, 10)),
    IssueRow(9, "D", FIX, P0, "checkout", BEN, Status.IN_PROGRESS, november(28, 16), november(29, 16),
             noted=Decimal(4)),
    IssueRow(10, "D", FIX, P2, "checkout", BEN, Status.BLOCKED, november(28, 16), december(12, 16)),
    IssueRow(11, "E", FIX, P1, "checkout", "", Status.IDENTIFIED, november(29, 13), december(2, 13)),
    IssueRow(12, "E", INVESTIGATE, P1, "checkout", BEN, Status.PLANNED, november(29, 13), december(2, 13),
             review=True),
    IssueRow(13, "F", FIX, P1, "billing", ANA, Status.COMPLETED, november(16, 10), november(19, 10),
             completed_at=november(18, 22), noted=Decimal(12)),
    IssueRow(14, "F", INVESTIGATE, P1, "billing", ANA, Status.VALIDATED, november(16, 10), november(19, 10),
             completed_at=november(18, 6), validated_at=november(18, 10), review=True),
    IssueRow(15, "F", PREVENT, P3, "billing", ANA, Status.CANCELLED, november(16, 10), december(16, 10)),
)  # fmt: skip


class MeasureRow(NamedTuple):
    """since is when the measure was first in place."""

    issue: int
    category: MeasureCategory
    state: MeasureState
    since: datetime | None = None


MEASURES = (
    MeasureRow(3, MeasureCategory.TEST, MeasureState.PROPOSED),
    MeasureRow(6, MeasureCategory.MONITORING, MeasureState.PROPOSED),
    MeasureRow(8, MeasureCategory.MONITORING, MeasureState.IN_PLACE, november(25, 10)),
    MeasureRow(11, MeasureCategory.DESIGN, MeasureState.PROPOSED),
    MeasureRow(13, MeasureCategory.AUTOMATION, MeasureState.IN_PLACE, november(20, 10)),
    MeasureRow(15, MeasureCategory.PROCESS, MeasureState.VERIFIED, november(20, 10)),
)


class AlertRow(NamedTuple):
    """An alert that an issue is overdue, the levels that were told, and its first acknowledgement."""

    issue: int
    opened_at: datetime
    levels: tuple[int, ...]
    acknowledged_at: datetime | None = None


ALERTS = (
    AlertRow(2, november(5, 10), (0, 1), november(5, 11, 15)),
    AlertRow(5, november(24, 12), (0,)),
    AlertRow(7, november(26, 10), (0, 1, 2), november(26, 16)),
    AlertRow(9, november(29, 16), (0, 1), november(29, 16, 30)),
)
CHECKS_PASSED, CHECKS_FAILED, CHECKS_WITH_ERROR = 200, 3, 2

# Not of this site: earlier issues as (hours, resolved, still open), for the part of the example that needs history.
EARLIER_P1 = ((48, 12, 0), (96, 6, 0), (100, 0, 12), (192, 2, 0), (400, 0, 8))
# ... and analyses as (how many, days watched together, returns), without prevention in place and with it.
EARLIER_WITHOUT, EARLIER_WITH, EARLIER_COVERED = (8, 2920, 6), (5, 1825, 1), 5

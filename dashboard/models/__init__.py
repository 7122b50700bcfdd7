"""The rows of the dashboard: what was at stake and counted as protected, the figures of each day, and reports."""

from dashboard.models.downtime import Downtime
from dashboard.models.ledger import LedgerState, ProtectionEntry, Stake, StakeShare
from dashboard.models.reports import ReportSubscription, StoredReport
from dashboard.models.snapshots import MetricSnapshot, StoredSheet

__all__ = [
    "Downtime",
    "LedgerState",
    "MetricSnapshot",
    "ProtectionEntry",
    "ReportSubscription",
    "Stake",
    "StakeShare",
    "StoredReport",
    "StoredSheet",
]

"""The rows of the dashboard: what was at stake and counted as protected, and the figures of each day."""

from dashboard.models.downtime import Downtime
from dashboard.models.ledger import LedgerState, ProtectionEntry, Stake, StakeShare
from dashboard.models.snapshots import MetricSnapshot, StoredSheet

__all__ = ["Downtime", "LedgerState", "MetricSnapshot", "ProtectionEntry", "Stake", "StakeShare", "StoredSheet"]

"""The rows of the dashboard: what was at stake and counted as protected, and the figures of each day."""

from dashboard.models.ledger import LedgerState, ProtectionEntry, Stake, StakeShare
from dashboard.models.snapshots import MetricSnapshot

__all__ = ["LedgerState", "MetricSnapshot", "ProtectionEntry", "Stake", "StakeShare"]

"""The rows of the tracker: who owns what, what an analysis says, and the issues that come from it."""

from tracker.models.analyses import Analysis, AnalysisRevision, ExtractedItem, SkippedLine
from tracker.models.audit import Anchor, AuditEvent, Seal
from tracker.models.columns import choice, known_time_zone, time_zone_column
from tracker.models.github import GitHubDelivery, GitHubLink, GitHubRepository
from tracker.models.history import FieldChange, HistoryRow, Note, StatusChange
from tracker.models.issues import Check, Issue, PreventionMeasure, ReferenceDay
from tracker.models.owners import Owner, PriorityPolicy, System
from tracker.models.predecessor import PredecessorEntry
from tracker.models.recurrence import AnalysisTerms, Recurrence, RecurrenceDecision
from tracker.models.revenue import RevenueProfile, RevenueStream
from tracker.models.sheets import ImportDraft
from tracker.models.validation import CheckResult, ValidationHost, ValidationRun

__all__ = [
    "Analysis",
    "AnalysisRevision",
    "AnalysisTerms",
    "Anchor",
    "AuditEvent",
    "Check",
    "CheckResult",
    "ExtractedItem",
    "FieldChange",
    "GitHubDelivery",
    "GitHubLink",
    "GitHubRepository",
    "HistoryRow",
    "ImportDraft",
    "Issue",
    "Note",
    "Owner",
    "PredecessorEntry",
    "PreventionMeasure",
    "PriorityPolicy",
    "Recurrence",
    "RecurrenceDecision",
    "ReferenceDay",
    "RevenueProfile",
    "RevenueStream",
    "Seal",
    "SkippedLine",
    "StatusChange",
    "System",
    "ValidationHost",
    "ValidationRun",
    "choice",
    "known_time_zone",
    "time_zone_column",
]

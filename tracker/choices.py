"""The words stored in columns. Pure: the extraction uses them too, and it imports no Django."""

from enum import StrEnum
from typing import Self


class Choice(StrEnum):
    """A stored word with the label that people read."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """(stored word, label) in the order of definition, as Django's fields take them."""
        return [(member.value, member.label) for member in cls]


class Priority(Choice):
    """How urgent an issue or an incident is; P0 is the most urgent. Sorts as text."""

    P0 = "P0", "P0 (critical)"
    P1 = "P1", "P1 (high)"
    P2 = "P2", "P2 (medium)"
    P3 = "P3", "P3 (low)"


class IssueKind(Choice):
    """What an issue does about an incident."""

    FIX = "fix", "Fix"
    INVESTIGATE = "investigate", "Investigate"
    PREVENT = "prevent", "Prevent"


class ItemKind(Choice):
    """What an extracted entry is: an issue of one of the kinds, or a check."""

    FIX = "fix", "Fix"
    INVESTIGATE = "investigate", "Investigate"
    PREVENT = "prevent", "Prevent"
    CHECK = "check", "Check"


class Decision(Choice):
    """What a person decided about an extracted entry."""

    PENDING = "pending", "Pending"
    ADDED = "added", "Tracked"
    DISMISSED = "dismissed", "Dismissed"


class Status(Choice):
    """Where an issue stands. Only tracker.workflow writes it."""

    IDENTIFIED = "identified", "Identified"
    PLANNED = "planned", "Planned"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    VALIDATED = "validated", "Validated"
    BLOCKED = "blocked", "Blocked"
    FAILED = "failed", "Validation failed"
    ACCEPTED = "accepted", "Risk accepted"
    CANCELLED = "cancelled", "Cancelled"


class NoteKind(Choice):
    """What a note is for."""

    PROGRESS = "progress", "Progress"
    EVIDENCE = "evidence", "Evidence"
    BLOCKER = "blocker", "Blocker"
    DECISION = "decision", "Decision"
    PREVENTION = "prevention", "Prevention"


class Role(Choice):
    """An owner's place in the escalation: engineer, then levels 1 to 3."""

    ENGINEER = "engineer", "Engineer"
    TEAM_LEAD = "team_lead", "Team Lead"
    MANAGER = "manager", "Manager"
    EXECUTIVE = "executive", "Executive"


class Door(Choice):
    """Through which door a change came."""

    ADMIN = "admin", "Admin"
    COMMAND = "command", "Command"
    API = "api", "API"
    TASK = "task", "Task"
    INTAKE = "intake", "Intake"
    GITHUB = "github", "GitHub"


class AuditVerb(Choice):
    """What was done, in the audit. The column holds any word: one that is not named here can be added without a
    migration."""

    ADD = "add", "Added"
    CHANGE = "change", "Changed"
    DELETE = "delete", "Deleted"
    MOVE = "move", "Moved to another status"
    NOTE = "note", "Noted"
    IMPORT = "import", "Imported"
    DECIDE = "decide", "Decided"
    VALIDATE = "validate", "Validation"
    ACKNOWLEDGE = "acknowledge", "Acknowledged"
    SNOOZE = "snooze", "Snoozed"
    END = "end", "Ended a silence"
    SEND = "send", "Sent"
    EXPORT = "export", "Exported"
    SIGN_IN = "sign in", "Signed in"
    SIGN_IN_FAILED = "sign in failed", "Failed to sign in"
    SIGN_OUT = "sign out", "Signed out"
    BEGIN = "begin", "Began the audit"


class CalendarKind(Choice):
    """Which hours count towards a deadline."""

    ALWAYS = "24x7", "Around the clock"
    BUSINESS = "business", "Business days"


class LinkKind(Choice):
    """What the link of a note leads to."""

    COMMIT = "commit", "Commit"
    PULL_REQUEST = "pull_request", "Pull request"
    DOCUMENT = "document", "Document"


class MeasureCategory(Choice):
    """By what means a prevention measure prevents."""

    TEST = "test", "Test"
    MONITORING = "monitoring", "Monitoring"
    AUTOMATION = "automation", "Automation"
    PROCESS = "process", "Process"
    DOCUMENTATION = "documentation", "Documentation"
    DESIGN = "design", "Design"


class MeasureState(Choice):
    """How far a prevention measure has come."""

    PROPOSED = "proposed", "Proposed"
    IN_PLACE = "in_place", "In place"
    VERIFIED = "verified", "Verified"


class RunState(Choice):
    """How far a validation run has come."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    WAITING = "waiting", "Waits for a sign-off"
    FINISHED = "finished", "Finished"


class RunOutcome(Choice):
    """How a validation run ended. An error (it could not be run) is never passed."""

    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    ERROR = "error", "Error"


class CheckOutcome(Choice):
    """How one check of a run ended."""

    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    ERROR = "error", "Error"
    SKIPPED = "skipped", "Skipped"


class RunSource(Choice):
    """Who executed a validation run, or where its results come from."""

    WORKER = "worker", "Worker"
    FOREGROUND = "foreground", "Foreground"
    CI = "ci", "CI"
    COMMIT = "commit", "Commit"


class ReturnKind(Choice):
    """What a comparison takes a likely return for: a guess, a person decides."""

    RECURRENCE = "recurrence", "Another failure"
    SAME_INCIDENT = "same incident", "The same incident"


class ReturnDecision(Choice):
    """What a person decided about a likely return of an earlier analysis."""

    PENDING = "pending", "To decide"
    CONFIRMED = "confirmed", "It returned"
    REJECTED = "rejected", "No return"
    SAME_INCIDENT = "same_incident", "Same incident"


class ReturnCase(Choice):
    """How the issues of the earlier analysis stood when its return was confirmed."""

    WHILE_OPEN = "while_open", "It recurred while an earlier issue was open"
    THOUGH_VALIDATED = "though_validated", "It recurred although the earlier issues were validated"
    UNTREATED = "untreated", "It recurred, and nothing had been done about the earlier one"


class PredecessorKind(Choice):
    """What an entry of the script-based predecessor is."""

    ISSUE = "issue", "Issue"
    ALERT = "alert", "Alert"
    METRICS = "metrics", "Figures"


class PushMode(Choice):
    """Whether issues are pushed to a GitHub repository without anybody asking for it."""

    HAND = "hand", "By hand only"
    AUTOMATIC = "automatic", "Automatically, what matches below"


class OnClosed(Choice):
    """What happens to an issue when its GitHub issue is closed as completed. Never more than completing it."""

    NOTE = "note", "Only a note"
    COMPLETE = "complete", "Complete it, when every gate is open"
    HOURS_UNKNOWN = "hours_unknown", "Complete it, with hours unknown where nobody noted any"


class FollowState(Choice):
    """How far an issue and its GitHub issue have come together."""

    PLANNED = "planned", "To be pushed"
    FOLLOWED = "followed", "Followed"
    STOPPED = "stopped", "Stopped"

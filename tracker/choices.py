"""The words stored in columns. Pure: the extraction uses them too, and it imports no Django."""

from enum import StrEnum
from typing import Self

from tracker.translation import gettext, gettext_noop


class Choice(StrEnum):
    """A stored word with the label that people read, marked with gettext_noop."""

    marked: str

    def __new__(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.marked = label
        return member

    @property
    def label(self) -> str:
        """The label in the language of the site."""
        return gettext(self.marked)

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """(stored word, label) in the order of definition, as Django's fields take them."""
        return [(member.value, member.label) for member in cls]


class Priority(Choice):
    """How urgent an issue or an incident is; P0 is the most urgent. Sorts as text."""

    P0 = "P0", gettext_noop("P0 (critical)")
    P1 = "P1", gettext_noop("P1 (high)")
    P2 = "P2", gettext_noop("P2 (medium)")
    P3 = "P3", gettext_noop("P3 (low)")


class IssueKind(Choice):
    """What an issue does about an incident."""

    FIX = "fix", gettext_noop("Fix")
    INVESTIGATE = "investigate", gettext_noop("Investigate")
    PREVENT = "prevent", gettext_noop("Prevent")


class ItemKind(Choice):
    """What an extracted entry is: an issue of one of the kinds, or a check."""

    FIX = "fix", gettext_noop("Fix")
    INVESTIGATE = "investigate", gettext_noop("Investigate")
    PREVENT = "prevent", gettext_noop("Prevent")
    CHECK = "check", gettext_noop("Check")


class Decision(Choice):
    """What a person decided about an extracted entry."""

    PENDING = "pending", gettext_noop("Pending")
    ADDED = "added", gettext_noop("Tracked")
    DISMISSED = "dismissed", gettext_noop("Dismissed")


class Status(Choice):
    """Where an issue stands. Only tracker.workflow writes it."""

    IDENTIFIED = "identified", gettext_noop("Identified")
    PLANNED = "planned", gettext_noop("Planned")
    IN_PROGRESS = "in_progress", gettext_noop("In progress")
    COMPLETED = "completed", gettext_noop("Completed")
    VALIDATED = "validated", gettext_noop("Validated")
    BLOCKED = "blocked", gettext_noop("Blocked")
    FAILED = "failed", gettext_noop("Validation failed")
    ACCEPTED = "accepted", gettext_noop("Risk accepted")
    CANCELLED = "cancelled", gettext_noop("Cancelled")


class NoteKind(Choice):
    """What a note is for."""

    PROGRESS = "progress", gettext_noop("Progress")
    EVIDENCE = "evidence", gettext_noop("Evidence")
    BLOCKER = "blocker", gettext_noop("Blocker")
    DECISION = "decision", gettext_noop("Decision")
    PREVENTION = "prevention", gettext_noop("Prevention")


class Role(Choice):
    """An owner's place in the escalation: engineer, then levels 1 to 3."""

    ENGINEER = "engineer", gettext_noop("Engineer")
    TEAM_LEAD = "team_lead", gettext_noop("Team Lead")
    MANAGER = "manager", gettext_noop("Manager")
    EXECUTIVE = "executive", gettext_noop("Executive")


class Door(Choice):
    """Through which door a change came."""

    ADMIN = "admin", gettext_noop("Admin")
    COMMAND = "command", gettext_noop("Command")
    API = "api", gettext_noop("API")
    TASK = "task", gettext_noop("Task")
    INTAKE = "intake", gettext_noop("Intake")
    GITHUB = "github", gettext_noop("GitHub")


class AuditVerb(Choice):
    """What was done, in the audit. The column holds any word: one that is not named here can be added without a
    migration."""

    ADD = "add", gettext_noop("Added")
    CHANGE = "change", gettext_noop("Changed")
    DELETE = "delete", gettext_noop("Deleted")
    MOVE = "move", gettext_noop("Moved to another status")
    NOTE = "note", gettext_noop("Noted")
    IMPORT = "import", gettext_noop("Imported")
    DECIDE = "decide", gettext_noop("Decided")
    VALIDATE = "validate", gettext_noop("Validation")
    ACKNOWLEDGE = "acknowledge", gettext_noop("Acknowledged")
    SNOOZE = "snooze", gettext_noop("Snoozed")
    END = "end", gettext_noop("Ended a silence")
    SEND = "send", gettext_noop("Sent")
    EXPORT = "export", gettext_noop("Exported")
    SIGN_IN = "sign in", gettext_noop("Signed in")
    SIGN_IN_FAILED = "sign in failed", gettext_noop("Failed to sign in")
    SIGN_OUT = "sign out", gettext_noop("Signed out")
    BEGIN = "begin", gettext_noop("Began the audit")
    PRUNE = "prune", gettext_noop("Pruned the audit")


class CalendarKind(Choice):
    """Which hours count towards a deadline."""

    ALWAYS = "24x7", gettext_noop("Around the clock")
    BUSINESS = "business", gettext_noop("Business days")


class LinkKind(Choice):
    """What the link of a note leads to."""

    COMMIT = "commit", gettext_noop("Commit")
    PULL_REQUEST = "pull_request", gettext_noop("Pull request")
    DOCUMENT = "document", gettext_noop("Document")


class MeasureCategory(Choice):
    """By what means a prevention measure prevents."""

    TEST = "test", gettext_noop("Test")
    MONITORING = "monitoring", gettext_noop("Monitoring")
    AUTOMATION = "automation", gettext_noop("Automation")
    PROCESS = "process", gettext_noop("Process")
    DOCUMENTATION = "documentation", gettext_noop("Documentation")
    DESIGN = "design", gettext_noop("Design")


class MeasureState(Choice):
    """How far a prevention measure has come."""

    PROPOSED = "proposed", gettext_noop("Proposed")
    IN_PLACE = "in_place", gettext_noop("In place")
    VERIFIED = "verified", gettext_noop("Verified")


class RunState(Choice):
    """How far a validation run has come."""

    QUEUED = "queued", gettext_noop("Queued")
    RUNNING = "running", gettext_noop("Running")
    WAITING = "waiting", gettext_noop("Waits for a sign-off")
    FINISHED = "finished", gettext_noop("Finished")


class RunOutcome(Choice):
    """How a validation run ended. An error (it could not be run) is never passed."""

    PASSED = "passed", gettext_noop("Passed")
    FAILED = "failed", gettext_noop("Failed")
    ERROR = "error", gettext_noop("Error")


class CheckOutcome(Choice):
    """How one check of a run ended."""

    PASSED = "passed", gettext_noop("Passed")
    FAILED = "failed", gettext_noop("Failed")
    ERROR = "error", gettext_noop("Error")
    SKIPPED = "skipped", gettext_noop("Skipped")


class RunSource(Choice):
    """Who executed a validation run, or where its results come from."""

    WORKER = "worker", gettext_noop("Worker")
    FOREGROUND = "foreground", gettext_noop("Foreground")
    CI = "ci", gettext_noop("CI")
    COMMIT = "commit", gettext_noop("Commit")


class ReturnKind(Choice):
    """What a comparison takes a likely return for: a guess, a person decides."""

    RECURRENCE = "recurrence", gettext_noop("Another failure")
    SAME_INCIDENT = "same incident", gettext_noop("The same incident")


class ReturnDecision(Choice):
    """What a person decided about a likely return of an earlier analysis."""

    PENDING = "pending", gettext_noop("To decide")
    CONFIRMED = "confirmed", gettext_noop("It returned")
    REJECTED = "rejected", gettext_noop("No return")
    SAME_INCIDENT = "same_incident", gettext_noop("Same incident")


class ReturnCase(Choice):
    """How the issues of the earlier analysis stood when its return was confirmed."""

    WHILE_OPEN = "while_open", gettext_noop("It recurred while an earlier issue was open")
    THOUGH_VALIDATED = "though_validated", gettext_noop("It recurred although the earlier issues were validated")
    UNTREATED = "untreated", gettext_noop("It recurred, and nothing had been done about the earlier one")


class PredecessorKind(Choice):
    """What an entry of the script-based predecessor is."""

    ISSUE = "issue", gettext_noop("Issue")
    ALERT = "alert", gettext_noop("Alert")
    METRICS = "metrics", gettext_noop("Figures")


class PushMode(Choice):
    """Whether issues are pushed to a GitHub repository without anybody asking for it."""

    HAND = "hand", gettext_noop("By hand only")
    AUTOMATIC = "automatic", gettext_noop("Automatically, what matches below")


class OnClosed(Choice):
    """What happens to an issue when its GitHub issue is closed as completed. Never more than completing it."""

    NOTE = "note", gettext_noop("Only a note")
    COMPLETE = "complete", gettext_noop("Complete it, when every gate is open")
    HOURS_UNKNOWN = "hours_unknown", gettext_noop("Complete it, with hours unknown where nobody noted any")


class FollowState(Choice):
    """How far an issue and its GitHub issue have come together."""

    PLANNED = "planned", gettext_noop("To be pushed")
    FOLLOWED = "followed", gettext_noop("Followed")
    STOPPED = "stopped", gettext_noop("Stopped")

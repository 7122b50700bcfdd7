"""The words stored in columns of alerts. Pure."""

from enum import IntEnum

from tracker.choices import Choice, Role


class Severity(Choice):
    """How bad it is, worst last: `rank` compares them."""

    INFO = "info", "Info"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"
    EMERGENCY = "emergency", "Emergency"

    @property
    def rank(self) -> int:
        """0 for info up to 3 for emergency."""
        return list(Severity).index(self)


class Level(IntEnum):
    """Who is told, in this order."""

    OWNER = 0
    TEAM_LEAD = 1
    MANAGEMENT = 2
    EXECUTIVE = 3

    @property
    def label(self) -> str:
        """The level in words."""
        return LEVEL_WORDS[self][0]

    @property
    def role(self) -> Role | None:
        """The role of the person at this level; the owner may have any."""
        return LEVEL_WORDS[self][1]

    @classmethod
    def choices(cls) -> list[tuple[int, str]]:
        """(stored number, label), as Django's fields take them."""
        return [(level.value, level.label) for level in cls]


LEVEL_WORDS: dict[Level, tuple[str, Role | None]] = {
    Level.OWNER: ("Owner", None),
    Level.TEAM_LEAD: ("Team Lead", Role.TEAM_LEAD),
    Level.MANAGEMENT: ("Management", Role.MANAGER),
    Level.EXECUTIVE: ("Executive", Role.EXECUTIVE),
}


class ChannelKind(Choice):
    """By what a message leaves. `log`, `email` and `slack` reach a person; the others are places that many read."""

    LOG = "log", "Log"
    EMAIL = "email", "E-mail"
    SLACK = "slack", "Slack (to a person)"
    SLACK_WEBHOOK = "slack_webhook", "Slack (to a channel)"
    WEBHOOK = "webhook", "Webhook"
    APPRISE = "apprise", "Other (Apprise)"


PERSONAL_CHANNELS = (ChannelKind.LOG, ChannelKind.EMAIL, ChannelKind.SLACK)


class Event(Choice):
    """What a delivery tells about an alert."""

    RAISED = "raised", "Raised or repeated"
    RESOLVED = "resolved", "Resolved"


class MessageKind(Choice):
    """Why a message exists."""

    ALERT = "alert", "Alerts"
    DIGEST = "digest", "Daily digest"
    TEST = "test", "Test message"
    REPORT = "report", "Report"


class MessageState(Choice):
    """How far a message of the outbox has come."""

    PLANNED = "planned", "Planned"
    LEASED = "leased", "Being sent"
    RETRY = "retry", "Will be tried again"
    SENT = "sent", "Sent"
    DEAD = "dead", "Could not be delivered"
    MERGED = "merged", "Joined with another"
    MOOT = "moot", "No longer needed"


class SilenceKind(Choice):
    """What keeps an alert quiet for a while."""

    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    SNOOZED = "snoozed", "Snoozed"


class SilenceDoor(Choice):
    """Through which door an alert was made quiet."""

    ADMIN = "admin", "Admin"
    COMMAND = "command", "Command"
    LINK = "link", "Link in a message"
    SLACK = "slack", "Slack button"
    API = "api", "API"

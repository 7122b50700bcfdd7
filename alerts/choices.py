"""The words stored in columns of alerts. Pure."""

from enum import IntEnum

from tracker.choices import Choice, Role
from tracker.translation import gettext, gettext_noop


class Severity(Choice):
    """How bad it is, worst last: `rank` compares them."""

    INFO = "info", gettext_noop("Info")
    WARNING = "warning", gettext_noop("Warning")
    CRITICAL = "critical", gettext_noop("Critical")
    EMERGENCY = "emergency", gettext_noop("Emergency")

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
    def marked(self) -> str:
        """The level in words, as they stand in the source."""
        return LEVEL_WORDS[self][0]

    @property
    def label(self) -> str:
        """The level in words, in the language of the site."""
        return gettext(self.marked)

    @property
    def role(self) -> Role | None:
        """The role of the person at this level; the owner may have any."""
        return LEVEL_WORDS[self][1]


LEVEL_WORDS: dict[Level, tuple[str, Role | None]] = {
    Level.OWNER: (gettext_noop("Owner"), None),
    Level.TEAM_LEAD: (gettext_noop("Team Lead"), Role.TEAM_LEAD),
    Level.MANAGEMENT: (gettext_noop("Management"), Role.MANAGER),
    Level.EXECUTIVE: (gettext_noop("Executive"), Role.EXECUTIVE),
}


class ChannelKind(Choice):
    """By what a message leaves. `log`, `email` and `slack` reach a person; the others are places that many read."""

    LOG = "log", gettext_noop("Log")
    EMAIL = "email", gettext_noop("E-mail")
    SLACK = "slack", gettext_noop("Slack (to a person)")
    SLACK_WEBHOOK = "slack_webhook", gettext_noop("Slack (to a channel)")
    WEBHOOK = "webhook", gettext_noop("Webhook")
    APPRISE = "apprise", gettext_noop("Other (Apprise)")


PERSONAL_CHANNELS = (ChannelKind.LOG, ChannelKind.EMAIL, ChannelKind.SLACK)


class Event(Choice):
    """What a delivery tells about an alert."""

    RAISED = "raised", gettext_noop("Raised or repeated")
    RESOLVED = "resolved", gettext_noop("Resolved")


class MessageKind(Choice):
    """Why a message exists."""

    ALERT = "alert", gettext_noop("Alerts")
    DIGEST = "digest", gettext_noop("Daily digest")
    TEST = "test", gettext_noop("Test message")
    REPORT = "report", gettext_noop("Report")


class MessageState(Choice):
    """How far a message of the outbox has come."""

    PLANNED = "planned", gettext_noop("Planned")
    LEASED = "leased", gettext_noop("Being sent")
    RETRY = "retry", gettext_noop("Will be tried again")
    SENT = "sent", gettext_noop("Sent")
    DEAD = "dead", gettext_noop("Could not be delivered")
    MERGED = "merged", gettext_noop("Joined with another")
    MOOT = "moot", gettext_noop("No longer needed")


class SilenceKind(Choice):
    """What keeps an alert quiet for a while."""

    ACKNOWLEDGED = "acknowledged", gettext_noop("Acknowledged")
    SNOOZED = "snoozed", gettext_noop("Snoozed")


class SilenceDoor(Choice):
    """Through which door an alert was made quiet."""

    ADMIN = "admin", gettext_noop("Admin")
    COMMAND = "command", gettext_noop("Command")
    LINK = "link", gettext_noop("Link in a message")
    SLACK = "slack", gettext_noop("Slack button")
    API = "api", gettext_noop("API")

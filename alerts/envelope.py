"""What leaves by a channel: the same facts for each kind of channel, ready to be written its way. Values only."""

from dataclasses import dataclass, field
from datetime import datetime

from alerts.choices import MessageKind, Severity


@dataclass(frozen=True, slots=True)
class Line:
    """One alert of a message. `sentence` is one printable line of untrusted words; addresses are absolute or ""."""

    alert_id: int
    event: str
    rule: str
    severity: Severity
    priority: str
    level: str  # in words
    repeat: int
    sentence: str
    facts: str  # since when, whose, who is told, in words and in the recipient's time zone
    reference: str
    opened_at: datetime
    resolved: bool
    url: str
    acknowledge_url: str = ""  # lets whoever has it acknowledge: only in what reaches one person

    def as_json(self) -> dict[str, object]:
        """The line as others read it."""
        return {
            "id": self.alert_id,
            "event": self.event,
            "rule": self.rule,
            "severity": str(self.severity),
            "priority": self.priority,
            "level": self.level,
            "repeat": self.repeat,
            "sentence": self.sentence,
            "facts": self.facts,
            "reference": self.reference,
            "opened_at": self.opened_at.isoformat(),
            "resolved": self.resolved,
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the HTML of a message shows by its name: cid:NAME. `title` says what is to be seen."""

    name: str
    title: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient, for one try.

    The idempotency key is the same in each try; tried_at is the moment of this one. `subject` is one printable line;
    `html` is escaped. The lines are the worst first.
    """

    idempotency_key: str
    kind: MessageKind
    tried_at: datetime
    subject: str
    text: str
    html: str
    lines: tuple[Line, ...] = ()
    body: dict = field(default_factory=dict)  # of a digest, a report or a test message, as it was planned
    pictures: tuple[Picture, ...] = ()
    recipient_name: str = ""
    recipient_email: str = ""
    recipient_slack: str = ""
    site_url: str = ""

    @property
    def severity(self) -> Severity:
        """The worst of the lines; info when there is none."""
        return max((line.severity for line in self.lines), key=lambda severity: severity.rank, default=Severity.INFO)

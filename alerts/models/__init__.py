"""The rows of alerts: who is told by what route, what is wrong now, and the outbox."""

from alerts.models.alerts import Alert, Silence, StepTaken, Tick
from alerts.models.messages import Delivery, Enclosure, Message
from alerts.models.routes import AlertSettings, Channel, EscalationPolicy, EscalationStep, QuietHours

__all__ = [
    "Alert",
    "AlertSettings",
    "Channel",
    "Delivery",
    "Enclosure",
    "EscalationPolicy",
    "EscalationStep",
    "Message",
    "QuietHours",
    "Silence",
    "StepTaken",
    "Tick",
]

"""The rows of the project itself: who may use the API and what it answered, and how people prove who they are."""

from remediation_site.models.api import ApiAnswer, ApiToken, Pace, ServiceAccount
from remediation_site.models.calendar import CalendarFeed
from remediation_site.models.external_identity import ExternalIdentity
from remediation_site.models.second_factor import RecoveryCode, SecondFactor

__all__ = [
    "ApiAnswer",
    "ApiToken",
    "CalendarFeed",
    "ExternalIdentity",
    "Pace",
    "RecoveryCode",
    "SecondFactor",
    "ServiceAccount",
]

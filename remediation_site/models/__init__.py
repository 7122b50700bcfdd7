"""The rows of the site itself."""

from remediation_site.models.api import ApiAnswer, ApiToken, Pace, ServiceAccount
from remediation_site.models.second_factor import RecoveryCode, SecondFactor

__all__ = ["ApiAnswer", "ApiToken", "Pace", "RecoveryCode", "SecondFactor", "ServiceAccount"]

"""The rows of the site itself."""

from remediation_site.models.second_factor import RecoveryCode, SecondFactor

__all__ = ["RecoveryCode", "SecondFactor"]

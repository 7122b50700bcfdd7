"""The rows of the dashboard in the admin."""

from dashboard.admin import figures, reports

__all__ = ["figures", "reports"]

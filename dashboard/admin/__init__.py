"""The rows of the dashboard in the admin."""

from dashboard.admin import figures, reports, stakes

__all__ = ["figures", "reports", "stakes"]

"""The pages of alerts outside the admin, and what Slack calls."""

from alerts.views.acknowledge import acknowledge

__all__ = ["acknowledge"]

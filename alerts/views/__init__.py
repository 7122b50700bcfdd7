"""The pages of alerts outside the admin, and what Slack calls."""

from alerts.views.acknowledge import acknowledge
from alerts.views.health import health
from alerts.views.slack import slack_actions

__all__ = ["acknowledge", "health", "slack_actions"]

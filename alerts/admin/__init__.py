"""The admin of alerts: one module per model that needs one."""

from alerts.admin import alert, channel, message, policy, quiet_hours, settings, tick

__all__ = ["alert", "channel", "message", "policy", "quiet_hours", "settings", "tick"]

"""The admin of the tracker: one module per model that needs one."""

from tracker.admin import issue, owner, policy, system

__all__ = ["issue", "owner", "policy", "system"]

"""The admin of the tracker: one module per model that needs one."""

from tracker.admin import (
    analysis,
    audit,
    github_link,
    github_repository,
    history,
    issue,
    owner,
    policy,
    predecessor,
    prevention,
    recurrence,
    revenue,
    system,
    validation,
)

__all__ = [
    "analysis",
    "audit",
    "github_link",
    "github_repository",
    "history",
    "issue",
    "owner",
    "policy",
    "predecessor",
    "prevention",
    "recurrence",
    "revenue",
    "system",
    "validation",
]

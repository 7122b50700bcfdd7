"""What the tracker does by itself. A task reads the clock and calls."""

from django.utils import timezone

from tracker import workflow


def reopen_ended_acceptances() -> int:
    """Reopen the issues whose accepted risk has come to its end."""
    return workflow.reopen_ended_acceptances(timezone.now())

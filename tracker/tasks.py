"""What the tracker does by itself. A task reads the clock and calls."""

from django.conf import settings
from django.utils import timezone

from tracker import likely_returns, workflow
from tracker.github import comparing, follow, push, waking
from tracker.sheets import drafts
from tracker.validation import again, requests, run

PUSH_SECONDS = 50  # of one run: the next begins within a minute


def reopen_ended_acceptances() -> int:
    """Reopen the issues whose accepted risk has come to its end."""
    return workflow.reopen_ended_acceptances(timezone.now())


def run_validation(run_id: int) -> str:
    """Carry out a validation run that was asked for, when a worker may be spent on it."""
    return str(run.execute(run_id, clock=timezone.now) or "nothing to do")


def look_after_validation() -> int:
    """Mark the runs of killed workers, and wake a worker for a run that waits for one."""
    return requests.look_after(timezone.now())


def validate_again() -> int:
    """Ask for the nightly runs of validated issues."""
    return again.validate_again(timezone.now())


def compare_analyses() -> int:
    """Compare the analyses that were not compared since they were committed with all others."""
    return likely_returns.catch_up(timezone.now(), seconds=settings.Q_TASK_TIMEOUT / 2)


def push_github() -> str:
    """Find what GitHub has to be told, and send what is due."""
    compared = comparing.compare(timezone.now())
    return f"{compared}; {push.push_due(timezone.now, seconds=min(PUSH_SECONDS, settings.Q_TASK_TIMEOUT / 2))}"


def follow_github() -> str:
    """Look at the repositories of GitHub whose time has come."""
    return str(follow.follow_due(timezone.now))


def purge_import_drafts() -> int:
    """Forget the tables that were uploaded and not confirmed."""
    return drafts.purge(timezone.now())


def purge_github_deliveries() -> int:
    """Forget the calls of webhooks that are long past."""
    return waking.purge(timezone.now())

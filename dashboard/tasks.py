"""What the background work does for the dashboard."""

from django.utils import timezone

from dashboard.refresh import refresh
from dashboard.reports import mailing


def refresh_figures() -> str:
    """Bring the ledger, the figures of the day and the kept pages up to now."""
    done = refresh(timezone.now())
    wrote = f"{done.figures} figures, {done.sheets} pages, {done.stakes} stakes, {done.entries} ledger entries"
    return f"{wrote}. {done.problem}" if done.problem else wrote


def send_reports() -> int:
    """Make the reports that are due, and put them into the outbox."""
    return mailing.send_due(timezone.now())

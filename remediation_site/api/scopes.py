"""What a token may be used for. The words are stored on tokens and never renamed."""

from tracker.choices import Choice
from tracker.translation import gettext_noop


class Scope(Choice):
    """One of the things that a token can be good for; what its account may do bounds it further."""

    READ = "read", gettext_noop("Read issues, analyses, alerts and runs; ask the gate")
    WRITE_ISSUES = "write:issues", gettext_noop("Move issues on, write notes, assign owners, move deadlines")
    WRITE_ANALYSES = "write:analyses", gettext_noop("Post analyses, and decide about their entries")
    VALIDATE = "validate", gettext_noop("Report test results, and start validation runs")
    ALERTS = "alerts", gettext_noop("Acknowledge and snooze alerts")
    METRICS = "metrics", gettext_noop("Read the figures of the dashboard")

"""What a token may be used for. The words are stored on tokens and never renamed."""

from tracker.choices import Choice


class Scope(Choice):
    """One of the things that a token can be good for; what its account may do bounds it further."""

    READ = "read", "Read issues, analyses, alerts and runs; ask the gate"
    WRITE_ISSUES = "write:issues", "Move issues on, write notes, assign owners, move deadlines"
    WRITE_ANALYSES = "write:analyses", "Post analyses, and decide about their entries"
    VALIDATE = "validate", "Report test results, and start validation runs"
    ALERTS = "alerts", "Acknowledge and snooze alerts"
    METRICS = "metrics", "Read the figures of the dashboard"

"""Executions of the checks of an issue, and what came out of them. Never changed once finished."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tracker.choices import CheckOutcome, Door, RunOutcome, RunSource, RunState
from tracker.models.columns import choice
from tracker.models.issues import Check, Issue


class ValidationRun(models.Model):
    """One execution of the checks of an issue. A run that does not beat any more was killed."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="validation_runs")
    state = choice(RunState, RunState.QUEUED)
    outcome = choice(RunOutcome, blank=True, help_text="Empty until it is finished.")
    source = choice(RunSource)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_by_name = models.CharField(max_length=200, help_text="Kept when the user is deleted.")
    door = choice(Door)
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    sentence = models.TextField(blank=True, help_text="The outcome in words; until then how far it is.")
    tail = models.TextField(blank=True, help_text="The last lines of the check that is being executed.")

    class Meta:
        ordering = ("-requested_at", "-pk")
        indexes = [
            models.Index(fields=("issue", "-requested_at"), name="run_of_issue_newest"),
            models.Index(fields=("state", "heartbeat_at"), name="run_state_heartbeat"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=str(RunState.FINISHED), finished_at__isnull=False) & ~Q(outcome="")
                | ~Q(state=str(RunState.FINISHED)) & Q(outcome="", finished_at__isnull=True),
                name="run_has_an_outcome_when_finished",
            ),
            models.UniqueConstraint(
                fields=("issue",), condition=~Q(state=str(RunState.FINISHED)), name="run_unfinished_once_per_issue"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}: {self.outcome or self.state}"


class ValidationHost(models.Model):
    """A machine whose workers carry out runs, as it said last itself."""

    name = models.CharField(max_length=100, unique=True)
    workers = models.PositiveSmallIntegerField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class CheckResult(models.Model):
    """What came out of one check in one run, with the evidence."""

    run = models.ForeignKey(ValidationRun, on_delete=models.CASCADE, related_name="results")
    # A model cannot have a field called "check": Django's own method has that name.
    issue_check = models.ForeignKey(Check, on_delete=models.SET_NULL, null=True, related_name="results")
    check_text = models.TextField(help_text="Kept when the analysis drops the check.")
    entry = models.CharField(max_length=100, blank=True, help_text="What executed it; empty: a person looked.")
    entry_sha256 = models.CharField(max_length=64, blank=True, help_text="Of what the entry executes.")
    passes = models.PositiveSmallIntegerField(default=1, help_text="How many times in a row it was to pass.")
    outcome = choice(CheckOutcome)
    sentence = models.TextField(blank=True, help_text="The outcome in words.")
    command = models.TextField(blank=True)
    folder = models.TextField(blank=True)
    commit = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    duration_seconds = models.FloatField(null=True, blank=True)
    exit_code = models.IntegerField(null=True, blank=True)
    counts = models.JSONField(default=dict, blank=True, help_text="Tests, failures, errors and skipped ones.")
    output = models.TextField(blank=True, help_text="The end of what was written.")
    output_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the whole output.")
    truncated = models.BooleanField(default=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    signed_by_name = models.CharField(max_length=200, blank=True, help_text="Kept when the user is deleted.")

    class Meta:
        ordering = ("run", "pk")
        constraints = [models.UniqueConstraint(fields=("run", "issue_check"), name="result_once_per_run")]
        indexes = [models.Index(fields=("started_at",), name="result_started")]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.check_text[:80]}"

"""Executions of the checks of an issue, and what came out of them. Never changed once finished."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from tracker.choices import CheckOutcome, Door, RunOutcome, RunSource, RunState
from tracker.models.columns import choice
from tracker.models.issues import Check, Issue


class ValidationRun(models.Model):
    """One execution of the checks of an issue. A run that does not beat any more was killed."""

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="validation_runs", verbose_name=gettext_lazy("issue")
    )
    state = choice(RunState, RunState.QUEUED, verbose_name=gettext_lazy("state"))
    outcome = choice(
        RunOutcome,
        blank=True,
        help_text=gettext_lazy("Empty until it is finished."),
        verbose_name=gettext_lazy("outcome"),
    )
    source = choice(RunSource, verbose_name=gettext_lazy("source"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("requested by"),
    )
    requested_by_name = models.CharField(
        gettext_lazy("requested by name"), max_length=200, help_text=gettext_lazy("Kept when the user is deleted.")
    )
    door = choice(Door, verbose_name=gettext_lazy("door"))
    requested_at = models.DateTimeField(gettext_lazy("requested at"))
    started_at = models.DateTimeField(gettext_lazy("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(gettext_lazy("finished at"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(gettext_lazy("attempts"), default=0)
    heartbeat_at = models.DateTimeField(gettext_lazy("heartbeat at"), null=True, blank=True)
    sentence = models.TextField(
        gettext_lazy("sentence"), blank=True, help_text=gettext_lazy("The outcome in words; until then how far it is.")
    )
    tail = models.TextField(
        gettext_lazy("tail"), blank=True, help_text=gettext_lazy("The last lines of the check that is being executed.")
    )

    class Meta:
        verbose_name = gettext_lazy("validation run")
        verbose_name_plural = gettext_lazy("validation runs")
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
        return gettext("run %(number)s: %(outcome)s") % {"number": self.pk, "outcome": self.outcome or self.state}


class ValidationHost(models.Model):
    """A machine whose workers carry out runs, as it said last itself."""

    name = models.CharField(gettext_lazy("name"), max_length=100, unique=True)
    workers = models.PositiveSmallIntegerField(gettext_lazy("workers"))
    seen_at = models.DateTimeField(gettext_lazy("seen at"))

    class Meta:
        verbose_name = gettext_lazy("validation host")
        verbose_name_plural = gettext_lazy("validation hosts")

    def __str__(self) -> str:
        return self.name


class CheckResult(models.Model):
    """What came out of one check in one run, with the evidence."""

    run = models.ForeignKey(
        ValidationRun, on_delete=models.CASCADE, related_name="results", verbose_name=gettext_lazy("run")
    )
    # A model cannot have a field called "check": Django's own method has that name.
    issue_check = models.ForeignKey(
        Check, on_delete=models.SET_NULL, null=True, related_name="results", verbose_name=gettext_lazy("issue check")
    )
    check_text = models.TextField(
        gettext_lazy("check text"), help_text=gettext_lazy("Kept when the analysis drops the check.")
    )
    entry = models.CharField(
        gettext_lazy("entry"),
        max_length=100,
        blank=True,
        help_text=gettext_lazy("What executed it; empty: a person looked."),
    )
    entry_sha256 = models.CharField(
        gettext_lazy("entry sha256"), max_length=64, blank=True, help_text=gettext_lazy("Of what the entry executes.")
    )
    passes = models.PositiveSmallIntegerField(
        gettext_lazy("passes"), default=1, help_text=gettext_lazy("How many times in a row it was to pass.")
    )
    outcome = choice(CheckOutcome, verbose_name=gettext_lazy("outcome"))
    sentence = models.TextField(gettext_lazy("sentence"), blank=True, help_text=gettext_lazy("The outcome in words."))
    command = models.TextField(gettext_lazy("command"), blank=True)
    folder = models.TextField(gettext_lazy("folder"), blank=True)
    commit = models.CharField(gettext_lazy("commit"), max_length=64, blank=True)
    started_at = models.DateTimeField(gettext_lazy("started at"), null=True, blank=True)
    duration_seconds = models.FloatField(gettext_lazy("duration seconds"), null=True, blank=True)
    exit_code = models.IntegerField(gettext_lazy("exit code"), null=True, blank=True)
    counts = models.JSONField(
        gettext_lazy("counts"),
        default=dict,
        blank=True,
        help_text=gettext_lazy("Tests, failures, errors and skipped ones."),
    )
    output = models.TextField(
        gettext_lazy("output"), blank=True, help_text=gettext_lazy("The end of what was written.")
    )
    output_sha256 = models.CharField(
        gettext_lazy("output sha256"), max_length=64, blank=True, help_text=gettext_lazy("Of the whole output.")
    )
    truncated = models.BooleanField(gettext_lazy("truncated"), default=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("signed by"),
    )
    signed_by_name = models.CharField(
        gettext_lazy("signed by name"),
        max_length=200,
        blank=True,
        help_text=gettext_lazy("Kept when the user is deleted."),
    )

    class Meta:
        verbose_name = gettext_lazy("check result")
        verbose_name_plural = gettext_lazy("check results")
        ordering = ("run", "pk")
        constraints = [models.UniqueConstraint(fields=("run", "issue_check"), name="result_once_per_run")]
        indexes = [models.Index(fields=("started_at",), name="result_started")]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.check_text[:80]}"

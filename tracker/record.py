"""What the rows around an issue say, each asked for once: the gates and the page of an issue ask the same questions."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.contrib.auth import get_user_model
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tracker.choices import NoteKind, RunState, Status
from tracker.models import CheckResult, FieldChange, Issue, Note, Owner, PreventionMeasure, StatusChange, ValidationRun
from tracker.validation.planning import Plan, plan

PREFIX = "fact_"
SIGNER = get_user_model()
OF_RUN = tuple(column.attname for column in ValidationRun._meta.concrete_fields)
RESULT = tuple(column.attname for column in CheckResult._meta.concrete_fields if column.name != "output")
PERSON = ("id", "username", "first_name", "last_name", "email")  # what a gate, or a page, asks of who signed
OF_RESULT = tuple(f"results__{name}" for name in RESULT)
OF_SIGNER = tuple(f"results__signed_by__{name}" for name in PERSON)


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened to an issue, as far as a gate asks. The moments are the latest of their kind, None without any."""

    started_at: datetime | None  # when it came to be in progress, not counting its return from a block
    completed_at: datetime | None
    blocked_in: str | None  # the status from which it was blocked
    worked_at: datetime | None  # of a progress or evidence note
    hours_at: datetime | None  # of a note with hours
    given_away_at: datetime | None  # by an owner
    measure: int | None
    run: int | None  # the validation run that was asked for last
    counting_run: int | None  # the latest finished one that started after completion
    unfinished_run: int | None

    def since_start(self, moment: datetime | None) -> bool:
        """Whether that belongs to the current piece of work."""
        return moment is not None and (self.started_at is None or moment > self.started_at)


def fact_columns() -> dict[str, Subquery]:
    """The facts as columns for a query of issues: each looks at the rows of one issue, by an index."""
    steps = StatusChange.objects.filter(issue=OuterRef("pk")).order_by("-at", "-pk")
    entered = steps.exclude(old_status=Status.BLOCKED)
    notes = Note.objects.filter(issue=OuterRef("pk")).order_by("-at", "-pk")
    given = FieldChange.objects.filter(issue=OuterRef("pk"), field="owner").exclude(old="").order_by("-at", "-pk")
    runs = ValidationRun.objects.filter(issue=OuterRef("pk"))
    found = {
        "started_at": entered.filter(new_status=Status.IN_PROGRESS).values("at"),
        "completed_at": entered.filter(new_status=Status.COMPLETED).values("at"),
        "blocked_in": steps.filter(new_status=Status.BLOCKED).values("old_status"),
        "worked_at": notes.filter(kind__in=(NoteKind.PROGRESS, NoteKind.EVIDENCE)).values("at"),
        "hours_at": notes.filter(hours__isnull=False).values("at"),
        "given_away_at": given.values("at"),
        "measure": PreventionMeasure.objects.filter(issue=OuterRef("pk")).order_by("pk").values("pk"),
        "run": runs.order_by("-requested_at", "-pk").values("pk"),
        "counting_run": _counting(runs).values("pk"),
        "unfinished_run": runs.exclude(state=RunState.FINISHED).values("pk"),
    }
    return {f"{PREFIX}{name}": Subquery(rows[:1]) for name, rows in found.items()}


def _counting(runs: QuerySet) -> QuerySet:
    """The finished runs that started after completion, or after tracking where there is none; the latest first."""
    steps = StatusChange.objects.filter(issue=OuterRef("issue"), new_status=Status.COMPLETED)
    completed = steps.exclude(old_status=Status.BLOCKED).order_by("-at", "-pk").values("at")[:1]
    after = runs.filter(started_at__gt=Coalesce(Subquery(completed), F("issue__created_at")))
    return after.filter(state=RunState.FINISHED).order_by("-started_at", "-pk")


def _run_and_result(database: str, row: tuple) -> tuple[ValidationRun, CheckResult | None]:
    """A run and, where the row has one, a result with who signed it."""
    of_run, of_result, of_signer = row[: len(OF_RUN)], row[len(OF_RUN) : -len(OF_SIGNER)], row[-len(OF_SIGNER) :]
    run = ValidationRun.from_db(database, OF_RUN, of_run)
    if of_result[0] is None:
        return run, None
    result = CheckResult.from_db(database, RESULT, of_result)
    result.run, result.signed_by = run, SIGNER.from_db(database, PERSON, of_signer) if of_signer[0] else None
    return run, result


class Record:
    """An issue with the rows around it. It lives for one question or one page: what is written later is not in it."""

    def __init__(self, issue: Issue) -> None:
        self.issue = issue

    @cached_property
    def facts(self) -> Facts:
        """What happened to the issue: one query, or none where the issue was read with them."""
        names = {f"{PREFIX}{name}": name for name in Facts.__slots__}
        read = self.issue.__dict__
        if not names.keys() <= read.keys():
            read = Issue.objects.filter(pk=self.issue.pk).values(**fact_columns()).get()
        return Facts(**{name: read[column] for column, name in names.items()})

    @property
    def completed_at(self) -> datetime:
        """The moment after which a validation run has to start."""
        return self.facts.completed_at or self.issue.created_at

    @property
    def has_hours(self) -> bool:
        """Whether somebody noted hours of the current piece of work."""
        return self.facts.since_start(self.facts.hours_at)

    @cached_property
    def workers(self) -> list[Owner]:
        """The owner, and who was it since the work began; giving the issue away makes nobody a judge of it."""
        here = [self.issue.owner] if self.issue.owner else []
        if not self.facts.since_start(self.facts.given_away_at):
            return here
        given_away = self.issue.field_changes.filter(field="owner").exclude(old="")
        if self.facts.started_at:
            given_away = given_away.filter(at__gt=self.facts.started_at)
        return [*here, *Owner.objects.filter(name__in=given_away.values("old"))]

    @cached_property
    def plan(self) -> Plan:
        """With what each check would be executed now."""
        return plan(self.issue)

    @cached_property
    def _results(self) -> list[CheckResult]:
        """The newest result of each check, and all of the run that counts, the oldest first, with their runs.

        Those of the latest runs are among them, too: they are the newest of their checks, or of checks that are gone.
        """
        return [result for _, result in self._found if result]

    @cached_property
    def _runs(self) -> dict[int, ValidationRun]:
        """The runs of the facts and of the results, by key."""
        return {run.pk: run for run, _ in self._found}

    @cached_property
    def _found(self) -> list[tuple[ValidationRun, CheckResult | None]]:
        """The runs of the facts with their results, and the newest result of each check with its run: one query."""
        if self.facts.run is None:
            return []
        newest = CheckResult.objects.filter(issue_check=OuterRef("pk")).order_by("-pk").values("pk")[:1]
        of_checks = self.issue.checks.order_by().annotate(newest=Subquery(newest)).values("newest")
        of_facts = {self.facts.run, self.facts.counting_run, self.facts.unfinished_run} - {None}
        runs = ValidationRun.objects.filter(Q(pk__in=of_facts) | Q(results__in=of_checks), issue=self.issue.pk)
        rows = runs.order_by("results__pk", "pk").values_list(*OF_RUN, *OF_RESULT, *OF_SIGNER)
        return [_run_and_result(rows.db, row) for row in rows]

    @property
    def latest_run(self) -> ValidationRun | None:
        """The run that was asked for last."""
        return self._runs.get(self.facts.run)

    @property
    def counting_run(self) -> ValidationRun | None:
        """The latest finished run that started after completion."""
        return self._runs.get(self.facts.counting_run)

    @property
    def run_under_way(self) -> ValidationRun | None:
        """The run that has not ended yet, unless it began before completion."""
        run = self._runs.get(self.facts.unfinished_run)
        return run if run and (run.started_at is None or run.started_at > self.completed_at) else None

    def results_of(self, run: ValidationRun) -> list[CheckResult]:
        """The results of the run that counts."""
        return [result for result in self._results if result.run_id == run.pk]

    def latest_results(self) -> dict[int, CheckResult]:
        """The newest result of each check that has one, by the key of the check."""
        return {result.issue_check_id: result for result in self._results if result.issue_check_id}

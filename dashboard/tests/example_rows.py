"""The site of docs/metrics.md as rows, written by the functions that people and the watch use, in the order of time.

What no function does at a moment of the past (a fast way through the steps, a sign-off) is written as those functions
would have left it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from alerts.choices import Severity, SilenceDoor, SilenceKind
from alerts.models import Alert, AlertSettings
from dashboard import ledger
from dashboard.models import Downtime
from dashboard.tests import example_site as site
from tracker import amend, prevention, workflow
from tracker.choices import (
    CheckOutcome,
    Decision,
    Door,
    MeasureState,
    ReturnDecision,
    ReturnKind,
    Role,
    RunOutcome,
    RunSource,
    RunState,
    Status,
)
from tracker.models import Analysis, Issue, Owner, Recurrence, RevenueProfile, System, ValidationRun

HAND = {"actor": None, "door": Door.COMMAND}
NAMES = {row.name: number for number, row in enumerate(site.ANALYSES, start=1)}


Event = tuple[datetime, Callable[[], None]]


class Story:
    """The site as it comes about. `analyses` and `issues` are its rows by the names and numbers of the page."""

    def __init__(self) -> None:
        self.analyses: dict[str, Analysis] = {}
        self.issues: dict[int, Issue] = {}
        self.events = sorted(_events(self), key=lambda event: event[0])  # of one moment, in the order of _events
        _money()
        _people()

    def tell(self, until: datetime = site.NOW) -> "Story":
        """Write what happened up to a moment and was not told yet, and bring the ledger up to it."""
        while self.events and self.events[0][0] <= until:
            self.events.pop(0)[1]()
        ledger.record(until)
        return self


def write() -> Story:
    """Write the whole site."""
    return Story().tell()


def _events(story: Story) -> Iterator[Event]:
    for row in site.ANALYSES:
        yield row.came_in_at, lambda row=row: _come_in(story, row)
    for row in site.ISSUES:
        yield row.tracked_at, lambda row=row: _track(story, row)
    for row in site.ISSUES:
        yield from _life(story, row)
    for row in site.MEASURES:
        at = row.since or _of_issue(row.issue).tracked_at + timedelta(hours=1)
        yield at, lambda row=row, at=at: _measure(story, row, at)
    for row in site.ANALYSES:
        if row.return_of:
            yield row.confirmed_at, lambda row=row: _confirm(story, row)
    for row in site.ALERTS:
        yield from _alert(story, row)
    yield site.november(10), lambda: _checks(story)
    yield site.november(11), _downtime


def _of_issue(number: int) -> site.IssueRow:
    return next(row for row in site.ISSUES if row.number == number)


def _money() -> None:
    shares = {
        f"{priority.lower()}_{word}": Decimal(share) * 100
        for priority, estimates in site.SHARES.items()
        for word, share in zip(("low", "likely", "high"), estimates, strict=True)
    }
    profile = RevenueProfile.objects.create(
        effective_on=site.november(1).date(),
        currency=site.CURRENCY,
        mrr=site.MRR,
        hourly_rate=site.HOURLY_RATE,
        months_counted=site.MONTHS_COUNTED,
        churn_percent_per_hour=site.CHURN_PER_HOUR * 100,
        **shares,
    )
    for name, mrr, system in site.STREAMS:
        stream = profile.streams.create(name=name, mrr=mrr)
        stream.systems.add(System.objects.get_or_create(name=system)[0])
    limits = {"revenue_warning": site.REVENUE_WARNING, "revenue_critical": site.REVENUE_CRITICAL}
    AlertSettings.objects.update_or_create(pk=1, defaults=limits)


def _downtime() -> None:
    at = site.november(11)
    Downtime.objects.create(started_at=at, hours=site.DOWNTIME_HOURS, entered_at=at, entered_by_name="Bo Lind")


def _people() -> None:
    for name, lead in site.OWNERS.items():
        above = Owner.objects.get_or_create(name=lead, defaults={"role": Role.TEAM_LEAD})[0]
        Owner.objects.create(name=name, reports_to=above)


def _come_in(story: Story, row: site.AnalysisRow) -> None:
    """The analysis with its entries; those that are tracked are decided about with their issues."""
    number = NAMES[row.name]
    analysis = Analysis.objects.create(
        source=f"{row.name}.md",
        title=row.title,
        text=f"# {row.title}\n",
        sha256=f"{number:064x}",
        imported_at=row.came_in_at,
        updated_at=row.came_in_at,
    )
    story.analyses[row.name] = analysis
    for line in range(row.extracted):
        analysis.items.create(
            kind="fix",
            line=line + 1,
            end_line=line + 1,
            title=f"{row.title} {line}",
            text=f"- {row.title} {line}",
            fingerprint=f"{number}-{line}",
            found_at=row.came_in_at,
            **_dismissal(line < row.dismissed, row.came_in_at + timedelta(hours=1)),
        )


def _dismissal(dismissed: bool, at: datetime) -> dict:
    return {"decision": Decision.DISMISSED, "decision_reason": "Done before.", "decided_at": at} if dismissed else {}


def _track(story: Story, row: site.IssueRow) -> None:
    analysis = story.analyses[row.analysis]
    issue = Issue(
        reference=f"{row.priority}-{row.tracked_at:%Y%m%d}-{row.number:03d}",
        title=f"Issue {row.number}",
        kind=row.kind,
        priority=row.priority,
        owner=Owner.objects.get(name=row.owner) if row.owner else None,
        deadline=row.deadline,
        original_deadline=row.deadline,
        analysis=analysis,
        created_at=row.tracked_at,
        updated_at=row.tracked_at,
    )
    workflow.open_all([issue], status=Status.IDENTIFIED, now=row.tracked_at, **HAND)
    story.issues[row.number] = issue
    if row.system:
        issue.systems.add(System.objects.get(name=row.system))
    if not row.review:
        item = analysis.items.filter(decision=Decision.PENDING).order_by("line").first()
        item.decision, item.issue, item.decided_at = Decision.ADDED, issue, row.tracked_at
        item.save()


def _life(story: Story, row: site.IssueRow) -> Iterator[Event]:
    """What happened to an issue after it was tracked, with when. Minutes after it, where the page does not say."""
    soon, later = row.tracked_at + timedelta(minutes=1), row.tracked_at + timedelta(minutes=2)

    def step(at: datetime, name: str, **answers: object) -> Event:
        return at, lambda: workflow.apply(name, story.issues[row.number].pk, now=at, **HAND, **answers)

    yield from (step(soon, name, **answers) for name, answers in _first_steps(row))
    if row.completed_at or row.noted:
        yield later, lambda: _note(story, row, later)
    if row.moved_to:
        yield later, lambda: _move(story, row, later)
    if row.completed_at:
        yield step(row.completed_at, "complete", hours_unknown=row.noted is None)
    if row.validated_at:
        yield row.validated_at, lambda: _validate(story, row)
    if row.reopened_at:
        yield step(row.reopened_at, "reopen", reason="It came back.")


def _first_steps(row: site.IssueRow) -> list[tuple[str, dict]]:
    """The steps that are taken at once."""
    if row.completed_at or row.status == Status.IN_PROGRESS:
        return [("plan", {}), ("start", {})]
    other = {
        Status.PLANNED: ("plan", {}),
        Status.BLOCKED: ("block", {"reason": "Waits for the supplier."}),
        Status.CANCELLED: ("cancel", {"reason": "It is no longer needed."}),
    }
    return [other[row.status]] if row.status in other else []


def _note(story: Story, row: site.IssueRow, at: datetime) -> None:
    amend.add_note(story.issues[row.number].pk, "Done as planned.", hours=row.noted, now=at, **HAND)


def _move(story: Story, row: site.IssueRow, at: datetime) -> None:
    amend.move_deadline(story.issues[row.number].pk, row.moved_to, now=at, reason="It waits for a part.", **HAND)


def _validate(story: Story, row: site.IssueRow) -> None:
    """As workflow.apply leaves it; its gates ask for evidence that this example does not tell of."""
    issue = Issue.objects.get(pk=story.issues[row.number].pk)
    at, issue.status = row.validated_at, Status.VALIDATED
    issue.status_since = issue.updated_at = issue.worked_at = at
    issue.save(update_fields=["status", "status_since", "updated_at", "worked_at"])
    issue.changes.create(
        old_status=Status.COMPLETED, new_status=Status.VALIDATED, actor_name="Command", door=Door.COMMAND, at=at
    )


def _confirm(story: Story, row: site.AnalysisRow) -> None:
    """The decision alone: the review that follows from it is among the issues."""
    pair = Recurrence.objects.create(
        analysis=story.analyses[row.name],
        earlier=story.analyses[row.return_of],
        score=0.9,
        likely=True,
        kind=ReturnKind.RECURRENCE,
        found_at=row.came_in_at,
        decision=ReturnDecision.CONFIRMED,
        case=row.case,
        decided_at=row.confirmed_at,
        decided_by_name="Bo Lind",
    )
    pair.decisions.create(decision=pair.decision, actor_name="Bo Lind", door=Door.COMMAND, at=row.confirmed_at)


def _measure(story: Story, row: site.MeasureRow, at: datetime) -> None:
    measure = prevention.propose(
        story.issues[row.issue].pk,
        f"A measure of {row.category}",
        category=row.category,
        owner=Owner.objects.get(name="Ana Ruiz"),
        now=at,
        **HAND,
    )
    for state in (MeasureState.IN_PLACE, MeasureState.VERIFIED):
        if row.state in (state, MeasureState.VERIFIED):
            prevention.set_state(measure.pk, state, now=at, **HAND)


def _alert(story: Story, row: site.AlertRow) -> Iterator[Event]:
    """An alert with its steps, one of them repeated, its acknowledgement, and its end with the issue's."""
    subject = row.issue

    def open_it() -> None:
        issue = story.issues[subject]
        alert = Alert.objects.create(
            rule="overdue",
            subject=f"issue:{issue.pk}",
            issue=Issue.objects.get(pk=issue.pk),
            sentence=f"{issue.reference} is past its deadline",
            priority=issue.priority,
            severity=Severity.CRITICAL,
            policy={},
            anchor_at=row.opened_at,
            opened_at=row.opened_at,
        )
        for level in row.levels:
            alert.steps.create(level=level, repeat=0, at=row.opened_at)
        alert.steps.create(level=0, repeat=1, at=row.opened_at)

    def acknowledge() -> None:
        Alert.objects.get(issue=story.issues[subject].pk).silences.create(
            kind=SilenceKind.ACKNOWLEDGED,
            by_name="Ana Ruiz",
            door=SilenceDoor.ADMIN,
            at=row.acknowledged_at,
            until=row.acknowledged_at + timedelta(hours=8),
        )

    yield row.opened_at, open_it
    if row.acknowledged_at:
        yield row.acknowledged_at, acknowledge
    if (end := _of_issue(subject).validated_at) and end > row.opened_at:
        yield end, lambda: Alert.objects.filter(issue=story.issues[subject].pk).update(resolved_at=end)


def _checks(story: Story) -> None:
    """Runs of HTTP checks, and one of another kind, which says nothing about availability."""
    issue, at = story.issues[1], site.november(10)
    run = ValidationRun.objects.create(
        issue=Issue.objects.get(pk=issue.pk),
        state=RunState.FINISHED,
        outcome=RunOutcome.FAILED,
        source=RunSource.WORKER,
        requested_by_name="Task",
        door=Door.TASK,
        requested_at=at,
        finished_at=at,
    )
    numbers = {
        CheckOutcome.PASSED: site.CHECKS_PASSED,
        CheckOutcome.FAILED: site.CHECKS_FAILED,
        CheckOutcome.ERROR: site.CHECKS_WITH_ERROR,
    }
    for outcome, number in numbers.items():
        for _ in range(number):
            run.results.create(
                check_text="The shop answers", outcome=outcome, command="GET https://shop.example.org/", started_at=at
            )
    run.results.create(check_text="The suite passes", outcome=CheckOutcome.FAILED, command="pytest", started_at=at)

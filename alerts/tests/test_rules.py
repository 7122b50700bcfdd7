"""Every rule on its limit and on both sides of it, as an evaluation opens and resolves alerts by it."""

from datetime import timedelta

import pytest

from alerts.choices import Level, Severity
from alerts.evaluate import evaluate
from alerts.models import Alert, AlertSettings
from alerts.rules import BY_KEY, RULES, Anchor
from tracker import amend, workflow
from tracker.choices import Decision, Door, ItemKind, Priority, ReturnCase, ReturnDecision, Status
from tracker.models import ExtractedItem, Issue, PriorityPolicy, Recurrence

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
FAR = timedelta(days=300)


@pytest.fixture(autouse=True)
def somebody_to_tell(make_owner):
    AlertSettings.objects.update(fallback=make_owner("Fay Lund"))


@pytest.fixture
def quiet_issue(make_issue, make_owner, now):
    """An issue about which no rule has anything to say, unless the fields of the test give it something."""
    owner = make_owner("Quiet Quinn")

    def make(**fields):
        values = {"owner": owner, "deadline": now + FAR, "status": Status.IN_PROGRESS, "priority": Priority.P3}
        return make_issue(**values | fields)

    return make


@pytest.fixture
def hand(now):
    return {"actor": None, "door": Door.COMMAND, "now": now}


def open_rules(issue):
    return sorted(issue.alerts.open().values_list("rule", flat=True))


def test_every_rule_has_a_key_that_alerts_can_keep_and_words():
    keys = [rule.key for rule in RULES]

    assert keys == [
        "due_soon",
        "overdue",
        "stalled",
        "unassigned",
        "pending_review",
        "validation_failed",
        "blocked_too_long",
        "acceptance_ended",
        "recurrence_confirmed",
        "revenue_at_risk",
        "delivery_failed",
        "nobody_found",
    ]
    assert all(len(rule.key) <= 40 and rule.label and rule.sentence and rule.ended for rule in RULES)


def test_an_issue_that_is_well_opens_nothing(quiet_issue, now):
    for status in Status:
        quiet_issue(status=status, status_since=now, accepted_until=now + FAR, worked_at=now)

    evaluate(now)

    assert list(Alert.objects.values_list("rule", flat=True)) == ["validation_failed"]  # that of the failed one


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        pytest.param({"priority": "P0", "deadline": 24 * HOUR + SECOND}, [], id="P0 before the window"),
        pytest.param({"priority": "P0", "deadline": 24 * HOUR}, ["due_soon"], id="P0 at the start of the window"),
        pytest.param({"priority": "P1", "deadline": 24 * HOUR + SECOND}, [], id="P1 before the window"),
        pytest.param({"priority": "P1", "deadline": 24 * HOUR}, ["due_soon"], id="P1 at the start of the window"),
        pytest.param({"priority": "P2", "deadline": 48 * HOUR + SECOND}, [], id="P2 before the window"),
        pytest.param({"priority": "P2", "deadline": 48 * HOUR}, ["due_soon"], id="P2 at the start of the window"),
        pytest.param({"priority": "P3", "deadline": 48 * HOUR}, ["due_soon"], id="P3 at the start of the window"),
        pytest.param({"deadline": SECOND}, ["due_soon"], id="a second before the deadline"),
        pytest.param({"deadline": 0 * HOUR}, ["overdue"], id="at the deadline"),
        pytest.param({"deadline": -SECOND}, ["overdue"], id="a second after the deadline"),
        pytest.param({"deadline": -HOUR, "status": Status.COMPLETED}, [], id="late and completed"),
        pytest.param({"deadline": -HOUR, "status": Status.CANCELLED}, [], id="late and cancelled"),
        pytest.param({"deadline": -HOUR, "status": Status.BLOCKED}, ["overdue"], id="late and blocked"),
        pytest.param({"deadline": HOUR, "status": Status.COMPLETED}, [], id="soon and completed"),
    ],
)
def test_deadlines(quiet_issue, now, fields, rules):
    issue = quiet_issue(**fields | {"deadline": now + fields["deadline"]})

    evaluate(now)

    assert open_rules(issue) == rules


@pytest.mark.parametrize(
    ("priority", "hours"),
    [("P0", 6), ("P1", 24), ("P2", 5 * 24)],
)
@pytest.mark.parametrize("status", [Status.IDENTIFIED, Status.PLANNED, Status.IN_PROGRESS])
def test_work_is_stalled_from_the_hours_of_its_priority_on(quiet_issue, now, priority, hours, status):
    limit = now - hours * HOUR
    fresh = quiet_issue(priority=priority, status=status, worked_at=limit + SECOND)
    stalled = quiet_issue(priority=priority, status=status, worked_at=limit)

    evaluate(now)

    assert (open_rules(fresh), open_rules(stalled)) == ([], ["stalled"])


@pytest.mark.parametrize("fields", [{"priority": "P3"}, {"priority": "P0", "status": Status.COMPLETED}])
def test_what_is_never_stalled(quiet_issue, now, fields):
    issue = quiet_issue(worked_at=now - FAR, **fields)

    evaluate(now)

    assert open_rules(issue) == []


def test_a_note_ends_the_stall(quiet_issue, hand, now):
    issue = quiet_issue(priority="P0", worked_at=now - 7 * HOUR)
    evaluate(now)

    amend.add_note(issue.pk, "Found the cause.", **hand)
    evaluate(now)

    alert = issue.alerts.get()
    assert (alert.resolved_at, alert.resolution) == (now, "Somebody went on with it (now: in progress).")


@pytest.mark.parametrize(
    ("priority", "rules"), [("P0", ["unassigned"]), ("P1", ["unassigned"]), ("P2", []), ("P3", [])]
)
def test_urgent_work_without_an_owner(quiet_issue, make_owner, hand, now, priority, rules):
    issue = quiet_issue(priority=priority, owner=None, status=Status.IDENTIFIED)
    evaluate(now)
    assert open_rules(issue) == rules

    amend.assign(issue.pk, make_owner("Nia Berg"), **hand)
    evaluate(now)
    assert open_rules(issue) == []


def make_item(analysis, **fields):
    values = {"line": 3, "end_line": 3, "title": "Raise it", "text": "Raise it", "fingerprint": "f", "kind": "fix"}
    return ExtractedItem.objects.create(analysis=analysis, **values | fields)


def test_an_analysis_waits_too_long_from_two_hours_on(make_analysis, now):
    late, fresh, decided = (make_analysis(f"Analysis {number}", priority="P0") for number in range(3))
    make_item(late, found_at=now - 2 * HOUR)
    make_item(fresh, found_at=now - 2 * HOUR + SECOND)
    make_item(decided, found_at=now - FAR, decision=Decision.DISMISSED, decision_reason="Not ours.")
    make_item(decided, found_at=now - FAR, kind=ItemKind.CHECK)

    evaluate(now)

    alert = Alert.objects.get()
    assert (alert.rule, alert.analysis, alert.issue, alert.subject) == (
        "pending_review",
        late,
        None,
        f"analysis:{late.pk}",
    )
    assert (alert.priority, alert.severity) == ("P0", "info")
    assert alert.sentence == "Entries of an analysis wait for a decision: Analysis 0"

    late.items.update(decision=Decision.DISMISSED, decision_reason="Not ours.")
    evaluate(now + HOUR)
    assert list(Alert.objects.open().values_list("analysis", flat=True)) == [fresh.pk]
    assert Alert.objects.get(analysis=late).resolution == "Every entry of the analysis that waited was decided about."


def test_an_analysis_without_a_priority_counts_as_p1(make_analysis, now):
    make_item(make_analysis(), found_at=now - 3 * HOUR)

    evaluate(now)

    assert Alert.objects.get().priority == "P1"
    assert Alert.objects.get().policy["priority"] == "P1"


def test_failed_validation_until_somebody_works_on_it_again(quiet_issue, hand, now):
    issue = quiet_issue(status=Status.COMPLETED)
    workflow.apply("fail", issue.pk, reason="The pool is 20.", **hand)
    evaluate(now)
    assert open_rules(issue) == ["validation_failed"]

    workflow.apply("rework", issue.pk, **hand)
    evaluate(now)
    assert open_rules(issue) == []


def test_blocked_from_the_hours_of_the_settings_on(quiet_issue, now):
    AlertSettings.objects.update(blocked_hours=10)
    long, just = (
        quiet_issue(status=Status.BLOCKED, status_since=now - 10 * HOUR + later) for later in (0 * SECOND, SECOND)
    )

    evaluate(now)
    assert (open_rules(long), open_rules(just)) == (["blocked_too_long"], [])

    evaluate(now + SECOND)
    assert open_rules(just) == ["blocked_too_long"]


def test_an_acceptance_that_ended_is_told_until_somebody_moves_the_issue_on(quiet_issue, hand, now):
    issue, other = (quiet_issue(status=Status.ACCEPTED, accepted_until=now + later) for later in (0 * SECOND, SECOND))
    evaluate(now)
    assert (open_rules(issue), open_rules(other)) == (["acceptance_ended"], [])

    workflow.reopen_ended_acceptances(now)
    evaluate(now)
    assert issue.alerts.count() == 1
    assert open_rules(issue) == ["acceptance_ended"]

    workflow.apply("plan", issue.pk, **hand)
    evaluate(now)
    assert open_rules(issue) == []


def test_a_confirmed_return_is_told_while_its_issues_are_open(make_analysis, quiet_issue, now):
    earlier, returned = make_analysis("Queue full"), make_analysis("Queue full again")
    issue = quiet_issue(analysis=returned)
    row = Recurrence.objects.create(analysis=returned, earlier=earlier, score=0.9, kind="recurrence", found_at=now)
    evaluate(now)
    assert not Alert.objects.exists()

    row.decision, row.decided_at, row.case = ReturnDecision.CONFIRMED, now, ReturnCase.WHILE_OPEN
    row.save()
    evaluate(now)
    assert Alert.objects.open().get().analysis == returned

    Issue.objects.filter(pk=issue.pk).update(status=Status.VALIDATED)
    evaluate(now)
    assert not Alert.objects.open().exists()


LATENESS = [
    ("P0", 0, Severity.WARNING),
    ("P0", 4 - 1 / 3600, Severity.WARNING),
    ("P0", 4, Severity.CRITICAL),
    ("P0", 8 - 1 / 3600, Severity.CRITICAL),
    ("P0", 8, Severity.EMERGENCY),
    ("P1", 0, Severity.INFO),
    ("P1", 8 - 1 / 3600, Severity.INFO),
    ("P1", 8, Severity.WARNING),
    ("P1", 24, Severity.CRITICAL),
    ("P1", 99, Severity.CRITICAL),
    ("P2", 99, Severity.INFO),
    ("P3", 99, Severity.INFO),
]


@pytest.mark.parametrize(("priority", "hours", "severity"), LATENESS)
def test_severity_follows_priority_and_lateness(quiet_issue, now, priority, hours, severity):
    """Whether the evaluation finds it so late, or the alert has been open since the deadline."""
    found_late = quiet_issue(priority=priority, deadline=now - hours * HOUR)
    evaluate(now)
    assert found_late.alerts.get().severity == severity

    open_since = quiet_issue(priority=priority, deadline=now + HOUR)
    evaluate(now + HOUR)
    tick_at = now + HOUR + hours * HOUR
    evaluate(tick_at)
    assert open_since.alerts.get(rule="overdue").severity == severity


def test_thresholds_are_those_of_the_priority_policy(quiet_issue, now):
    PriorityPolicy.objects.filter(priority="P2").update(due_soon_hours=1, stalled_hours=None, late_emergency_hours=2)
    soon = quiet_issue(priority="P2", deadline=now + 2 * HOUR, worked_at=now - FAR)
    late = quiet_issue(priority="P2", deadline=now - 2 * HOUR)

    evaluate(now)

    assert open_rules(soon) == []
    assert late.alerts.get().severity == Severity.EMERGENCY


def test_rules_that_are_all_never_open_nothing(quiet_issue, now):
    PriorityPolicy.objects.update(stalled_hours=None)
    issue = quiet_issue(priority="P0", worked_at=now - FAR)

    evaluate(now)

    assert open_rules(issue) == []


def test_an_alert_says_what_it_is_about_and_counts_from_the_deadline_or_its_start(quiet_issue, now):
    deadline = now - 3 * HOUR
    issue = quiet_issue(priority="P0", deadline=deadline, worked_at=now - 7 * HOUR, title="Raise the {pool} % size")

    evaluate(now)

    alerts = {alert.rule: alert for alert in issue.alerts.all()}
    assert set(alerts) == {"overdue", "stalled"}
    overdue = alerts["overdue"]
    assert overdue.sentence == f"{issue.reference} is past its deadline: Raise the {{pool}} % size"
    assert (overdue.subject, overdue.analysis, overdue.priority) == (f"issue:{issue.pk}", None, "P0")
    assert (overdue.anchor_at, alerts["stalled"].anchor_at) == (deadline, now)
    assert {alert.opened_at for alert in alerts.values()} == {now}
    assert BY_KEY["overdue"].anchor == Anchor.DEADLINE


def test_the_longest_title_fits(quiet_issue, now):
    issue = quiet_issue(deadline=now, title="x" * 300, reference="P3-" + "9" * 27)

    evaluate(now)

    assert issue.alerts.get().sentence.endswith("x" * 300)


def test_what_is_due_soon_is_told_to_the_owner_only_and_its_end_to_nobody(quiet_issue, now):
    issue = quiet_issue(priority="P0", deadline=now + HOUR)
    evaluate(now)
    assert [step["level"] for step in issue.alerts.get().policy["steps"]] == [Level.OWNER]

    evaluate(now + HOUR)
    soon = issue.alerts.get(rule="due_soon")
    assert (soon.resolved_at, soon.resolution_told) == (now + HOUR, True)
    assert [step["level"] for step in issue.alerts.get(rule="overdue").policy["steps"]] == list(Level)

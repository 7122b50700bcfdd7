"""An evaluation as a whole: once, late, twice, broken off, and what open alerts follow."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Max
from django.test.utils import CaptureQueriesContext

from alerts.choices import Level
from alerts.evaluate import KEEP_TICKS, SKEW, evaluate, purge_ticks
from alerts.models import Alert, AlertSettings, Delivery, EscalationStep, Message, Silence, StepTaken, Tick
from alerts.silences import acknowledge
from alerts.tests.racing import ALERTS, race
from tracker import amend, workflow
from tracker.choices import Door, Priority, Status
from tracker.models import Issue

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MODELS = (Alert, StepTaken, Message, Delivery, Silence)
MOST_QUERIES = 42


@pytest.fixture
def hand(now):
    return {"actor": None, "door": Door.COMMAND, "now": now}


@pytest.fixture
def late(make_issue, line, now):
    """A P0 issue that is five hours late."""
    return make_issue(priority=Priority.P0, status=Status.IN_PROGRESS, owner=line[Level.OWNER], deadline=now - 5 * HOUR)


def everything():
    return {model: list(model.objects.order_by("pk").values()) for model in MODELS}


def levels(issue):
    return sorted(StepTaken.objects.filter(alert__issue=issue, alert__rule="overdue").values_list("level", flat=True))


def test_what_is_late_is_opened_and_told_at_once_as_high_as_it_should_be_by_now(late, now):
    tick = evaluate(now)

    alert = late.alerts.get()
    assert (alert.rule, alert.severity, alert.resolved_at) == ("overdue", "critical", None)
    assert levels(late) == [Level.OWNER, Level.TEAM_LEAD]
    assert (tick.opened, tick.resolved, tick.steps, tick.error) == (1, 0, 2, "")
    assert Tick.objects.get() == tick
    assert tick.finished_at >= tick.at == now


def test_a_second_evaluation_changes_nothing(late, now):
    evaluate(now)
    before = everything()

    again = evaluate(now)

    assert everything() == before
    assert (again.opened, again.resolved, again.steps) == (1, 0, 2)  # the row is that of the moment

    later = evaluate(now + timedelta(minutes=5))
    assert everything() == before
    assert (later.opened, later.resolved, later.steps) == (0, 0, 0)


def test_after_a_day_without_a_worker_everybody_is_told_once(late, now):
    evaluate(now + 24 * HOUR)

    assert levels(late) == list(Level)
    assert Alert.objects.get(rule="overdue").severity == "emergency"


def test_an_evaluation_that_was_overtaken_leaves_what_the_later_one_saw(make_issue, line, now):
    issue = make_issue(owner=line[Level.OWNER], deadline=now + HOUR)
    late = evaluate(now + HOUR)

    assert evaluate(now + HOUR - timedelta(seconds=1)) == late

    assert issue.alerts.open().filter(rule="overdue").exists()
    assert Tick.objects.count() == 1


def test_a_clock_that_was_far_ahead_once_stops_nothing(late, now):
    Tick.objects.create(at=now + SKEW + timedelta(seconds=1), finished_at=now)

    evaluate(now)

    assert late.alerts.open().exists()


def test_completed_work_is_late_no_more_and_a_new_case_is_a_new_alert(late, hand, now):
    evaluate(now)

    Issue.objects.filter(pk=late.pk).update(status=Status.COMPLETED)
    evaluate(now + HOUR)
    first = late.alerts.get()
    assert first.resolved_at == now + HOUR
    assert first.resolution == "It is no open work past its deadline any more (now: completed)."
    assert first.next_step_at is None

    workflow.apply("fail", late.pk, reason="It is still there.", **hand)
    evaluate(now + 2 * HOUR)
    assert set(late.alerts.open().values_list("rule", flat=True)) == {"overdue", "validation_failed"}
    assert late.alerts.filter(rule="overdue").count() == 2


def test_an_acknowledged_alert_ends_and_stays_open_like_any_other(late, now):
    evaluate(now)
    alert = late.alerts.get()
    Silence.objects.create(alert=alert, kind="acknowledged", by_name="Olga", door="admin", at=now, until=now + 8 * HOUR)

    evaluate(now + HOUR)
    alert.refresh_from_db()
    assert alert.resolved_at is None

    Issue.objects.filter(pk=late.pk).update(status=Status.CANCELLED)
    evaluate(now + 2 * HOUR)
    alert.refresh_from_db()
    assert alert.resolved_at == now + 2 * HOUR


def test_a_moved_deadline_ends_what_it_made_late_and_is_what_the_next_alert_counts_from(late, hand, now):
    evaluate(now)

    amend.move_deadline(late.pk, now + HOUR, reason="The vendor needs a day.", **hand)
    evaluate(now + timedelta(minutes=1))
    assert list(late.alerts.open().values_list("rule", flat=True)) == ["due_soon"]

    evaluate(now + HOUR)
    assert late.alerts.open().get().anchor_at == now + HOUR


def test_an_open_alert_follows_a_deadline_that_was_moved_and_has_come_again(late, hand, now):
    """Nobody evaluated in between: the alert is the same, and its steps count from the new deadline."""
    evaluate(now)
    amend.move_deadline(late.pk, now + HOUR, reason="The vendor needs an hour.", **hand)

    evaluate(now + 2 * HOUR)

    alert = late.alerts.get()
    assert (alert.anchor_at, alert.severity, alert.resolved_at) == (now + HOUR, "warning", None)
    assert alert.next_step_at > now + 2 * HOUR


def test_another_priority_brings_its_policy_and_its_severity(make_issue, line, hand, now):
    issue = make_issue(priority=Priority.P2, owner=line[Level.OWNER], deadline=now - 9 * HOUR, worked_at=now)
    evaluate(now)
    assert (levels(issue), issue.alerts.get().severity) == ([Level.OWNER], "info")

    amend.set_priority(issue.pk, Priority.P0, reason="It spreads.", **hand)
    evaluate(now + timedelta(minutes=5))

    alert = issue.alerts.get(rule="overdue")
    assert (alert.priority, alert.policy["priority"], alert.severity) == ("P0", "P0", "emergency")
    assert levels(issue) == [Level.OWNER, Level.TEAM_LEAD, Level.MANAGEMENT]


def test_who_takes_over_late_work_is_told_at_once_and_once(make_issue, make_owner, line, hand, now):
    issue = make_issue(priority=Priority.P3, owner=line[Level.OWNER], deadline=now - HOUR, worked_at=now)
    evaluate(now)
    taking = make_owner("Tess Moor", email="tess@example.org", reports_to=line[Level.TEAM_LEAD])

    amend.assign(issue.pk, taking, **hand | {"now": now + timedelta(minutes=1)})
    for minutes in (2, 3, 60):
        evaluate(now + timedelta(minutes=minutes))

    told = StepTaken.objects.filter(alert__issue=issue).order_by("at")
    assert [(step.level, step.repeat, step.recipient, step.at) for step in told] == [
        (Level.OWNER, 0, line[Level.OWNER], now),
        (Level.OWNER, 1, taking, now + timedelta(minutes=2)),
    ]
    assert Message.objects.filter(recipient=taking).exists()


def test_who_takes_over_what_is_kept_quiet_is_told_when_that_ends(late, make_owner, line, hand, now):
    evaluate(now)
    acknowledge(late.alerts.get().pk, actor=None, door="command", now=now, name="Olga", until=now + HOUR)
    taking = make_owner("Tess Moor", email="tess@example.org", reports_to=line[Level.TEAM_LEAD])

    amend.assign(late.pk, taking, **hand | {"now": now + timedelta(minutes=1)})
    evaluate(now + timedelta(minutes=2))
    assert not StepTaken.objects.filter(recipient=taking).exists()

    evaluate(now + HOUR)
    assert StepTaken.objects.get(recipient=taking).at == now + HOUR


def test_work_that_is_given_to_nobody_tells_nobody_more(make_issue, line, hand, now):
    issue = make_issue(priority=Priority.P3, owner=line[Level.OWNER], deadline=now - HOUR, worked_at=now)
    evaluate(now)

    amend.assign(issue.pk, None, **hand | {"now": now + timedelta(minutes=1)})
    evaluate(now + timedelta(minutes=2))

    assert StepTaken.objects.filter(alert__issue=issue, alert__rule="overdue").count() == 1


def test_a_policy_that_is_edited_leaves_open_alerts_as_they_are(late, now):
    evaluate(now)
    before = late.alerts.get().policy

    EscalationStep.objects.update(after_hours=1, repeat_hours=99)
    evaluate(now + HOUR)

    assert late.alerts.get().policy == before


def test_alerts_of_a_rule_that_is_gone_end(open_alert, now):
    alert = open_alert(rule="moon_is_full")

    evaluate(now)

    alert.refresh_from_db()
    assert (alert.resolved_at, alert.resolution) == (now, "There is no such rule any more (now: identified).")


def test_the_settings_are_made_anew_when_somebody_deleted_them(late, now):
    AlertSettings.objects.all().delete()

    evaluate(now)

    assert late.alerts.exists()


def test_old_ticks_are_forgotten(now):
    kept, _ = (Tick.objects.create(at=now - KEEP_TICKS - age) for age in (timedelta(0), timedelta(seconds=1)))

    assert purge_ticks(now) == 1

    assert list(Tick.objects.all()) == [kept]


class BrokenOff(DatabaseError):
    """The connection is gone."""


def breaking_at(number):
    """Lets so many statements through and refuses all others of the evaluation."""
    seen = 0

    def execute(run, sql, params, many, context):
        nonlocal seen
        seen += 1
        if seen == number:
            raise BrokenOff(f"statement {number}\nDETAIL: a title that nobody should read")
        return run(sql, params, many, context)

    return execute


@pytest.fixture
def much_to_do(late, make_issue, open_alert, now):
    """Alerts to open, to resolve, to follow and to step; with nobody to tell for one of them."""
    make_issue(priority=Priority.P0, deadline=now)
    open_alert(rule="stalled", opened_at=now - HOUR)
    moved = open_alert()
    Issue.objects.filter(pk=moved.issue_id).update(priority=Priority.P1, deadline=now - HOUR)


def test_wherever_it_breaks_off_nothing_is_half_written_and_the_row_says_so(much_to_do, now):
    before = everything()
    with transaction.atomic():
        with CaptureQueriesContext(connection) as whole:
            evaluate(now)
        assert all(everything()[model] != before[model] for model in (Alert, StepTaken, Message, Delivery))
        transaction.set_rollback(True)
    assert len(whole) > 20

    for number in range(1, len(whole) + 1):
        with connection.execute_wrapper(breaking_at(number)), pytest.raises(BrokenOff):
            evaluate(now)
        assert everything() == before, number
        tick = Tick.objects.get()
        assert (tick.at, tick.finished_at, tick.error) == (now, None, f"BrokenOff: statement {number}")

    tick = evaluate(now)
    assert (Tick.objects.get(), tick.error) == (tick, "")


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_the_same_time_open_and_tell_once(tmp_path):
    answers = race("evaluate", 4, tmp_path)

    assert len(set(answers)) == 1
    alerts, steps, messages, opened = map(int, answers[0].split())
    assert alerts == opened == 2 * ALERTS + ALERTS // 2  # overdue, failed, and half of them without an owner
    assert steps == 3 * ALERTS + ALERTS // 2  # the owner of each, and the Team Lead of what is overdue
    assert messages > 0


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite takes few values in one statement")
def test_an_evaluation_in_which_everything_happens_takes_no_more_statements(make_issue, line, now):
    before_eight = now.replace(hour=7, minute=58)
    fields = {"priority": Priority.P0, "owner": line[Level.OWNER], "deadline": before_eight - 5 * HOUR}
    late = [make_issue(**fields) for _ in range(9)]
    evaluate(before_eight)
    Message.objects.update(state="sent", sent_at=before_eight, attempts=1)
    Issue.objects.filter(pk__in=[issue.pk for issue in late[:2]]).update(status=Status.COMPLETED)
    Issue.objects.filter(pk=late[3].pk).update(priority=Priority.P1)
    Issue.objects.filter(pk=late[4].pk).update(deadline=before_eight - 9 * HOUR)
    for _ in range(3):
        make_issue(**fields | {"owner": None})

    with CaptureQueriesContext(connection) as captured:
        evaluate(before_eight + timedelta(minutes=5))

    assert len(captured) <= MOST_QUERIES
    assert Message.objects.filter(kind="digest").exists()
    assert Delivery.objects.filter(event="resolved").exists()
    assert Alert.objects.open().filter(rule="unassigned").exists()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite takes few values in one statement")
def test_the_number_of_statements_does_not_grow_with_the_number_of_issues(make_issue, line, now):
    AlertSettings.objects.update(fallback=line[Level.EXECUTIVE])

    def statements(count):
        for number in range(count):
            make_issue(priority=Priority.P0, owner=line[Level.OWNER] if number % 3 else None, deadline=now - 5 * HOUR)
            make_issue(priority=Priority.P2, status=Status.FAILED, deadline=now - 5 * HOUR)
        Issue.objects.filter(pk__lte=Issue.objects.aggregate(last=Max("pk"))["last"] - count).update(priority="P1")
        with CaptureQueriesContext(connection) as captured:
            evaluate(now)
        return len(captured)

    statements(2)
    few, many = statements(2), statements(60)

    assert many == few <= MOST_QUERIES

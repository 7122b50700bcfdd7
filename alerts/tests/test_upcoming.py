"""What comes next about an issue, in sentences; and that evaluations do what was said."""

from datetime import UTC, datetime, time, timedelta

import pytest

from alerts.choices import Level, SilenceDoor
from alerts.evaluate import evaluate
from alerts.models import Alert, EscalationStep, QuietHours, StepTaken
from alerts.silences import acknowledge
from alerts.upcoming import upcoming
from tracker.choices import Priority, Status

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def sentences(issue, now):
    issue.refresh_from_db()
    return [str(coming) for coming in upcoming(issue, now)]


def told(issue, **fields):
    """(rule, level) of the steps that were taken."""
    return set(StepTaken.objects.filter(alert__issue=issue, **fields).values_list("alert__rule", "level"))


def test_the_alert_that_opens_next_is_said_with_when_to_whom_and_by_what(make_issue, line, now):
    issue = make_issue(owner=line[Level.OWNER], deadline=now + 60 * HOUR, worked_at=now)

    assert sentences(issue, now) == [
        "Stalled opens at 2026-03-11 12:00 UTC: told to Olga Brandt, Owner, by Log and E-mail."
    ]


def test_of_an_open_alert_the_next_step_is_said(make_issue, line, now):
    issue = make_issue(owner=line[Level.OWNER], priority=Priority.P0, deadline=now - 2 * HOUR, worked_at=now)
    assert sentences(issue, now)[0] == (
        "Overdue opens with the next evaluation: told to Olga Brandt, Owner, by Log and E-mail."
    )

    evaluate(now)

    assert sentences(issue, now) == [
        "Overdue is told next at 2026-03-10 14:00 UTC: told to Lea Lund, Team Lead, by Log and E-mail.",
        "Stalled opens at 2026-03-10 18:00 UTC: told to Olga Brandt, Owner, by Log and E-mail.",
    ]


def test_of_an_acknowledged_alert_it_is_said_by_whom_and_what_comes_then(make_issue, line, now):
    issue = make_issue(owner=line[Level.OWNER], priority=Priority.P0, deadline=now, worked_at=now)
    evaluate(now)
    acknowledge(Alert.objects.get().pk, actor=None, name="Max Weber", door=SilenceDoor.COMMAND, now=now)

    assert sentences(issue, now)[0] == (
        "Overdue is acknowledged by Max Weber until 2026-03-10 20:00 UTC, and told next at 2026-03-10 20:00 UTC: "
        "told again to Olga Brandt, Owner, by Log and E-mail."
    )


def test_nobody_to_tell_is_said(make_issue, now):
    issue = make_issue(priority=Priority.P2, deadline=now + 30 * HOUR, worked_at=now)

    assert "told to nobody: no Owner is found, by Log." in sentences(issue, now)[0]


def test_quiet_hours_at_that_time_are_said(make_issue, line, now):
    issue = make_issue(owner=line[Level.OWNER], deadline=datetime(2026, 3, 11, 23, tzinfo=UTC), worked_at=now)
    QuietHours.objects.create(owner=line[Level.OWNER], weekday=1, starts=time(22), ends=time(7))

    (sentence,) = sentences(issue, now)

    assert sentence.startswith("Due soon opens at 2026-03-10 23:00 UTC")
    assert sentence.endswith(", held back by quiet hours until 2026-03-11 07:00 UTC.")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"status": Status.VALIDATED}, "it is validated, and nothing about it is watched", id="validated"),
        pytest.param({"status": Status.CANCELLED}, "it is cancelled, and nothing about it is watched", id="cancelled"),
        pytest.param({"status": Status.COMPLETED}, "it is completed, and no deadline binds it now", id="completed"),
        pytest.param(
            {"priority": Priority.P3, "deadline": None}, "it has no deadline, and nothing else is", id="no deadline"
        ),
    ],
)
def test_why_none_comes_is_said(fields, expected, make_issue, line, now):
    (sentence,) = sentences(make_issue(owner=line[Level.OWNER], **fields), now)

    assert sentence.startswith(f"No alert comes: {expected}")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="identified"),
        pytest.param({"owner": None}, id="an urgent one without an owner"),
        pytest.param({"priority": Priority.P2, "owner": None}, id="another without an owner"),
        pytest.param({"priority": Priority.P3}, id="one that may rest"),
        pytest.param({"deadline": None}, id="without a deadline"),
        pytest.param({"status": Status.BLOCKED}, id="blocked"),
        pytest.param({"status": Status.BLOCKED, "deadline": None}, id="blocked without a deadline"),
        pytest.param({"status": Status.FAILED}, id="failed"),
        pytest.param({"status": Status.ACCEPTED, "accepted_until": 30 * HOUR}, id="accepted for a while"),
        pytest.param({"status": Status.ACCEPTED}, id="accepted without an end"),
        pytest.param({"status": Status.COMPLETED}, id="completed"),
        pytest.param({"priority": Priority.P0, "deadline": 100 * HOUR}, id="a P0 with a long deadline"),
        pytest.param({"deadline": -HOUR}, id="late"),
    ],
)
def test_evaluations_do_what_was_said(fields, make_issue, line, now):
    fields = {key: now + value if isinstance(value, timedelta) else value for key, value in fields.items()}
    values = {"owner": line[Level.OWNER], "deadline": now + 50 * HOUR, "worked_at": now, "status_since": now}
    issue = make_issue(**values | fields)

    for _ in range(4):
        coming = [each for each in upcoming(issue, now) if each.at]
        if not coming:
            evaluate(now + 1000 * HOUR)
            assert not issue.alerts.exists()
            return
        first = min(each.at for each in coming)
        if first > now:
            evaluate(first - timedelta(seconds=1))
        before = told(issue)
        evaluate(first)
        now = first
        assert {(each.rule, each.level) for each in coming if each.at == first} <= told(issue, at=first)
        assert told(issue) - before <= {(each.rule, each.level) for each in coming if each.at == first}


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        (
            -2 * HOUR,
            "Overdue opens with the next evaluation, and is told next at 2026-03-10 14:00 UTC: "
            "told to Lea Lund, Team Lead, by Log and E-mail.",
        ),
        (30 * HOUR, "Due soon opens at 2026-03-10 18:00 UTC and tells nobody: the policy of P0 has no level Owner."),
    ],
    ids=["the next level", "nobody"],
)
def test_without_the_level_of_the_owner_it_is_said_who_is_told_instead(deadline, expected, make_issue, line, now):
    EscalationStep.objects.filter(policy__priority=Priority.P0, level=Level.OWNER).delete()
    fields = {"owner": line[Level.OWNER], "priority": Priority.P0, "worked_at": now + 100 * HOUR}
    issue = make_issue(deadline=now + deadline, **fields)

    assert sentences(issue, now) == [expected]


def test_it_costs_few_queries(make_issue, line, now, django_assert_max_num_queries):
    issue = make_issue(owner=line[Level.OWNER], priority=Priority.P0, deadline=now, worked_at=now - 10 * HOUR)
    evaluate(now)

    with django_assert_max_num_queries(15):
        assert len(upcoming(issue, now)) == 2

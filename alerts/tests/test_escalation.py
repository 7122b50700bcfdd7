"""From a policy and times to the steps that are due: cases, and what holds for every course of an alert."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.choices import Level
from alerts.escalation import Course, Policy, Quiet, Step, Taken, due, next_at, next_step, silenced_until
from tracker.choices import Priority

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OWNER, LEAD, MANAGEMENT, EXECUTIVE = Level


def at(hours: float) -> datetime:
    return START + hours * HOUR


def policy(*steps: tuple[int, int, int], priority: Priority = Priority.P0) -> Policy:
    """A policy of (level, after hours, repeat hours)."""
    return Policy(
        priority, 7, tuple(Step(Level(level), after, repeat, (1, 2), False) for level, after, repeat in steps)
    )


P0 = policy((0, 0, 2), (1, 4, 4), (2, 8, 8), (3, 24, 24))


def course(**fields) -> Course:
    return Course(**{"anchor": START, "opened_at": START, "first_level": OWNER} | fields)


def told(*steps: tuple[int, int, float]) -> list[Taken]:
    return [Taken(Level(level), repeat, at(hours)) for level, repeat, hours in steps]


def quiet(start: float, end: float) -> Quiet:
    return Quiet(at(start), at(end))


def levels(steps: list[Taken]) -> list[tuple[int, int]]:
    return [(step.level, step.repeat) for step in steps]


def follow(policy: Policy, course: Course, evaluations: list[datetime]) -> tuple[Course, list[Taken]]:
    """The course of an alert that was looked at in these moments, and the steps that were taken."""
    taken: list[Taken] = []
    for moment in evaluations:
        steps = due(policy, course, moment)
        course = course.with_taken(steps)
        taken += steps
    return course, taken


@pytest.mark.parametrize(
    ("taken_over", "silences", "first"),
    [
        (0.5, [], (OWNER, 1, at(0.5))),
        (0.5, [quiet(0.4, 1)], (OWNER, 1, at(1))),  # somebody looks after it: at the end of that
        (0.5, [quiet(0.2, 0.5)], (OWNER, 1, at(0.5))),
        (None, [], (OWNER, 1, at(2))),
        (-1, [], (OWNER, 1, at(2))),  # whoever has had it since before was told
        (9, [], (OWNER, 1, at(2))),
    ],
)
def test_who_takes_an_issue_over_is_told_then(taken_over, silences, first):
    so_far = course(
        taken=told((0, 0, 0)), silences=silences, taken_over_at=None if taken_over is None else at(taken_over)
    )

    step = next_step(P0, so_far, at(0))

    assert (step.level, step.repeat, step.at) == first


def test_a_takeover_tells_no_level_above_the_owner_again():
    so_far = course(taken=told((0, 0, 0), (1, 0, 4)), taken_over_at=at(4.5))

    assert levels(due(P0, so_far, at(5))) == [(OWNER, 1)]


def test_the_owner_is_told_when_the_alert_opens_and_nobody_else():
    assert levels(due(P0, course(), START)) == [(OWNER, 0)]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        pytest.param(1.99, [], id="before anything is due"),
        pytest.param(2, [(OWNER, 1)], id="the owner again"),
        pytest.param(3.99, [(OWNER, 1)], id="just before the next level"),
        pytest.param(4, [(OWNER, 1), (LEAD, 0)], id="at the hour of the next level"),
        pytest.param(8, [(OWNER, 1), (LEAD, 0), (MANAGEMENT, 0)], id="two levels at once"),
        pytest.param(240, [(OWNER, 1), (LEAD, 0), (MANAGEMENT, 0), (EXECUTIVE, 0)], id="ten days without a worker"),
    ],
)
def test_levels_are_told_at_their_hours_and_missed_repeats_are_one(hours, expected):
    assert levels(due(P0, course(taken=told((0, 0, 0))), at(hours))) == expected


def test_after_a_day_without_a_worker_every_level_is_told_once():
    late = course(opened_at=at(30))

    taken = due(P0, late, at(30))

    assert levels(taken) == [(OWNER, 0), (LEAD, 0), (MANAGEMENT, 0), (EXECUTIVE, 0)]
    assert due(P0, late.with_taken(taken), at(30)) == []


@pytest.mark.parametrize(
    ("hours", "expected"),
    [pytest.param(3.99, [], id="before four hours"), pytest.param(4, [(LEAD, 1)], id="at four hours")],
)
def test_a_level_for_which_nobody_was_found_is_told_again_after_four_hours(hours, expected):
    seldom = replace(P0, steps=tuple(replace(step, repeat_hours=100) for step in P0.steps if step.level <= LEAD))
    unheard = course(taken=(Taken(OWNER, 0, START), Taken(LEAD, 0, START, heard=False)))

    assert levels(due(seldom, unheard, at(hours))) == expected


def test_a_level_is_told_at_its_hours_after_the_deadline_and_not_after_the_alert_was_found():
    found_late = course(opened_at=at(1), taken=told((0, 1, 3)))

    assert next_step(P0, found_late, at(3.5)) == Taken(LEAD, 0, at(4))


def test_an_alert_before_its_deadline_tells_its_owner_at_once_and_the_others_after_the_deadline():
    early = course(anchor=at(24))

    assert levels(due(P0, early, START)) == [(OWNER, 0)]
    assert (LEAD, 0) not in levels(due(P0, early, at(27.99)))
    assert (LEAD, 0) in levels(due(P0, early, at(28)))


def test_a_rule_that_begins_with_management_tells_it_at_once_and_nobody_below():
    from_management = course(first_level=MANAGEMENT)

    assert levels(due(P0, from_management, START)) == [(MANAGEMENT, 0)]
    assert levels(due(P0, from_management, at(24))) == [(MANAGEMENT, 0), (EXECUTIVE, 0)]


def test_a_policy_without_the_first_level_tells_the_highest_that_it_has_and_is_not_silent():
    assert levels(due(policy((0, 0, 2), (1, 4, 4)), course(first_level=EXECUTIVE), START)) == [(OWNER, 0), (LEAD, 0)]


def test_a_policy_without_steps_has_nothing_due_and_nothing_next():
    assert due(policy(), course(), START) == []
    assert next_at(policy(), course(), START) is None


def test_an_acknowledgement_stops_the_repeats_and_the_next_level():
    acknowledged = course(taken=told((0, 0, 0)), silences=[quiet(1, 9)])

    assert due(P0, acknowledged, at(8.99)) == []
    assert next_at(P0, acknowledged, at(2)) == at(9)


def test_when_an_acknowledgement_ends_what_was_told_is_told_again_and_the_clock_goes_on():
    acknowledged = course(taken=told((0, 0, 0)), silences=[quiet(1, 9)])

    again = due(P0, acknowledged, at(9))

    assert levels(again) == [(OWNER, 1)]
    onwards = acknowledged.with_taken(again)
    assert (LEAD, 0) not in levels(due(P0, onwards, at(11.99))), "three of its four hours were left"
    assert (LEAD, 0) in levels(due(P0, onwards, at(12)))


def test_all_levels_that_were_told_are_told_again_when_an_acknowledgement_ends():
    acknowledged = course(taken=told((0, 2, 4), (1, 0, 4)), silences=[quiet(5, 13)])

    assert levels(due(P0, acknowledged, at(13))) == [(OWNER, 3), (LEAD, 1)]


def test_an_acknowledgement_that_ended_long_ago_is_one_repeat_and_not_two():
    acknowledged = course(taken=told((0, 0, 0)), silences=[quiet(1, 2)])
    onwards, taken = follow(P0, acknowledged, [at(2.5), at(3), at(4.4)])

    assert levels(taken) == [(OWNER, 1)]
    assert levels(due(P0, onwards, at(4.5))) == [(OWNER, 2)]


def test_nothing_is_due_in_a_silence_even_if_it_was_due_before_it():
    missed = course(taken=told((0, 0, 0)), silences=[quiet(5, 10)])

    assert due(P0, missed, at(6)) == []
    assert next_at(P0, missed, at(6)) == at(10)
    assert levels(due(P0, missed, at(10))) == [(OWNER, 1), (LEAD, 0)]


def test_silences_that_overlap_or_touch_are_one_and_count_once():
    silences = [quiet(1, 5), quiet(3, 6), quiet(6, 7), quiet(8, 8)]
    silenced = course(taken=told((0, 0, 0)), silences=silences)

    assert silenced_until(silences, at(3)) == at(7)
    assert silenced_until(silences, at(7)) is None
    assert next_at(P0, silenced, at(3)) == at(7)
    assert (LEAD, 0) not in levels(due(P0, silenced, at(9.99)))
    assert (LEAD, 0) in levels(due(P0, silenced, at(10)))


def test_a_silence_before_the_deadline_takes_nothing_from_the_hours_after_it():
    snoozed = course(anchor=at(10), opened_at=at(0), taken=told((0, 0, 0)), silences=[quiet(2, 6)])

    assert (LEAD, 0) not in levels(due(P0, snoozed, at(13.99)))
    assert (LEAD, 0) in levels(due(P0, snoozed, at(14)))


def test_hours_beyond_any_calendar_are_an_age_and_no_error():
    endless = policy((0, 0, 2**31), (1, 2**31, 2**31))

    assert next_at(endless, course(taken=told((0, 0, 0))), START) == START + timedelta(days=3650)


def test_a_rule_that_does_not_escalate_keeps_its_level():
    assert [step.level for step in P0.up_to(LEAD).steps] == [OWNER, LEAD]


def test_of_steps_at_the_same_moment_the_highest_is_named_as_the_next():
    assert next_step(P0, course(taken=told((0, 1, 2))), at(3)) == Taken(LEAD, 0, at(4))


@pytest.mark.parametrize(
    "frozen",
    [
        {},
        {"priority": "P9", "fallback": None, "steps": []},
        {"priority": "P0", "fallback": None, "steps": [{"level": 9}]},
    ],
)
def test_what_is_no_frozen_policy_is_refused(frozen):
    with pytest.raises(ValueError, match="no escalation policy"):
        Policy.thawed(frozen)


# -- what holds for every course --------------------------------------------------------------------------------------

HOURS = st.integers(0, 100)
POLICIES = st.lists(
    st.tuples(st.sampled_from(Level), HOURS, st.integers(1, 50)), min_size=1, max_size=4, unique_by=lambda step: step[0]
).map(lambda steps: policy(*sorted(steps)))
SILENCES = st.lists(st.builds(lambda start, length: quiet(start, start + length), HOURS, st.floats(0, 60)), max_size=4)
COURSES = st.builds(
    lambda anchor, opened, first, silences: Course(at(anchor), at(opened), first, (), tuple(silences)),
    st.integers(-200, 50),
    st.integers(0, 5),
    st.sampled_from(Level),
    SILENCES,
)
EVALUATIONS = st.lists(st.floats(0, 400).map(at), min_size=1, max_size=40).map(sorted)


@given(POLICIES)
def test_a_policy_comes_back_from_json_as_it_was(policy):
    assert Policy.thawed(json.loads(json.dumps(policy.frozen()))) == policy


@given(POLICIES, COURSES, EVALUATIONS)
def test_no_step_is_taken_twice_and_repeats_count_up(policy, course, evaluations):
    _, taken = follow(policy, course, [moment for moment in evaluations if moment >= course.opened_at])

    for level in Level:
        repeats = [step.repeat for step in taken if step.level == level]
        assert repeats == list(range(len(repeats)))


@given(POLICIES, COURSES, EVALUATIONS)
def test_looking_twice_changes_nothing(policy, course, evaluations):
    onwards, _ = follow(policy, course, evaluations)

    assert due(policy, onwards, evaluations[-1]) == []


@given(POLICIES, COURSES, EVALUATIONS)
def test_an_open_alert_always_has_a_next_step_and_it_is_due_then_and_not_before(policy, course, evaluations):
    onwards, _ = follow(policy, course, evaluations)
    now = max(evaluations[-1], onwards.opened_at)

    upcoming = next_at(policy, onwards, now)

    assert upcoming is not None
    assert upcoming >= now
    assert due(policy, onwards, upcoming)
    if upcoming > now:
        assert not due(policy, onwards, upcoming - timedelta(microseconds=1))
        assert not due(policy, onwards, now + (upcoming - now) / 2)


@given(POLICIES, COURSES, EVALUATIONS)
def test_an_open_alert_is_never_silent_for_longer_than_its_silences_and_its_longest_span(policy, course, evaluations):
    onwards, _ = follow(policy, course, evaluations)
    now = max(evaluations[-1], onwards.opened_at)
    longest = max(max(step.after_hours, step.repeat_hours) for step in policy.steps) * HOUR
    silenced = sum((silence.until - silence.at for silence in onwards.silences), timedelta(0))
    waiting = max(onwards.anchor - now, timedelta(0))

    assert next_at(policy, onwards, now) - now <= longest + silenced + waiting


@given(POLICIES, COURSES, EVALUATIONS)
def test_nobody_is_told_in_a_silence(policy, course, evaluations):
    _, taken = follow(policy, course, evaluations)

    assert not [step for step in taken for quiet in course.silences if quiet.at <= step.at < quiet.until]


@given(POLICIES, COURSES, st.floats(0, 400).map(at))
def test_whoever_looks_late_tells_each_level_once(policy, course, late):
    taken = due(policy, course, late)

    assert [step.repeat for step in taken] == [0] * len(taken)
    assert len({step.level for step in taken}) == len(taken)


@given(POLICIES, COURSES, st.floats(0.1, 100))
def test_a_silence_delays_the_levels_to_come_by_its_length(policy, course, length):
    """Steps that no silence has touched, and the same steps when somebody acknowledges for a while at the start."""
    awake = replace(course, silences=(), anchor=course.opened_at, first_level=OWNER)
    until = awake.opened_at + length * HOUR
    asleep = replace(awake, silences=(Quiet(awake.opened_at, until),))

    for step in policy.steps:
        alone = replace(policy, steps=(step,))
        first = next_at(alone, awake, awake.opened_at)
        assert next_at(alone, asleep, awake.opened_at) == first + (until - awake.opened_at)


@given(POLICIES, COURSES, EVALUATIONS)
def test_however_often_it_is_looked_at_the_same_levels_are_told_in_the_end(policy, course, evaluations):
    course = replace(course, silences=())
    end = max(evaluations[-1], course.opened_at)
    _, often = follow(policy, course, [*(moment for moment in evaluations if moment >= course.opened_at), end])
    _, once = follow(policy, course, [end])

    assert {step.level for step in often} == {step.level for step in once}

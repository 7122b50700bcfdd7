"""Taking a change of an issue back: a new change, by the same gates, and only of what nobody has changed since."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Permission

from tracker import amend, undo, undo_tokens, workflow
from tracker.choices import Door, IssueKind, Priority, Status
from tracker.models import Issue, System
from tracker.refusals import Refused


@pytest.fixture
def mona(make_user):
    return make_user("mona", is_superuser=True)


@pytest.fixture
def by(mona, now):
    return {"actor": mona, "door": Door.ADMIN, "now": now}


def read(issue: Issue) -> Issue:
    return Issue.objects.select_related("owner").prefetch_related("systems").get(pk=issue.pk)


def do(issue: Issue, function, *args, by: dict, **kwargs) -> list[undo.Made]:
    """Change an issue, and say what of it can be taken back."""
    before = read(issue)
    function(*args, **kwargs, **by)
    return undo.made([before], actor=by["actor"], now=by["now"])


def back(made: list[undo.Made], by: dict, **other) -> None:
    for each in made:
        undo.take_back(each, **by | other)


@pytest.fixture
def cases(make_issue, make_owner, by):
    """An issue that has everything, and a change of each of its fields."""
    old, new = make_owner("Olga Brandt"), make_owner("Lee Okafor")
    issue = make_issue(owner=old, revenue_at_risk=Decimal("900.00"), deadline=by["now"] - timedelta(seconds=7))
    cache, pool = System.objects.create(name="cache, the"), System.objects.create(name="pool")
    issue.systems.set([cache])
    later = by["now"] + timedelta(days=2)
    changes = {
        "owner": (amend.assign, (issue.pk, new), {}),
        "deadline": (amend.move_deadline, (issue.pk, later), {"reason": "parts"}),
        "priority": (amend.set_priority, (issue.pk, Priority.P3), {}),
        "revenue_at_risk": (amend.confirm_revenue, (issue.pk, None), {"reason": "none"}),
        "title": (amend.describe, (issue.pk,), {"title": "Another"}),
        "kind": (amend.describe, (issue.pk,), {"kind": IssueKind.PREVENT}),
        "systems": (amend.describe, (issue.pk,), {"systems": [pool]}),
    }
    return issue, changes


def state(issue: Issue) -> tuple:
    issue = read(issue)
    names = ("owner", "deadline", "original_deadline", "priority", "revenue_at_risk", "title", "kind", "status")
    return (*(getattr(issue, name) for name in names), list(issue.systems.all()))


@pytest.mark.parametrize("field", list(undo.FIELDS))
def test_a_change_is_taken_back_exactly_and_both_stay_in_the_history(cases, by, field):
    issue, changes = cases
    before = state(issue)
    function, args, kwargs = changes[field]

    made = do(issue, function, *args, by=by, **kwargs)
    assert state(issue) != before
    back(made, by, now=by["now"] + timedelta(minutes=1))

    assert state(issue) == before
    done, undone = issue.field_changes.order_by("pk")
    assert (undone.field, undone.old, undone.new) == (field, done.new, done.old)
    assert (undone.reason, undone.actor) == ("Taken back.", by["actor"])


@pytest.mark.parametrize("field", list(undo.FIELDS))
def test_what_was_changed_since_stays_even_when_it_was_changed_to_the_same(cases, by, make_user, field):
    issue, changes = cases
    function, args, kwargs = changes[field]
    made = do(issue, function, *args, by=by, **kwargs)
    other = by | {"actor": make_user("dana", first_name="Dana", last_name="Fox", is_superuser=True)}
    back(made, other)  # somebody else changes it back, and to the same again
    function(*args, **kwargs, **other)
    after = state(issue)

    with pytest.raises(undo.UndoRefused, match=r"was changed since by Dana Fox, and stays as it is\."):
        back(made, by)

    assert state(issue) == after


def test_another_field_that_was_changed_since_keeps_nobody_from_it(cases, by):
    issue, changes = cases
    made = do(issue, amend.assign, *changes["owner"][1], by=by)
    amend.set_priority(issue.pk, Priority.P3, **by)

    back(made, by)

    issue.refresh_from_db()
    assert (str(issue.owner), issue.priority) == ("Olga Brandt", Priority.P3)


def test_what_another_hand_changed_in_between_is_not_offered(make_issue, make_owner, by):
    issue, before = make_issue(), None
    before = read(issue)
    amend.assign(issue.pk, make_owner("Lee Okafor"), **by | {"now": by["now"] - timedelta(seconds=1)})

    amend.assign(issue.pk, make_owner("Olga Brandt"), **by)

    assert undo.made([before], actor=by["actor"], now=by["now"]) == []


def test_a_first_deadline_that_is_taken_back_is_no_original_one(make_issue, by):
    issue = make_issue(deadline=None, original_deadline=None)

    back(do(issue, amend.move_deadline, issue.pk, by["now"] + timedelta(days=900), by=by), by)

    issue.refresh_from_db()
    assert (issue.deadline, issue.original_deadline) == (None, None)


def test_a_first_deadline_stays_while_the_status_needs_one(make_issue, make_owner, by):
    issue = make_issue(deadline=None, original_deadline=None, owner=make_owner())
    made = do(issue, amend.move_deadline, issue.pk, by["now"] + timedelta(days=9), by=by)
    workflow.apply("plan", issue.pk, **by)

    with pytest.raises(Refused, match="is planned: it cannot be without a deadline"):
        back(made, by)


def test_an_owner_stays_while_the_status_needs_one(make_issue, make_owner, by):
    issue = make_issue()
    made = do(issue, amend.assign, issue.pk, make_owner(), by=by)
    workflow.apply("plan", issue.pk, **by)

    with pytest.raises(Refused, match="is planned: it cannot be without an owner"):
        back(made, by)


def test_an_owner_who_is_gone_is_not_given_back(make_issue, make_owner, by):
    old = make_owner("Olga Brandt")
    issue = make_issue(owner=old)
    made = do(issue, amend.assign, issue.pk, make_owner("Lee Okafor"), by=by)
    old.delete()

    with pytest.raises(undo.UndoRefused, match="The owner of before is not there any more"):
        back(made, by)


def test_a_system_that_is_gone_is_not_given_back(cases, by):
    issue, changes = cases
    made = do(issue, amend.describe, issue.pk, by=by, **changes["systems"][2])
    System.objects.get(name="cache, the").delete()

    with pytest.raises(undo.UndoRefused, match="A system of before is not there any more"):
        back(made, by)


def test_an_issue_that_was_closed_since_stays(make_issue, make_owner, by):
    issue = make_issue(owner=make_owner("Olga Brandt"))
    made = do(issue, amend.assign, issue.pk, make_owner("Lee Okafor"), by=by)
    workflow.apply("cancel", issue.pk, reason="not worth it", **by)

    with pytest.raises(Refused, match="is cancelled: reopen it first"):
        back(made, by)


def test_an_issue_that_is_gone_is_said(make_issue, make_owner, by):
    issue = make_issue()
    made = do(issue, amend.assign, issue.pk, make_owner(), by=by)
    Issue.objects.filter(pk=issue.pk).delete()

    with pytest.raises(undo.UndoRefused, match="This issue is not there any more"):
        back(made, by)


# -- rights ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def lee(make_user, make_owner):
    user = make_user("lee")
    user.user_permissions.set(Permission.objects.filter(codename__in=("work_on_own_issue", "view_issue")))
    user.row = make_owner("Lee Okafor", user=user)
    return user


@pytest.mark.parametrize(
    ("priority", "offered"),
    [
        pytest.param(Priority.P0, 0, id="more urgent: to go back takes a manager"),
        pytest.param(Priority.P1, 0, id="the same: nothing was done"),
    ],
)
def test_an_engineer_is_not_offered_what_only_a_manager_may(lee, make_issue, by, priority, offered):
    issue = make_issue(owner=lee.row, priority=Priority.P1)

    assert len(do(issue, amend.set_priority, issue.pk, priority, by=by | {"actor": lee})) == offered


def test_who_gave_an_issue_away_may_not_change_it_any_more(lee, make_issue, make_owner, by):
    issue = make_issue(owner=lee.row)

    assert do(issue, amend.assign, issue.pk, make_owner("Olga Brandt"), by=by | {"actor": lee}) == []


def test_a_right_that_was_taken_since_is_missing(lee, make_issue, by):
    issue, by = make_issue(owner=lee.row), by | {"actor": lee}
    made = do(issue, amend.move_deadline, issue.pk, by["now"] + timedelta(days=9), by=by, reason="parts")
    Issue.objects.filter(pk=issue.pk).update(owner=None)

    with pytest.raises(Refused, match="You change issues of your own only"):
        back(made, by)


# -- steps -------------------------------------------------------------------------------------------------------------

LATER = timedelta(days=30)
WITH_A_WAY_BACK = [
    pytest.param(Status.IN_PROGRESS, "block", {}, id="a block"),
    pytest.param(Status.IDENTIFIED, "cancel", {}, id="a cancellation of what was identified"),
    pytest.param(Status.IDENTIFIED, "accept", {"until": LATER}, id="an acceptance of what was identified"),
    pytest.param(Status.CANCELLED, "reopen", {}, id="a reopening of what was cancelled"),
    pytest.param(Status.ACCEPTED, "reopen", {}, id="a reopening of what was accepted"),
]
WITHOUT_A_WAY_BACK = [
    pytest.param(Status.IDENTIFIED, "plan", {}, id="planning"),
    pytest.param(Status.PLANNED, "start", {}, id="the start"),
    pytest.param(Status.COMPLETED, "fail", {}, id="a failed validation"),
    pytest.param(Status.FAILED, "rework", {}, id="rework"),
    pytest.param(Status.PLANNED, "cancel", {}, id="a cancellation of what was planned"),
    pytest.param(Status.VALIDATED, "reopen", {}, id="a reopening of what was validated"),
]


def step(make_issue, make_owner, by, status, name, given):
    given = {key: by["now"] + span for key, span in given.items()}
    until = by["now"] + LATER if status == Status.ACCEPTED else None
    issue = make_issue(status=status, owner=make_owner(), accepted_until=until)
    return issue, do(issue, workflow.apply, name, issue.pk, by=by, reason="because", **given)


@pytest.mark.parametrize(("status", "name", "given"), WITH_A_WAY_BACK)
def test_a_step_with_a_way_back_is_taken_back_by_it(make_issue, make_owner, by, status, name, given):
    issue, made = step(make_issue, make_owner, by, status, name, given)
    until = issue.accepted_until

    back(made, by, now=by["now"] + timedelta(minutes=1))

    issue.refresh_from_db()
    assert (issue.status, issue.accepted_until) == (status, until)
    assert [change.new_status for change in issue.changes.order_by("pk")][-1] == status


def test_an_unblocked_issue_is_blocked_again(make_issue, make_owner, by):
    issue = make_issue(status=Status.IN_PROGRESS, owner=make_owner())
    workflow.apply("block", issue.pk, reason="parts", **by)

    back(do(issue, workflow.apply, "unblock", issue.pk, by=by | {"now": by["now"] + timedelta(hours=1)}), by)

    issue.refresh_from_db()
    assert issue.status == Status.BLOCKED


@pytest.mark.parametrize(("status", "name", "given"), WITHOUT_A_WAY_BACK)
def test_a_step_without_a_way_back_is_not_offered(make_issue, make_owner, by, status, name, given):
    _, made = step(make_issue, make_owner, by, status, name, given)

    assert made == []


def test_a_step_after_which_another_was_taken_stays(make_issue, make_owner, by):
    issue, made = step(make_issue, make_owner, by, Status.IN_PROGRESS, "block", {})
    workflow.apply("unblock", issue.pk, **by)

    with pytest.raises(undo.UndoRefused, match="Its status was changed since by mona"):
        back(made, by)


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_a_token_gives_its_values_back_to_its_person(mona):
    assert undo_tokens.read("issues", undo_tokens.sign("issues", [1, None, "a"], user=mona), user=mona) == [
        1,
        None,
        "a",
    ]


@pytest.mark.parametrize(
    ("minutes", "refused"),
    [pytest.param(59, False, id="within the hour"), pytest.param(61, True, id="after the hour")],
)
def test_a_token_lasts_an_hour(mona, now, minutes, refused):
    with time_machine.travel(now, tick=False):
        token = undo_tokens.sign("issues", [], user=mona)

    with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
        try:
            said = undo_tokens.read("issues", token, user=mona)
        except undo.UndoRefused as why:
            said = str(why)

    assert said == ("It was done more than an hour ago: change it by hand." if refused else [])


def test_a_token_is_for_nobody_else_and_for_nothing_else(mona, make_user):
    token = undo_tokens.sign("issues", [], user=mona)

    with pytest.raises(undo.UndoRefused, match="Only who made a change undoes it"):
        undo_tokens.read("issues", token, user=make_user("dana"))
    for what, words in (("alerts", token), ("issues", f"{token}x"), ("issues", "")):
        with pytest.raises(undo.UndoRefused, match="no undo that this site has offered"):
            undo_tokens.read(what, words, user=mona)

"""What becomes of a likely return when a person decides about it, and when the decision is taken back."""

from datetime import timedelta

import pytest

from tracker import amend, intake, prevention, returns, workflow
from tracker.choices import (
    IssueKind,
    MeasureCategory,
    MeasureState,
    Priority,
    ReturnCase,
    ReturnDecision,
    Status,
)
from tracker.models import Analysis, ExtractedItem, Issue, Recurrence, RecurrenceDecision
from tracker.tests.extractions import issue, says
from tracker.tests.returning import MAY
from tracker.tests.test_recurrence import LEASE, LEASE_AGAIN

pytestmark = pytest.mark.django_db


def measure_of(analysis, hand, owner, state):
    tracked = intake.add_all(analysis.pk, **hand)[0]
    made = prevention.propose(tracked.pk, "Renew leases", category=MeasureCategory.AUTOMATION, owner=owner, **hand)
    return prevention.set_state(made.pk, state, **hand)


# -- deciding ----------------------------------------------------------------------------------------------------------


def test_a_confirmed_return_is_counted_and_says_who_confirmed_it(likely, hand, now):
    returns.confirm(likely.pk, reason=" The same lease ", **hand)

    row = Recurrence.objects.confirmed().get()
    assert (row.decided_by_name, row.decided_at, row.reason) == ("boss", now, "The same lease")


def test_a_confirmed_return_makes_pending_entries_more_urgent_by_one_step_and_never_more_than_p0(again, likely, hand):
    returns.confirm(likely.pk, **hand)

    rows = again.items.issues().order_by("line").values_list("priority", flat=True)
    assert list(rows) == [Priority.P0, Priority.P0, Priority.P1, Priority.P2]
    assert again.items.checks().get().priority == ""


def test_a_confirmed_return_makes_live_issues_more_urgent_and_tells_why(again, likely, hand):
    tracked = intake.add_all(again.pk, **hand)
    workflow.apply("cancel", tracked[3].pk, reason="Not needed", **hand)

    returns.confirm(likely.pk, **hand)

    now_are = Issue.objects.in_bulk([each.pk for each in tracked])
    assert [now_are[each.pk].priority for each in tracked] == [Priority.P0, Priority.P0, Priority.P1, Priority.P3]
    told = tracked[2].field_changes.get(field="priority")
    assert told.reason == "“Printers stop” returned as “No labels”."


def test_several_confirmed_returns_of_one_analysis_make_it_more_urgent_once(earlier, put, hand):
    put(says(title="Printers stop again"), LEASE.replace("midnight", "noon"), "a2.md")
    third = put(says(issue("Step", 3, priority=Priority.P3), title="No labels", date=MAY), LEASE_AGAIN, "b.md").analysis
    assert third.returns.count() == 2

    for row in third.returns.all():
        returns.confirm(row.pk, **hand)

    assert third.items.get().priority == Priority.P2


def test_measures_that_did_not_hold_are_proposed_again_with_the_reason(earlier, likely, hand, make_owner):
    measure = measure_of(earlier, hand, make_owner("Lee Okafor"), MeasureState.VERIFIED)

    returns.confirm(likely.pk, **hand)

    measure.refresh_from_db()
    assert measure.state == MeasureState.PROPOSED
    told = measure.issue.field_changes.filter(field="prevention measure").first()
    assert told.reason == "It did not hold: “Printers stop” returned as “No labels”."


def test_a_confirmed_return_opens_an_issue_to_review_why_the_prevention_did_not_hold(again, likely, hand, now):
    Analysis.objects.filter(pk=again.pk).update(priority=Priority.P0)

    returns.confirm(likely.pk, **hand)

    review = again.issues.get()
    assert review.title == "Review why the prevention of “Printers stop” did not hold"
    assert (review.kind, review.priority, review.status) == (IssueKind.INVESTIGATE, Priority.P0, Status.IDENTIFIED)
    assert review.deadline > now
    assert review.changes.get().reason == "“Printers stop” returned as “No labels”."


def test_the_review_stays_when_the_analysis_changes(again, likely, hand, put):
    returns.confirm(likely.pk, **hand)

    put(says(title="No labels", date=MAY), f"{LEASE_AGAIN}\nAnd so on.\n", "b.md", now=hand["now"] + timedelta(days=1))

    assert again.issues.get().status == Status.IDENTIFIED


@pytest.mark.parametrize(
    ("statuses", "case"),
    [
        ((), ReturnCase.UNTREATED),
        ((Status.CANCELLED,), ReturnCase.UNTREATED),
        ((Status.VALIDATED, Status.CANCELLED), ReturnCase.THOUGH_VALIDATED),
        ((Status.VALIDATED, Status.BLOCKED), ReturnCase.WHILE_OPEN),
        ((Status.ACCEPTED,), ReturnCase.WHILE_OPEN),
    ],
)
def test_a_return_while_the_earlier_issue_was_open_is_told_from_one_although_it_was_validated(
    earlier, likely, hand, make_issue, statuses, case
):
    made = [make_issue(analysis=earlier, status=status) for status in statuses]

    returns.confirm(likely.pk, **hand)
    Issue.objects.filter(pk__in=[each.pk for each in made]).update(status=Status.VALIDATED)

    assert Recurrence.objects.get().case == case


@pytest.mark.parametrize("verb", ["reject", "same_incident"])
def test_what_is_no_return_changes_nothing_but_the_decision(again, likely, hand, verb):
    before = list(again.items.values())

    row = getattr(returns, verb)(likely.pk, **hand)

    assert row.decision == {"reject": ReturnDecision.REJECTED, "same_incident": ReturnDecision.SAME_INCIDENT}[verb]
    assert list(again.items.values()) == before
    assert not Issue.objects.exists()
    assert not Recurrence.objects.confirmed().exists()


def test_the_same_decision_again_changes_nothing(again, likely, hand):
    returns.confirm(likely.pk, **hand)
    before = list(Issue.objects.values()), list(again.items.values())

    returns.confirm(likely.pk, **hand)

    assert (list(Issue.objects.values()), list(again.items.values())) == before


def test_another_decision_about_it_is_refused(again, likely, hand):
    returns.reject(likely.pk, **hand)

    with pytest.raises(returns.ReturnRefused, match="decided already: no return, says boss"):
        returns.confirm(likely.pk, **hand)

    assert not again.issues.exists()


def test_a_likely_return_that_went_with_a_new_text_is_refused(likely, hand):
    Recurrence.objects.all().delete()

    with pytest.raises(returns.ReturnRefused, match="not there any more"):
        returns.confirm(likely.pk, **hand)


@pytest.mark.parametrize("verb", ["confirm", "reject", "same_incident"])
def test_who_may_not_decide_about_entries_may_not_decide_about_returns(likely, hand, make_user, verb):
    with pytest.raises(returns.ReturnRefused, match="Only a manager decides"):
        getattr(returns, verb)(likely.pk, **hand | {"actor": make_user("eve")})

    assert Recurrence.objects.get().decision == ReturnDecision.PENDING


def test_a_confirmation_of_which_a_part_is_refused_changes_nothing(again, likely, hand, monkeypatch):
    def refuse(*_, **__):
        raise amend.AmendRefused("Not today.")

    intake.add_all(again.pk, **hand)
    monkeypatch.setattr(amend, "set_priority", refuse)

    with pytest.raises(amend.AmendRefused):
        returns.confirm(likely.pk, **hand)

    assert Recurrence.objects.get().decision == ReturnDecision.PENDING


# -- taking a decision back --------------------------------------------------------------------------------------------


def take_back(row, hand, **changes):
    return returns.take_back(row.pk, **{"reason": "It was the toner", **hand, **changes})


@pytest.mark.parametrize("verb", ["confirm", "reject", "same_incident"])
def test_a_decision_that_is_taken_back_is_to_be_decided_again_and_all_of_it_is_kept(likely, hand, verb):
    getattr(returns, verb)(likely.pk, reason="The same lease", **hand)

    take_back(likely, hand)

    likely.refresh_from_db()
    assert (likely.decision, likely.decided_at, likely.decided_by, likely.reason) == ("pending", None, None, "")
    assert (likely.case, likely.consequences) == ("", {})
    assert [(row.decision, row.reason, row.actor_name) for row in likely.decisions.order_by("pk")] == [
        ({"confirm": "confirmed", "reject": "rejected"}.get(verb, verb), "The same lease", "boss"),
        ("pending", "It was the toner", "boss"),
    ]
    assert returns.reject(likely.pk, **hand).decision == ReturnDecision.REJECTED


def test_taking_back_a_confirmation_undoes_what_nobody_has_changed_since(earlier, again, likely, hand, make_owner):
    measure = measure_of(earlier, hand, make_owner("Lee Okafor"), MeasureState.VERIFIED)
    live = intake.add(again.items.issues().get(line=6).pk, **hand)
    before = list(again.items.order_by("pk").values("priority", "edited_fields", "deadline"))
    returns.confirm(likely.pk, **hand)
    review = again.issues.exclude(pk=live.pk).get()

    told = take_back(likely, hand).told

    measure.refresh_from_db()
    live.refresh_from_db()
    review.refresh_from_db()
    assert (measure.state, live.priority, review.status) == (MeasureState.VERIFIED, Priority.P3, Status.CANCELLED)
    assert list(again.items.order_by("pk").values("priority", "edited_fields", "deadline")) == before
    assert live.field_changes.filter(field="priority").first().reason == (
        "The confirmed return was taken back: It was the toner"
    )
    assert "3 entries and issues have their priority of before again." in told
    assert f"{review.reference}, the review, is cancelled." in told
    assert f"A prevention measure of {measure.issue.reference} is verified again." in told


def test_what_somebody_has_changed_since_stays_and_is_told(earlier, again, likely, hand, make_owner):
    measure = measure_of(earlier, hand, make_owner("Lee Okafor"), MeasureState.VERIFIED)
    live = intake.add(again.items.issues().get(line=6).pk, **hand)
    closed = intake.add(again.items.issues().get(line=5).pk, **hand)
    returns.confirm(likely.pk, **hand)
    review = again.issues.exclude(pk__in=[live.pk, closed.pk]).get()
    for priority in (Priority.P1, Priority.P2):
        amend.set_priority(live.pk, priority, reason="Looked at it", **hand)
    workflow.apply("cancel", closed.pk, reason="Not needed", **hand)
    intake.dismiss(again.items.get(line=4).pk, reason="Done by others", **hand)
    amend.add_note(review.pk, "I asked the vendor.", **hand)
    for state in (MeasureState.IN_PLACE, MeasureState.PROPOSED):
        prevention.set_state(measure.pk, state, reason="Looked at it", **hand)

    told = take_back(likely, hand).told

    assert {issue.reference: issue.priority for issue in again.issues.all()}[live.reference] == Priority.P2
    measure.refresh_from_db()
    review.refresh_from_db()
    assert (measure.state, review.status) == (MeasureState.PROPOSED, Status.IDENTIFIED)
    assert review.notes.first().text == (
        "“No labels” is no longer confirmed as a return of “Printers stop”: It was the toner"
    )
    assert told == [
        "“Step P1” stays as it is: somebody has decided about it since.",
        f"{live.reference} stays P2: somebody has changed its priority since.",
        f"{closed.reference} stays P1: it is closed.",
        f"A prevention measure of {measure.issue.reference} stays as it is: somebody has changed it since.",
        f"{review.reference}, the review, stays open with a note: somebody has worked on it.",
    ]


@pytest.mark.parametrize("touch", ["step", "owner", "measure"])
def test_a_review_on_which_somebody_did_anything_stays_open_with_a_note(again, likely, hand, make_owner, touch):
    returns.confirm(likely.pk, **hand)
    review, lee = again.issues.get(), make_owner("Lee Okafor")
    if touch == "step":
        workflow.apply("block", review.pk, reason="The vendor is away", **hand)
    elif touch == "owner":
        amend.assign(review.pk, lee, **hand)
    else:
        prevention.propose(review.pk, "Renew leases", category=MeasureCategory.AUTOMATION, owner=lee, **hand)

    take_back(likely, hand)

    review.refresh_from_db()
    assert review.status != Status.CANCELLED
    assert review.notes.count() == 1


def test_an_entry_that_was_accepted_since_goes_back_with_its_issue(again, likely, hand):
    returns.confirm(likely.pk, **hand)
    tracked = intake.add(again.items.issues().get(line=6).pk, **hand)
    assert tracked.priority == Priority.P2

    told = take_back(likely, hand).told

    tracked.refresh_from_db()
    assert tracked.priority == Priority.P3
    assert "3 entries and issues have their priority of before again." in told


def test_what_another_confirmed_return_asks_for_as_well_stays_until_that_is_taken_back_too(
    earlier, put, hand, make_owner
):
    put(says(title="Printers stop again"), LEASE.replace("midnight", "noon"), "a2.md")
    third = put(says(issue("Step", 3, priority=Priority.P3), title="No labels", date=MAY), LEASE_AGAIN, "b.md").analysis
    one, other = third.returns.order_by("pk")
    returns.confirm(one.pk, **hand)
    returns.confirm(other.pk, **hand)

    told = take_back(one, hand).told

    assert third.items.get().priority == Priority.P2
    assert f"The priorities stay: the return of “{other.earlier}” is confirmed, too." in told
    take_back(other, hand)
    assert third.items.get().priority == Priority.P3


def test_measures_stay_proposed_while_another_return_of_the_earlier_analysis_is_confirmed(
    earlier, again, likely, put, hand, make_owner
):
    measure = measure_of(earlier, hand, make_owner("Lee Okafor"), MeasureState.VERIFIED)
    put(says(title="Once more"), f"{LEASE_AGAIN}\nOnce more.\n", "c.md")
    second = Recurrence.objects.get(earlier=earlier, analysis__title="Once more")
    returns.confirm(likely.pk, **hand)
    returns.confirm(second.pk, **hand)

    told = take_back(likely, hand).told

    measure.refresh_from_db()
    assert measure.state == MeasureState.PROPOSED
    assert "The prevention measures stay proposed: “Once more” is confirmed as a return, too." in told
    take_back(second, hand)
    measure.refresh_from_db()
    assert measure.state == MeasureState.VERIFIED


def test_a_confirmation_after_one_that_was_taken_back_counts_and_raises_again(again, likely, hand):
    returns.confirm(likely.pk, **hand)
    take_back(likely, hand)
    assert not Recurrence.objects.confirmed().exists()

    returns.confirm(likely.pk, **hand)

    assert again.items.get(line=6).priority == Priority.P2
    assert [row.decision for row in likely.decisions.order_by("pk")] == ["confirmed", "pending", "confirmed"]


@pytest.mark.parametrize(
    ("decided", "reason", "sentence"),
    [
        pytest.param(False, "It was the toner", "there is nothing to take back", id="undecided"),
        pytest.param(True, "  ", "needs a reason", id="no reason"),
        pytest.param(True, "x" * 2001, "at most 2,000 characters", id="too long a reason"),
        pytest.param(True, "a\0b", "cannot hold NUL", id="a reason that cannot be stored"),
    ],
)
def test_taking_back_is_refused_in_a_sentence_and_changes_nothing(likely, hand, decided, reason, sentence):
    if decided:
        returns.confirm(likely.pk, **hand)
    before = list(Recurrence.objects.values()), list(ExtractedItem.objects.values()), list(Issue.objects.values())

    with pytest.raises(returns.ReturnRefused, match=sentence):
        take_back(likely, hand, reason=reason)

    now_is = list(Recurrence.objects.values()), list(ExtractedItem.objects.values()), list(Issue.objects.values())
    assert now_is == before


def test_who_may_not_decide_may_not_take_back(likely, hand, make_user):
    returns.confirm(likely.pk, **hand)

    with pytest.raises(returns.ReturnRefused, match="Only a manager decides"):
        take_back(likely, hand, actor=make_user("eve"))

    assert RecurrenceDecision.objects.count() == 1


def test_a_pair_that_was_ever_decided_about_keeps_its_history_when_the_text_changes(again, likely, hand, put):
    returns.reject(likely.pk, **hand)
    take_back(likely, hand)

    put(says(title="No labels", date=MAY), "# No labels\n\nThe toner was empty.\n", "b.md")

    assert likely.decisions.count() == 2

import pytest

from tracker import prevention
from tracker.choices import MeasureCategory, MeasureState, Status
from tracker.models import PreventionMeasure

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(make_issue, make_owner):
    return make_issue(owner=make_owner("Olga Brandt"))


@pytest.fixture
def measure(issue, hand):
    return prevention.propose(
        issue.pk, "Alert at 80 % of the pool", category=MeasureCategory.MONITORING, owner=None, **hand
    )


def test_a_measure_is_proposed_with_its_category_and_an_owner_and_the_issue_tells_of_it(issue, make_owner, hand, now):
    lee = make_owner("Lee Okafor")

    made = prevention.propose(issue.pk, " Test the pool under load\n", category=MeasureCategory.TEST, owner=lee, **hand)

    assert issue.measures.get() == made
    assert (made.text, made.category, made.owner) == ("Test the pool under load", MeasureCategory.TEST, lee)
    assert (made.state, made.created_at, made.created_by_name) == (MeasureState.PROPOSED, now, "boss")
    told = issue.field_changes.get()
    assert (told.field, told.old, told.new) == ("prevention measure", "", "Proposed: Test the pool under load")


def test_a_measure_without_an_owner_is_the_issue_owners(measure, issue):
    assert measure.owner == issue.owner


def test_a_measure_that_says_too_little_is_refused_with_all_reasons(make_issue, hand):
    with pytest.raises(prevention.PreventionRefused) as refused:
        prevention.propose(make_issue().pk, " ", category="luck", owner=None, **hand)

    assert refused.value.reasons == (
        "A prevention measure needs some words.",
        "A prevention measure needs an owner: choose one.",
        "Choose a category: test, monitoring, automation, process, documentation, design.",
    )
    assert not PreventionMeasure.objects.exists()


def test_every_state_of_a_measure_leaves_its_row(measure, issue, hand):
    for state in (MeasureState.IN_PLACE, MeasureState.VERIFIED):
        prevention.set_state(measure.pk, state, **hand)

    measure.refresh_from_db()
    assert measure.state == MeasureState.VERIFIED
    assert [(row.old, row.new) for row in issue.field_changes.order_by("pk")][1:] == [
        ("Proposed: Alert at 80 % of the pool", "In place: Alert at 80 % of the pool"),
        ("In place: Alert at 80 % of the pool", "Verified: Alert at 80 % of the pool"),
    ]


def test_a_measure_that_did_not_hold_goes_back_with_a_reason(measure, issue, hand):
    prevention.set_state(measure.pk, MeasureState.VERIFIED, **hand)

    with pytest.raises(prevention.PreventionRefused, match="goes back needs a reason"):
        prevention.set_state(measure.pk, MeasureState.PROPOSED, **hand)
    prevention.set_state(measure.pk, MeasureState.PROPOSED, reason="It came back without an alert.", **hand)

    measure.refresh_from_db()
    assert measure.state == MeasureState.PROPOSED
    assert issue.field_changes.first().reason == "It came back without an alert."


def test_the_same_state_again_changes_nothing(measure, issue, hand):
    prevention.set_state(measure.pk, MeasureState.PROPOSED, **hand)

    assert issue.field_changes.count() == 1


def test_an_unknown_state_is_refused(measure, hand):
    with pytest.raises(prevention.PreventionRefused, match="no state 'forgotten'"):
        prevention.set_state(measure.pk, "forgotten", **hand)


@pytest.mark.parametrize("status", [Status.VALIDATED, Status.CANCELLED])
def test_prevention_goes_on_after_the_issue_is_closed(make_issue, make_owner, hand, status):
    issue = make_issue(status=status, owner=make_owner("Dana Fox"))

    made = prevention.propose(issue.pk, "Write it down", category=MeasureCategory.DOCUMENTATION, owner=None, **hand)

    assert prevention.set_state(made.pk, MeasureState.IN_PLACE, **hand).state == MeasureState.IN_PLACE

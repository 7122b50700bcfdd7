"""Likely returns of earlier analyses: what an import finds, and what becomes of it when a person decides."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tracker import amend, intake, prevention, returns, workflow
from tracker.choices import (
    IssueKind,
    MeasureCategory,
    MeasureState,
    Priority,
    ReturnCase,
    ReturnDecision,
    ReturnKind,
    Status,
)
from tracker.earlier import EarlierAnalyses
from tracker.models import Analysis, AnalysisRevision, AnalysisTerms, Issue, Recurrence
from tracker.recurrence import terms
from tracker.tests.extractions import check, issue, says
from tracker.tests.test_recurrence import INVOICES, LEASE, LEASE_AGAIN

pytestmark = pytest.mark.django_db

APRIL, MAY = date(2026, 4, 2), date(2026, 5, 11)


@pytest.fixture
def earlier(put):
    """What came in first: an analysis with one entry."""
    return put(says(issue("Ask for a new print lease", 20), title="Printers stop", date=APRIL), LEASE, "a.md").analysis


@pytest.fixture
def again(earlier, put):
    """The analysis of its return, with an entry of each priority and a check."""
    entries = [issue(f"Step {word}", line, priority=word) for line, word in enumerate(Priority, 3)]
    found = says(*entries, check("Hall 2 prints", 12, 3), title="No labels", date=MAY)
    return put(found, LEASE_AGAIN, "b.md").analysis


@pytest.fixture
def likely(again):
    return again.returns.get()


def measure_of(analysis, hand, owner, state):
    tracked = intake.add_all(analysis.pk, **hand)[0]
    made = prevention.propose(tracked.pk, "Renew leases", category=MeasureCategory.AUTOMATION, owner=owner, **hand)
    return prevention.set_state(made.pk, state, **hand)


# -- finding -----------------------------------------------------------------------------------------------------------


def test_an_import_finds_the_earlier_analysis_that_it_is_likely_the_return_of(earlier, likely, now):
    assert (likely.earlier, likely.kind, likely.decision) == (earlier, ReturnKind.RECURRENCE, ReturnDecision.PENDING)
    assert 0.5 <= likely.score <= 1
    assert any("LeaseExpiredError" in reason for reason in likely.reasons)
    assert likely.found_at == now


def test_what_is_not_alike_is_no_likely_return(earlier, put):
    assert not put(says(title="Wrong totals"), INVOICES, "c.md").analysis.returns.exists()


def test_an_earlier_analysis_is_never_the_return_of_a_later_one(earlier, again, put):
    put(says(title="Printers stop", date=APRIL), f"{LEASE}\nOne more line.\n", "a.md")

    assert not earlier.returns.exists()


def test_a_new_text_refreshes_what_nobody_has_decided_about(again, likely, put):
    put(says(title="No labels", date=APRIL), LEASE.replace("midnight", "noon"), "b.md")

    fresh = again.returns.get()
    assert (fresh.pk, fresh.kind) == (likely.pk, ReturnKind.SAME_INCIDENT)
    assert fresh.score > likely.score


def test_a_new_text_that_is_not_alike_any_more_takes_the_proposal_back(again, likely, put):
    put(says(title="Wrong totals"), INVOICES, "b.md")

    assert not again.returns.exists()


@pytest.mark.parametrize("verb", ["confirm", "reject", "same_incident"])
def test_a_new_text_never_touches_what_somebody_decided(again, likely, put, hand, verb):
    getattr(returns, verb)(likely.pk, **hand)
    before = Recurrence.objects.values().get()

    put(says(title="Wrong totals"), INVOICES, "b.md")
    put(says(title="No labels", date=MAY), f"{LEASE_AGAIN}\nAnd so on.\n", "b.md")

    assert Recurrence.objects.values().get() == before


def test_a_pair_is_there_once(likely):
    with pytest.raises(IntegrityError), transaction.atomic():
        Recurrence.objects.create(
            analysis=likely.analysis, earlier=likely.earlier, score=0.9, kind=likely.kind, found_at=likely.found_at
        )


def test_an_import_that_is_taken_back_is_not_compared_with(earlier, put):
    with transaction.atomic():
        put(says(title="No labels", date=MAY), LEASE_AGAIN, "b.md")
        transaction.set_rollback(True)

    third = put(says(title="No labels", date=MAY), f"{LEASE_AGAIN}\nOnce more.\n", "d.md").analysis
    assert [row.earlier for row in third.returns.all()] == [earlier]


# -- the index of a process --------------------------------------------------------------------------------------------


def keys(index):
    said = terms(LEASE_AGAIN, "new.md")
    return [match.key for match in index.returns_of(said, on=MAY, top=5) if match.likely]


def test_a_process_sees_what_another_one_wrote_changed_or_removed(earlier, put):
    index = EarlierAnalyses()
    assert keys(index) == [earlier.pk]

    other = put(says(title="Wrong totals"), INVOICES, "c.md").analysis
    assert keys(index) == [earlier.pk]
    put(says(title="No labels"), LEASE.replace("midnight", "noon"), "c.md")
    assert sorted(keys(index)) == [earlier.pk, other.pk]
    AnalysisRevision.objects.filter(analysis=earlier).delete()
    earlier.delete()
    assert keys(index) == [other.pk]


def test_what_is_known_is_not_read_again(earlier):
    index = EarlierAnalyses()
    keys(index)

    with CaptureQueriesContext(connection) as queries:
        keys(index)
    assert len(queries) == 1


@pytest.mark.parametrize("lost", ["row", "version"])
def test_terms_that_are_missing_or_of_another_version_are_read_from_the_text(earlier, lost):
    rows = AnalysisTerms.objects.filter(analysis=earlier)
    rows.delete() if lost == "row" else rows.update(version=0, terms=b"\0 of another layout")

    assert keys(EarlierAnalyses()) == [earlier.pk]


def test_terms_are_read_from_the_row_and_not_from_the_text(earlier):
    Analysis.objects.filter(pk=earlier.pk).update(text=INVOICES)

    assert keys(EarlierAnalyses()) == [earlier.pk]


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

"""Likely returns of earlier analyses: what an import finds, and what is made up for when nobody looked at a pair."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from tracker import likely_returns, returns
from tracker.choices import Door, ReturnDecision, ReturnKind
from tracker.earlier import EarlierAnalyses
from tracker.intake import store
from tracker.models import Analysis, AnalysisRevision, AnalysisTerms, Recurrence
from tracker.recurrence import terms
from tracker.recurrence.packing import VERSION
from tracker.tests.extractions import says
from tracker.tests.returning import APRIL, MAY
from tracker.tests.test_recurrence import INVOICES, LEASE, LEASE_AGAIN

pytestmark = pytest.mark.django_db
PATIENCE = 60  # seconds

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
    assert len(queries) == 2  # what is new, and whether what was found is still there
    assert not any('"terms"' in query["sql"] for query in queries)


@pytest.mark.parametrize("lost", ["row", "version"])
def test_terms_that_are_missing_or_of_another_version_are_read_from_the_text(earlier, lost):
    rows = AnalysisTerms.objects.filter(analysis=earlier)
    rows.delete() if lost == "row" else rows.update(version=0, terms=b"\0 of another layout")

    assert keys(EarlierAnalyses()) == [earlier.pk]


def test_terms_are_read_from_the_row_and_not_from_the_text(earlier):
    Analysis.objects.filter(pk=earlier.pk).update(text=INVOICES)

    assert keys(EarlierAnalyses()) == [earlier.pk]


# -- what was not looked at --------------------------------------------------------------------------------------------


def pairs():
    return set(Recurrence.objects.values_list("analysis__source", "earlier__source"))


def unseen(source, text, now, on=None):
    """An analysis that another process has stored without seeing any other one."""
    row = Analysis.objects.create(
        source=source, title=source, text=text, sha256=source, date=on, imported_at=now, updated_at=now
    )
    AnalysisTerms.objects.filter(analysis=row).delete()
    return row


def test_a_pair_that_no_import_saw_is_found_from_the_later_one(earlier, now):
    unseen("b.md", LEASE_AGAIN, now, MAY)
    assert not pairs()

    assert likely_returns.catch_up(now) == 2

    assert pairs() == {("b.md", "a.md")}


def test_a_pair_is_found_when_the_one_that_came_in_first_is_committed_last(now, put):
    first = unseen("a.md", INVOICES, now)
    put(says(title="No labels", date=MAY), LEASE_AGAIN, "b.md")
    likely_returns.catch_up(now)
    assert not pairs()
    Analysis.objects.filter(pk=first.pk).update(text=LEASE)
    AnalysisTerms.objects.filter(analysis=first).delete()

    assert likely_returns.catch_up(now) == 1

    assert pairs() == {("b.md", "a.md")}


def test_what_a_later_analysis_was_a_likely_return_of_goes_when_that_text_changes(again, earlier, put, now):
    put(says(title="Wrong totals"), INVOICES, "a.md")
    assert pairs() == {("b.md", "a.md")}

    likely_returns.catch_up(now)

    assert not pairs()


def test_catching_up_twice_changes_nothing(earlier, again, now):
    likely_returns.catch_up(now)
    before = list(Recurrence.objects.values()), list(AnalysisTerms.objects.values())

    assert likely_returns.catch_up(now + timedelta(hours=1)) == 0

    assert (list(Recurrence.objects.values()), list(AnalysisTerms.objects.values())) == before


def test_a_new_text_is_compared_again_and_the_same_text_is_not(earlier, again, put, now):
    likely_returns.catch_up(now)
    put(says(title="No labels", date=MAY), LEASE_AGAIN, "b.md")
    assert likely_returns.catch_up(now) == 0

    put(says(title="No labels", date=MAY), f"{LEASE_AGAIN}\nAnd so on.\n", "b.md")

    assert likely_returns.catch_up(now) == 1


def test_catching_up_never_touches_what_somebody_decided(earlier, likely, hand, put, now):
    returns.reject(likely.pk, **hand)
    before = Recurrence.objects.values().get()
    put(says(title="Wrong totals"), INVOICES, "a.md")

    likely_returns.catch_up(now)

    assert Recurrence.objects.values().get() == before


def test_with_nothing_to_do_catching_up_asks_twice_and_reads_no_text(earlier, again, now):
    likely_returns.catch_up(now)

    with CaptureQueriesContext(connection) as queries:
        likely_returns.catch_up(now)

    assert len(queries) == 2
    assert not any('"text"' in query["sql"] for query in queries)


@pytest.mark.parametrize("lost", ["row", "version"])
def test_terms_that_are_missing_or_of_another_version_are_written_back(earlier, now, lost):
    rows = AnalysisTerms.objects.filter(analysis=earlier)
    right = bytes(rows.get().terms)
    rows.delete() if lost == "row" else rows.update(version=0, terms=b"\0 of another layout", compared=True)

    likely_returns.catch_up(now)

    assert (bytes(rows.get().terms), rows.get().version) == (right, VERSION)
    Analysis.objects.filter(pk=earlier.pk).update(text=INVOICES)
    assert keys(EarlierAnalyses()) == [earlier.pk]


def test_of_many_that_wait_each_is_compared_once(put, now):
    """However many come in together: only those that were settled before are looked at once more."""

    def bring(number, version):
        put(says(title=f"Printers {number}", date=MAY), f"{LEASE}\nLine {number}, {version}.\n", f"{number}.md")

    def compared():
        with CaptureQueriesContext(connection) as queries:
            likely_returns.catch_up(now)
        return sum(
            'FROM "tracker_recurrence" WHERE "tracker_recurrence"."analysis_id"' in each["sql"] for each in queries
        )

    for number in range(4):
        bring(number, 1)
    assert compared() == 4

    bring(0, 2)
    bring(3, 2)
    assert compared() == 2 + 2  # the two that changed, and the two between them


def test_a_text_that_changes_while_it_is_compared_stays_to_be_compared(earlier, again, now):
    waiting = AnalysisTerms.objects.get(analysis=again)
    AnalysisTerms.objects.filter(analysis=again).update(fingerprint=waiting.fingerprint + 1)

    likely_returns._compare_and_settle(again.pk, waiting.fingerprint, now)

    assert not AnalysisTerms.objects.get(analysis=again).compared


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one import in after the other")
def test_two_imports_at_the_same_instant_are_compared_once_both_are_there(now):
    hand = {"actor": None, "door": Door.INTAKE, "now": now}
    both_stored = threading.Barrier(2)

    def bring(text, source):
        try:
            with transaction.atomic():
                store(says(title=source), text, source=source, **hand)
                both_stored.wait(PATIENCE)
        finally:
            connections.close_all()

    hands = [threading.Thread(target=bring, args=each) for each in ((LEASE, "a.md"), (LEASE_AGAIN, "b.md"))]
    for each in hands:
        each.start()
    for each in hands:
        each.join(PATIENCE)
    assert Analysis.objects.count() == 2
    assert not pairs()

    likely_returns.catch_up(now)

    assert len(pairs()) == 1

"""What a process knows of the analyses of the database: as much as one that has just read all of them."""

import random
import threading
from datetime import date

import pytest
from django.db import connection, connections, transaction  # noqa: F401 - a condition asks the connection

from tracker import earlier, likely_returns
from tracker.earlier import EarlierAnalyses, earlier_analyses
from tracker.models import Analysis, AnalysisTerms, Recurrence
from tracker.recurrence import MIGHT_BE, terms
from tracker.tests.extractions import says
from tracker.tests.test_recurrence import INVOICES, LEASE, LEASE_AGAIN, SENSORS

PATIENCE = 60  # seconds
TEXTS = (LEASE, LEASE_AGAIN, INVOICES, SENSORS)


def told(index):
    """All that an index says about each text."""
    found = (index.returns_of(terms(text), on=date(2026, 5, 11), top=50) for text in TEXTS)
    return [[(match.key, round(match.score, 9), match.kind, match.reasons) for match in each] for each in found]


def bring(put, source, text):
    put(says(title=source), text, source)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_written_taken_back_and_settled_a_process_knows_what_one_that_reads_all_knows(put, now, seed):
    chance, reading = random.Random(seed), [EarlierAnalyses() for _ in range(2)]
    for step in range(14):
        text = f"{chance.choice(TEXTS)}\nLine {chance.randrange(9)} of {step}.\n"
        source = f"{chance.randrange(5)}.md"
        match chance.randrange(4):
            case 0:
                with transaction.atomic():
                    bring(put, source, text)
                    told(reading[0])  # which sees it, and it never comes to be
                    transaction.set_rollback(True)
            case 1:
                likely_returns.catch_up(now)
            case _:
                bring(put, source, text)
        if chance.random() < 0.6:
            assert told(reading[step % 2]) == told(EarlierAnalyses())
    assert told(reading[0]) == told(reading[1]) == told(EarlierAnalyses())


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one write in after the other")
def test_what_is_committed_after_later_ones_were_settled_is_not_missed(put, now):
    stored, go_on, index = threading.Event(), threading.Event(), EarlierAnalyses()

    def late():
        try:
            with transaction.atomic():
                bring(put, "late.md", LEASE)
                stored.set()
                go_on.wait(PATIENCE)
        finally:
            connections.close_all()

    hand = threading.Thread(target=late)
    hand.start()
    assert stored.wait(PATIENCE)
    bring(put, "soon.md", LEASE_AGAIN)
    likely_returns.catch_up(now)
    before = told(index)
    go_on.set()
    hand.join(PATIENCE)

    assert told(index) != before
    assert told(index) == told(EarlierAnalyses())
    likely_returns.catch_up(now)
    assert Recurrence.objects.count() == 1


@pytest.mark.django_db
def test_settled_terms_are_read_once_however_many_there_are(put, now, monkeypatch):
    for number in range(4):
        bring(put, f"{number}.md", f"{LEASE}\nLine {number}.\n")
    likely_returns.catch_up(now)
    index, read = EarlierAnalyses(), []
    told(index)
    monkeypatch.setattr(earlier, "from_bytes", lambda data, real=earlier.from_bytes: read.append(1) or real(data))

    bring(put, "4.md", f"{LEASE}\nLine 4.\n")
    read.clear()
    told(index)

    assert len(read) == 1


@pytest.mark.django_db
def test_what_an_older_version_compared_without_a_number_is_not_missed(put, now):
    index = EarlierAnalyses()
    told(index)
    bring(put, "a.md", LEASE)
    AnalysisTerms.objects.update(compared=True, settled=None)

    assert told(index) == told(EarlierAnalyses())


@pytest.mark.django_db
def test_terms_of_another_version_are_no_reason_to_read_everything_again(put, now):
    bring(put, "a.md", LEASE)
    likely_returns.catch_up(now)
    AnalysisTerms.objects.update(version=0)

    assert told(EarlierAnalyses()) == told(earlier_analyses)


@pytest.mark.django_db
def test_a_database_that_was_set_back_is_read_anew(put, now):
    index = EarlierAnalyses()
    bring(put, "a.md", LEASE)
    likely_returns.catch_up(now)
    with transaction.atomic():
        bring(put, "a.md", INVOICES)
        likely_returns.catch_up(now)
        told(index)
        transaction.set_rollback(True)

    assert told(index) == told(EarlierAnalyses())


@pytest.mark.django_db
def test_where_very_much_has_to_be_read_first_nobody_waits_and_the_schedule_compares(put, now, monkeypatch):
    monkeypatch.setattr(earlier, "READ_AT_ONCE", 1)
    bring(put, "a.md", LEASE)
    bring(put, "c.md", INVOICES)
    earlier_analyses.forget()

    bring(put, "b.md", LEASE_AGAIN)
    assert not len(earlier_analyses)
    assert not Recurrence.objects.exists()

    likely_returns.catch_up(now)
    assert Recurrence.objects.filter(analysis__source="b.md", earlier__source="a.md").exists()


@pytest.mark.django_db
def test_reading_everything_can_stop_and_goes_on_where_it_was(put, now, monkeypatch):
    monkeypatch.setattr(earlier, "BATCH", 1)
    for number, text in enumerate(TEXTS):
        bring(put, f"{number}.md", text)
    index = EarlierAnalyses()

    assert not index.read(iter([True, True, False]).__next__)
    assert len(index) == 2
    bring(put, "0.md", f"{SENSORS}\nAnd so on.\n")
    likely_returns.catch_up(now)
    assert index.read()

    assert told(index) == told(EarlierAnalyses())


@pytest.mark.django_db
def test_when_the_time_is_over_the_next_time_compares(put, now):
    bring(put, "a.md", LEASE)
    earlier_analyses.forget()

    assert likely_returns.catch_up(now, seconds=0) == 0
    assert not AnalysisTerms.objects.filter(compared=True).exists()
    assert likely_returns.catch_up(now) == 1


@pytest.mark.django_db
def test_a_process_holds_the_latest_analyses_up_to_a_number(put, now, monkeypatch):
    monkeypatch.setattr(earlier, "MOST_HELD", 3)
    monkeypatch.setattr(earlier, "TO_SPARE", 1)
    reading = EarlierAnalyses()
    for number in range(6):
        bring(put, f"{number}.md", f"{LEASE}\nLine {number}.\n")
        told(reading)
        assert len(reading) <= 3
    latest = Analysis.objects.get(source="5.md")

    said = terms(LEASE)
    for index in (reading, EarlierAnalyses()):
        found = index.alike(said, key=0, on=None, least=MIGHT_BE, among=lambda key: key != 0)
        assert latest.pk in {match.key for match in found}
        assert len(found) <= 3


@pytest.mark.django_db
def test_terms_are_numbered_in_the_order_in_which_they_were_compared(put, now):
    for number in range(3):
        bring(put, f"{number}.md", f"{SENSORS}\nLine {number}.\n")
    likely_returns.catch_up(now)
    bring(put, "0.md", SENSORS)
    likely_returns.catch_up(now)

    numbers = dict(AnalysisTerms.objects.values_list("analysis__source", "settled"))
    assert numbers == {"0.md": 4, "1.md": 2, "2.md": 3}

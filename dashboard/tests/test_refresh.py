"""The figures of a day are written once a day and key, by whoever comes last; earlier days stay as they are."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dashboard import refresh
from dashboard.metrics import codec, computed, filters, pages
from dashboard.models import MetricSnapshot, ProtectionEntry, StoredSheet
from dashboard.tests.racing import ISSUES, race
from tracker.choices import Door, Priority, Status
from tracker.models import System

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KEY = "revenue_at_risk"


def value(day, key=KEY):
    row = MetricSnapshot.objects.filter(day=day, key=key).first()
    return row and row.value


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr(pages, "MOST_LIVE", 0)


def of_month(now, **words):
    return filters.read(words, now, now.tzinfo)


def test_a_refresh_writes_the_figures_of_the_day_and_the_ledger(profile, make_issue, now):
    issue = make_issue(priority=Priority.P0, status=Status.VALIDATED)
    issue.changes.create(old_status="completed", new_status="validated", actor_name="Task", door=Door.TASK, at=now)
    make_issue(priority=Priority.P0)

    done = refresh.refresh(now)

    assert (done.stakes, done.entries, done.sheets) == (2, 1, 0)
    assert done.figures == MetricSnapshot.objects.count() > 80
    assert value(now.date()) == Decimal("1500.00")
    assert value(now.date(), "revenue_protected") == ProtectionEntry.objects.get().amount


def test_a_later_refresh_of_the_day_takes_the_place_of_the_earlier_one(profile, make_issue, now):
    refresh.refresh(now)
    make_issue(priority=Priority.P0)

    refresh.refresh(now + HOUR)
    count = MetricSnapshot.objects.count()
    refresh.refresh(now + HOUR)

    assert value(now.date()) > 0
    assert MetricSnapshot.objects.count() == count
    assert set(MetricSnapshot.objects.values_list("taken_at", flat=True)) == {now + HOUR}


def test_an_earlier_day_stays_as_it_was_and_a_missed_day_stays_missing(profile, make_issue, now):
    refresh.refresh(now)
    make_issue(priority=Priority.P0, created_at=now + DAY)

    refresh.refresh(now + 2 * DAY)
    late = refresh.refresh(now + DAY)

    assert late.figures == 0
    assert value(now.date()) == 0
    assert not MetricSnapshot.objects.filter(day=(now + DAY).date()).exists()
    assert value((now + 2 * DAY).date()) > 0


def test_a_figure_without_a_number_is_kept_with_the_reason(db, now):
    refresh.refresh(now)

    row = MetricSnapshot.objects.get(key=KEY)
    assert (row.value, row.lack) == (None, "not set")
    assert codec.unpacked(row.detail).reason == "No revenue profile is in force: enter one."


def test_a_refresh_with_a_profile_that_cannot_be_goes_on_with_everything_else_and_says_why(profile, make_issue, now):
    profile.streams.create(name="Shop", mrr=profile.mrr / 2)
    make_issue(deadline=now - HOUR, created_at=now - DAY)

    done = refresh.refresh(now)

    assert "make them equal, or leave out all streams." in done.problem
    assert (done.stakes, value(now.date()), value(now.date(), "open_age.median")) == (0, None, 24)


def test_the_command_says_what_is_wrong_with_the_profile_and_saves_the_other_figures(profile, run):
    profile.streams.create(name="Shop", mrr=profile.mrr / 2)

    ended = run("metrics", "--save")

    assert ended.code == 0
    assert "The streams add up to 5,000.00" in ended.err
    assert MetricSnapshot.objects.exists()


def test_a_figure_that_there_is_no_more_leaves_the_figures_of_the_day(profile, now):
    stream = profile.streams.create(name="Shop", mrr=profile.mrr)
    refresh.refresh(now)
    assert value(now.date(), "revenue_at_risk.stream.Shop") == 0
    stream.delete()

    refresh.refresh(now + HOUR)

    assert not MetricSnapshot.objects.filter(key="revenue_at_risk.stream.Shop").exists()


@pytest.mark.parametrize("page", computed.PAGES)
def test_what_is_kept_of_a_page_is_read_as_what_was_calculated(page, profile, make_issue, make_owner, now):
    profile.streams.create(name="Shop", mrr=profile.mrr)
    make_issue(priority=Priority.P0, owner=make_owner(), deadline=now - HOUR, created_at=now - DAY)
    sheet = computed.sheet_of(page, now, of_month(now))

    assert codec.unpacked(codec.packed(sheet)) == sheet


def test_a_small_site_is_calculated_when_it_is_asked_for(profile, make_issue, now):
    refresh.refresh(now)
    make_issue(priority=Priority.P0)

    assert pages.overview(now, of_month(now)).figures[KEY].value > 0
    assert not StoredSheet.objects.exists()


def test_a_large_site_shows_what_the_last_refresh_calculated_and_as_of_when(large, profile, make_issue, now):
    make_issue(priority=Priority.P0)
    refresh.refresh(now)
    make_issue(priority=Priority.P0)

    sheet = pages.overview(now + HOUR / 2, of_month(now + HOUR / 2))

    assert (sheet.as_of, sheet.figures[KEY].value) == (now, Decimal("1500.00"))
    assert pages.STALE not in sheet.notes
    assert pages.STALE in pages.overview(now + 3 * HOUR, of_month(now + 3 * HOUR)).notes


def test_a_large_site_answers_each_page_with_few_queries(
    large, profile, make_issue, make_owner, now, django_assert_max_num_queries
):
    lead = make_owner("Lena Moss", role="team_lead")
    system = System.objects.create(name="till")
    make_issue(owner=lead).systems.add(system)
    refresh.refresh(now)

    for page in pages.PAGES.values():
        for period in filters.PERIODS:
            for part in ({}, {"team": str(lead.pk)}, {"system": str(system.pk)}):
                with django_assert_max_num_queries(3):
                    sheet = page(now + HOUR, of_month(now + HOUR, period=period, **part))
                assert sheet.as_of == now


def test_what_the_time_did_not_suffice_for_comes_first_in_the_next_refresh(
    large, profile, make_issue, make_owner, now, monkeypatch
):
    make_issue(owner=make_owner("Lena Moss", role="team_lead"))
    monkeypatch.setattr(refresh, "PAGES_SECONDS", -1)
    seen = set()

    for number in range(5):
        refresh.refresh(now + number * timedelta(minutes=1))
        seen = {(row.period, bool(row.team)) for row in StoredSheet.objects.filter(page="board")}
        assert len(seen) == number + 2  # the whole site this month, and one selection for each refresh

    assert seen == {(period, team) for period in filters.PERIODS for team in (True, False)}


def test_a_team_and_a_system_together_are_calculated_for_who_asks_first(large, profile, make_issue, make_owner, now):
    lead = make_owner("Lena Moss", role="team_lead")
    system = System.objects.create(name="till")
    make_issue(owner=lead).systems.add(system)
    words = {"team": str(lead.pk), "system": str(system.pk)}

    first = pages.board(now, of_month(now, **words))

    assert pages.board(now + HOUR, of_month(now + HOUR, **words)) == first
    assert pages.board(now + 3 * HOUR, of_month(now + 3 * HOUR, **words)).as_of == now + 3 * HOUR


def test_the_figures_of_a_period_that_has_passed_are_not_shown_for_the_next(large, profile, make_issue, now):
    make_issue()
    refresh.refresh(now)

    assert pages.board(now + 31 * DAY, of_month(now + 31 * DAY)).as_of == now + 31 * DAY


def test_what_cannot_be_read_is_calculated_anew(large, profile, make_issue, now):
    make_issue()
    refresh.refresh(now)
    StoredSheet.objects.update(sheet={"~Nothing": {}})

    assert pages.board(now, of_month(now)).extra["counts"]["open"] == 1


@pytest.mark.django_db(transaction=True)
def test_workers_that_refresh_at_once_write_each_figure_and_each_row_of_the_ledger_once(tmp_path):
    assert race("refresh", 3, tmp_path) == [f"{ISSUES} {ISSUES} 1"] * 3

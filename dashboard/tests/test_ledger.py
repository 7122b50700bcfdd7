from datetime import date, timedelta
from decimal import Decimal

import pytest

from dashboard import ledger
from dashboard.models import LedgerState, ProtectionEntry, Stake, StakeShare
from tracker.choices import Door, IssueKind, Priority, Status
from tracker.models import RevenueProfile, System

DAY = timedelta(days=1)


@pytest.fixture
def step(now):
    """Write a step of an issue, as the workflow does."""

    def write(issue, status, *, at=now):
        old, issue.status, issue.status_since = issue.status, status, at
        issue.save()
        return issue.changes.create(old_status=old, new_status=status, actor_name="Task", door=Door.TASK, at=at)

    return write


def amounts():
    return list(ProtectionEntry.objects.order_by("at", "pk").values_list("amount", flat=True))


def test_what_an_analysis_puts_at_stake_is_shared_out_to_its_fixes_to_the_cent(profile, make_analysis, make_issue, now):
    analysis = make_analysis()
    fixes = [make_issue(analysis=analysis, priority=Priority.P0) for _ in range(3)]
    other = make_issue(analysis=analysis, priority=Priority.P0, kind=IssueKind.PREVENT)

    done = ledger.record(now)

    stake = Stake.objects.get()
    assert (done.stakes, stake.increase, stake.leading) == (1, Decimal("1500.00"), "P0")
    assert [StakeShare.objects.get(issue=fix).amount for fix in fixes] == [Decimal("500.00")] * 3
    assert StakeShare.objects.get(issue=other).amount == 0
    assert stake.inputs["mrr"] == "10000.00"


def test_an_analysis_that_opens_beside_another_puts_only_its_own_increase_at_stake(
    profile, make_analysis, make_issue, now
):
    make_issue(analysis=make_analysis(), priority=Priority.P0, created_at=now - DAY)
    make_issue(analysis=make_analysis(), priority=Priority.P0)

    ledger.record(now)

    assert list(Stake.objects.order_by("at").values_list("increase", flat=True)) == [Decimal(1500), Decimal(1275)]


def test_a_fix_validated_in_time_counts_its_whole_share_in_that_month(profile, make_issue, step, now):
    issue = make_issue(priority=Priority.P0, original_deadline=now)
    step(issue, Status.VALIDATED, at=now)

    ledger.record(now)

    entry = ProtectionEntry.objects.get()
    assert (entry.amount, entry.month) == (Decimal("1500.00"), "2026-03")


def test_a_fix_validated_late_counts_less_by_the_days_past_its_original_deadline(profile, make_issue, step, now):
    issue = make_issue(priority=Priority.P0, original_deadline=now, deadline=now + 30 * DAY)
    step(issue, Status.VALIDATED, at=now + 3 * DAY)

    ledger.record(now + 3 * DAY)

    assert amounts() == [Decimal("1350.00")]


def test_reopening_takes_back_what_was_counted_and_validating_again_counts_by_the_later_time(
    profile, make_issue, step, now
):
    issue = make_issue(priority=Priority.P0, original_deadline=now)
    step(issue, Status.VALIDATED, at=now)
    ledger.record(now)
    step(issue, Status.IDENTIFIED, at=now + DAY)
    step(issue, Status.VALIDATED, at=now + 15 * DAY)

    ledger.record(now + 15 * DAY)

    assert amounts() == [Decimal("1500.00"), Decimal("-1500.00"), Decimal("750.00")]


def test_recording_twice_writes_nothing_twice(profile, make_issue, step, now):
    step(make_issue(), Status.VALIDATED, at=now)
    ledger.record(now)

    again = ledger.record(now + DAY)

    assert (again.stakes, again.entries, Stake.objects.count(), len(amounts())) == (0, 0, 1, 1)


def test_a_step_that_was_committed_late_is_still_found(profile, make_issue, step, now):
    issue = make_issue(priority=Priority.P0)
    ledger.record(now + timedelta(hours=2))
    step(issue, Status.VALIDATED, at=now + timedelta(hours=1))

    assert ledger.record(now + timedelta(hours=3)).entries == 1


def test_without_a_profile_nothing_is_at_stake_until_one_is_entered_that_was_in_force(db, make_issue, step, now):
    step(make_issue(priority=Priority.P0), Status.VALIDATED, at=now)
    assert ledger.record(now).stakes == 0

    RevenueProfile.objects.create(effective_on=date(2026, 3, 1), currency="USD", mrr=Decimal(1000))
    ledger.record(now + 9 * DAY)

    assert amounts() == [Decimal("150.00")]


def test_issues_from_before_the_first_profile_have_no_share(db, make_issue, now):
    make_issue()
    RevenueProfile.objects.create(effective_on=date(2026, 3, 11), currency="USD", mrr=Decimal(1000))

    assert ledger.record(now + DAY).stakes == 0


def test_what_was_closed_when_an_analysis_opened_does_not_stand_beside_it(profile, make_issue, step, now):
    early = make_issue(priority=Priority.P0, created_at=now - 2 * DAY)
    step(early, Status.VALIDATED, at=now - DAY)
    make_issue(priority=Priority.P0)

    ledger.record(now)

    assert list(Stake.objects.values_list("increase", flat=True)) == [Decimal(1500), Decimal(1500)]


def test_what_opens_at_one_moment_is_priced_once_and_together(profile, make_analysis, make_issue, now):
    for _ in range(2):
        make_issue(analysis=make_analysis(), priority=Priority.P0)

    ledger.record(now)

    assert list(Stake.objects.order_by("pk").values_list("increase", flat=True)) == [Decimal(1500), Decimal(1275)]


def test_a_late_run_prices_an_opening_by_what_stood_then_and_not_by_what_stands_now(profile, make_issue, step, now):
    early = make_issue(priority=Priority.P0, created_at=now - 5 * DAY)
    step(early, Status.VALIDATED, at=now - 4 * DAY)
    for days in (3, 1):
        make_issue(priority=Priority.P0, created_at=now - days * DAY)
    step(early, Status.IDENTIFIED, at=now - 2 * DAY)
    early.field_changes.create(field="priority", old="P0", new="P1", at=now - DAY, actor_name="Task", door=Door.TASK)
    early.priority = Priority.P1
    early.save()

    ledger.record(now)

    increases = Stake.objects.order_by("at").values_list("increase", flat=True)
    assert list(increases) == [Decimal(1500), Decimal(1500), Decimal("1173.00")]  # beside P0, and P1 by then


def test_analyses_are_priced_in_a_constant_number_of_queries(
    profile, make_analysis, make_issue, now, django_assert_max_num_queries
):
    for number in range(30):
        make_issue(analysis=make_analysis(), created_at=now - DAY + timedelta(minutes=number))

    with django_assert_max_num_queries(28):
        ledger.record(now)

    assert Stake.objects.count() == 30


def test_entries_wait_until_everything_that_opened_has_its_stake(profile, make_issue, step, now, monkeypatch):
    monkeypatch.setattr(ledger, "MOST_OPENINGS", 2)
    for _ in range(3):
        step(make_issue(), Status.VALIDATED, at=now)

    first, second = ledger.record(now), ledger.record(now)

    assert (first.stakes, first.entries, first.more) == (2, 0, True)
    assert (second.stakes, second.entries, second.more) == (1, 3, False)


def test_entries_are_written_in_a_constant_number_of_queries(
    profile, make_issue, step, now, django_assert_max_num_queries
):
    for _ in range(30):
        step(make_issue(), Status.VALIDATED, at=now)
    prices = ledger._prices(ledger._profiles(), now)
    ledger._write_stakes(list(ledger._openings(prices, None, now)), prices, now)

    with django_assert_max_num_queries(16):
        ledger.record(now)

    assert len(amounts()) == 30


def test_a_profile_that_cannot_be_prices_nothing_and_the_ledger_says_why_until_it_is_mended(
    profile, make_issue, step, now
):
    stream = profile.streams.create(name="Shop", mrr=Decimal(4_000))
    issue = make_issue(priority=Priority.P0)
    step(issue, Status.VALIDATED, at=now)

    wanting = ledger.record(now)

    assert (wanting.stakes, wanting.entries, wanting.more) == (0, 0, False)
    assert wanting.problem.startswith("The revenue profile from 2026-01-01: The streams add up to 4,000.00 and ")
    stream.mrr = profile.mrr
    stream.save()
    mended = ledger.record(now + 30 * DAY)
    assert (mended.stakes, mended.entries, mended.problem) == (1, 1, "")
    assert amounts() == [Decimal("1500.00")]


def test_what_opened_under_another_profile_is_priced_all_the_same(profile, make_issue, now):
    profile.streams.create(name="Shop", mrr=Decimal(4_000))
    RevenueProfile.objects.create(effective_on=now.date(), currency="USD", mrr=Decimal(20_000))
    make_issue(priority=Priority.P0, created_at=now - DAY)
    make_issue(priority=Priority.P0)

    done = ledger.record(now)

    assert (done.stakes, Stake.objects.get().at) == (1, now)
    assert done.problem


# -- profiles that are edited on their first day -----------------------------------------------------------------------
@pytest.fixture
def todays(db, now):
    """A profile that is in force from today, in two streams."""
    row = RevenueProfile.objects.create(effective_on=now.date(), currency="EUR", mrr=Decimal(5_000_000))
    row.streams.create(name="Shop", mrr=Decimal(2_000_000)).systems.add(System.objects.create(name="till"))
    row.streams.create(name="Rest", mrr=Decimal(3_000_000))
    return row


@pytest.fixture
def history(make_analysis, make_issue, step, now):
    """A fix validated last week, one validated and reopened today, and one that is open."""
    old = now - 8 * DAY
    analysis = make_analysis()
    step(make_issue(priority=Priority.P0, created_at=old, original_deadline=old), Status.VALIDATED, at=old + DAY)
    fix = make_issue(priority=Priority.P0, analysis=analysis)
    fix.systems.add(*System.objects.all())
    step(fix, Status.VALIDATED, at=now + timedelta(hours=1))
    step(fix, Status.IDENTIFIED, at=now + timedelta(hours=2))
    make_issue(priority=Priority.P2, analysis=analysis, created_at=now + timedelta(hours=2))


def edit(profile, streams=(), **fields):
    for name, mrr in streams:
        profile.streams.filter(name=name).update(mrr=mrr)
    RevenueProfile.objects.filter(pk=profile.pk).update(**fields)


def told():
    """What the ledger says, whenever it wrote it."""
    entries = ProtectionEntry.objects.order_by("change").values_list("change", "amount", "share", "month")
    shares = StakeShare.objects.order_by("issue").values_list(
        "issue", "amount", "stake__at", "stake__profile", "stake__increase", "stake__leading", "stake__inputs"
    )
    return list(shares), list(entries)


def told_from_the_beginning(now):
    """What it would say if the profiles had been entered as they are."""
    for model in (ProtectionEntry, Stake, LedgerState):
        model.objects.all().delete()
    ledger.record(now)
    return told()


@pytest.mark.parametrize(
    "change",
    [
        {"mrr": 50_000, "streams": [("Shop", 20_000), ("Rest", 30_000)]},
        {"effective_on": date(2026, 3, 1)},
        {"effective_on": date(2026, 3, 20)},
        {"currency": "USD"},
        {"p0_likely": Decimal(20)},
        {"streams": [("Shop", 3_000_000), ("Rest", 2_000_000)]},
    ],
    ids=" and ".join,
)
def test_a_profile_edited_on_its_first_day_prices_as_if_it_had_been_entered_so(todays, history, now, change):
    later = now + timedelta(hours=3)
    ledger.record(later)
    before = told()

    edit(todays, **change)
    ledger.record(later)

    after = told()
    assert after != before
    assert after == told_from_the_beginning(later)


def test_a_system_that_a_stream_depends_on_from_now_on_counts_on_the_first_day(todays, make_issue, now):
    issue = make_issue(priority=Priority.P0)
    issue.systems.add(System.objects.create(name="web"))
    ledger.record(now)
    todays.streams.get(name="Rest").systems.set(issue.systems.all())

    ledger.record(now)

    assert Stake.objects.get().increase == Decimal("450000.00")


def test_an_edit_late_on_the_first_day_is_noticed_on_the_next(todays, history, now):
    ledger.record(now + timedelta(hours=3))
    edit(todays, mrr=50_000, streams=[("Shop", 20_000), ("Rest", 30_000)])

    ledger.record(now + 2 * DAY)

    assert told() == told_from_the_beginning(now + 2 * DAY)


def test_a_profile_of_a_later_day_that_is_moved_back_prices_what_had_no_price(todays, history, now):
    edit(todays, effective_on=date(2026, 4, 1))
    assert ledger.record(now + timedelta(hours=3)).stakes == 0
    edit(todays, effective_on=date(2026, 3, 1))

    assert ledger.record(now + timedelta(hours=3)).stakes == 3


def test_what_another_profile_priced_stays_when_one_is_moved_back_over_it(profile, todays, history, now):
    later = now + timedelta(hours=3)
    ledger.record(later)
    kept = Stake.objects.get(profile=profile)
    edit(todays, effective_on=date(2026, 2, 1))

    ledger.record(later)

    assert Stake.objects.get(profile=profile) == kept
    assert Stake.objects.filter(profile=todays).count() == 2


def test_what_a_profile_priced_that_begins_later_now_falls_to_the_one_before(profile, todays, history, now):
    ledger.record(now + timedelta(hours=3))
    edit(todays, effective_on=date(2026, 3, 20))

    ledger.record(now + timedelta(hours=3))

    assert set(Stake.objects.values_list("profile", flat=True)) == {profile.pk}
    assert Stake.objects.count() == 3


def test_without_an_edit_the_ledger_keeps_its_rows_on_the_first_day_and_after(todays, history, now):
    ledger.record(now + timedelta(hours=3))
    rows = [list(model.objects.order_by("pk").values()) for model in (Stake, StakeShare, ProtectionEntry)]

    done = [ledger.record(now + timedelta(hours=hours)) for hours in (3, 4, 30)]

    assert [(each.stakes, each.entries) for each in done] == [(0, 0)] * 3
    assert rows == [list(model.objects.order_by("pk").values()) for model in (Stake, StakeShare, ProtectionEntry)]


def test_what_changes_after_the_first_day_leaves_the_past_as_it_was(todays, history, now):
    ledger.record(now + timedelta(hours=3))
    ledger.record(now + DAY)
    before = told()
    System.objects.all().delete()

    ledger.record(now + DAY)

    assert told() == before


def test_an_edit_between_runs_that_stop_at_their_bound_leaves_nothing_at_the_old_price(
    todays, history, now, monkeypatch
):
    monkeypatch.setattr(ledger, "MOST_OPENINGS", 1)
    later = now + timedelta(hours=3)
    assert ledger.record(later).more
    edit(todays, mrr=50_000, streams=[("Shop", 20_000), ("Rest", 30_000)])

    done = [ledger.record(later) for _ in range(3)]

    assert not done[-1].more
    monkeypatch.undo()
    assert told() == told_from_the_beginning(later)

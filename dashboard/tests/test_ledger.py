from datetime import date, timedelta
from decimal import Decimal

import pytest

from dashboard import ledger
from dashboard.models import ProtectionEntry, Stake, StakeShare
from tracker.choices import Door, IssueKind, Priority, Status
from tracker.models import RevenueProfile

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
    prices = ledger._prices(now)
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

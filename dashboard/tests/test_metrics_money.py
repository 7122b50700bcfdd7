"""What pages say of the money is what the rows of the ledger and the notes say, in any period."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from dashboard.metrics import filters, trends
from dashboard.metrics.asked import Asked
from dashboard.metrics.money import Money, protected_by_week
from dashboard.models import ProtectionEntry, Stake, StakeShare
from tracker import amend
from tracker.choices import Door, Priority, Status

ZONE = timezone.get_default_timezone()


def at(month, day, hour=12):
    return datetime(2026, month, day, hour, tzinfo=ZONE)


def asked(moment, kind="quarter"):
    return Asked(moment, filters.Filters(filters.period(kind, moment, ZONE)))


def protected(moment, kind="quarter"):
    return {figure.key: figure.value for figure in Money(asked(moment, kind)).protected_figures()}


@pytest.fixture
def count(profile, make_issue):
    """Write what was counted for a fix at a moment, as the ledger does; negative when it was reopened."""

    def write(moment, amount):
        issue = make_issue(created_at=moment)
        stake = Stake.objects.create(
            at=moment, profile=profile, increase=abs(amount), leading="P0", inputs={}, recorded_at=moment
        )
        StakeShare.objects.create(stake=stake, issue=issue, amount=abs(amount))
        change = issue.changes.create(
            old_status=Status.COMPLETED, new_status=Status.VALIDATED, actor_name="Task", door=Door.TASK, at=moment
        )
        return ProtectionEntry.objects.create(
            issue=issue,
            change=change,
            at=moment,
            month=f"{moment:%Y-%m}",
            amount=Decimal(amount),
            share=abs(amount),
            recorded_at=moment,
        )

    return write


def test_months_add_up_to_their_quarter_and_reopening_gives_back_what_had_counted(count):
    count(at(10, 6), 13_500)
    count(at(11, 4), -13_000)
    count(at(11, 25), 200)

    quarter = protected(at(11, 26))
    weeks = protected_by_week(asked(at(11, 26)), [at(11, day, 0) for day in (2, 9, 16, 23)])

    assert quarter == {
        "revenue_protected": 700,
        "revenue_protected.2026-10": 10_000,
        "revenue_protected.2026-11": -9300,
    }
    assert protected(at(10, 31), "month")["revenue_protected"] == 10_000
    assert protected(at(11, 26), "month")["revenue_protected"] == -9300
    assert [protected(at(11, day), "week")["revenue_protected"] for day in (8, 26)] == [-9500, 200]
    assert weeks == [-9500, 0, 0, 200]


def test_a_quarter_is_never_more_than_its_revenue_in_figure_and_chart(count):
    for month in (10, 11):
        count(at(month, 6), 12_000)
        count(at(month, 7), Decimal("0.44"))

    money, chart = Money(asked(at(11, 26))), trends.protected(asked(at(11, 26))).lines[0].values

    assert money.protected.value == 10_000
    assert [str(value) for value in chart[-2:]] == ["10000.00", "0.00"]


def test_a_chart_has_amounts_to_the_cent(count):
    count(at(11, 6), Decimal("7350.44"))

    assert str(trends.protected(asked(at(11, 26))).lines[0].values[-1]) == "7350.44"


def test_the_cost_of_a_month_is_by_the_priority_that_an_issue_had_then(profile, make_issue):
    profile.hourly_rate = 100
    profile.save()
    issue = make_issue(created_at=at(10, 5), priority=Priority.P2)
    issue.changes.create(
        old_status=Status.IN_PROGRESS, new_status=Status.COMPLETED, actor_name="Task", door=Door.TASK, at=at(10, 6)
    )
    before = trends.cost(asked(at(10, 31)))
    amend.set_priority(issue.pk, Priority.P0, actor=None, door=Door.COMMAND, now=at(11, 2), reason="It is worse.")

    assert trends.cost(asked(at(10, 31))) == before
    assert before.lines[1].values[-1] == 400
    assert trends.cost(asked(at(11, 2))).lines[1].values[-2:] == (800, 0)

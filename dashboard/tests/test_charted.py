"""What a chart says above and below itself."""

from decimal import Decimal

from dashboard.metrics import charted
from dashboard.value import execution
from dashboard.value.execution import Load, Punctuality
from tracker.choices import Priority


def load(name, hours_left="8", share="0.95"):
    return Load(name=name, team="", open=2, overdue=1, hours_left=Decimal(hours_left), load=Decimal(share))


def on_time(**by_priority):
    return [
        figure
        for deadline in ("original", "moved")
        for figure in execution.on_time(
            {priority: Punctuality(*numbers) for priority, numbers in by_priority.items()}, deadline=deadline
        )
    ]


def hours(**by_priority):
    return execution.hours_to_complete({name: [Decimal(value)] for name, value in by_priority.items()})


def test_work_of_no_team_is_not_said_to_be_the_work_of_a_team_called_nobody():
    assert charted.by_team([load("")]).finding == "95% of the hours of work left are in no team"
    assert charted.by_team([load("Lena Moss")]).finding == "Lena Moss has 95% of the hours of work left"


def test_a_reason_names_what_it_is_the_reason_of_where_the_rest_has_numbers():
    some = charted.on_time(on_time(P0=(1, 1), P1=(3, 0), P2=(1, 0)))
    none = charted.on_time(on_time())

    assert some.notes == (f"P3: {execution.NONE_JUDGED}",)
    assert none.notes == (execution.NONE_JUDGED,)


def test_minutes_are_not_said_to_be_no_hours():
    assert charted.hours_to_complete(hours(P2="0.03")).finding == "Half of the P2 issues took more than 0.03 h"
    assert charted.hours_to_complete(hours(P1="47.6")).finding == "Half of the P1 issues took more than 48 h"
    assert set(charted.hours_to_complete(hours(P1="47.6")).labels) == set(map(str, Priority))

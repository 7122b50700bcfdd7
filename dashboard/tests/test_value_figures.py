"""A figure is a number or the reason why there is none, rounded once."""

from decimal import Decimal

import pytest

from dashboard.value.figures import Definition, Figure, Lack, State, Target, Unit, change

MONEY = Definition("amount", "Amount", Unit.MONEY, "Amounts")
SHARE = Definition("part", "Part", Unit.SHARE, "Parts", Target(Decimal("0.99"), warning=Decimal("0.95")))
HOURS = Definition("time", "Time", Unit.HOURS, "Times", Target(Decimal(2), at_most=True))


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        pytest.param("0.125", "0.12", id="half goes to the even cent below"),
        pytest.param("0.135", "0.14", id="half goes to the even cent above"),
        pytest.param("-0.004", "0.00", id="no minus before a zero"),
        pytest.param("0.1250000000000000000000001", "0.13", id="a trace above half goes up"),
    ],
)
def test_money_is_rounded_to_the_cent_half_even(exact, rounded):
    assert str(MONEY.of(Decimal(exact)).value) == rounded


def test_a_figure_without_a_number_says_why():
    figure = MONEY.without(Lack.NOT_SET, "Enter it.")

    assert (figure.value, figure.lack, figure.reason) == (None, Lack.NOT_SET, "Enter it.")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="neither a number nor a lack"),
        pytest.param({"value": Decimal(1), "lack": Lack.NOT_SET, "reason": "Why."}, id="both"),
        pytest.param({"lack": Lack.NOT_SET}, id="a lack without a reason"),
        pytest.param({"value": Decimal(1), "reason": "Why."}, id="a reason beside a number"),
    ],
)
def test_a_figure_has_either_a_number_or_a_lack_with_its_reason(fields):
    with pytest.raises(ValueError, match="either a number, or a lack"):
        Figure("key", "Title", Unit.COUNT, "Section", **fields)


def test_a_share_of_nothing_is_not_0():
    assert SHARE.share(0, 0, nothing="Nothing came in.").lack == Lack.NOTHING_YET
    assert SHARE.share(0, 1, nothing="").value == 0


@pytest.mark.parametrize(("number", "total"), [(2, 1), (-1, 1)])
def test_more_than_all_is_no_share(number, total):
    with pytest.raises(ValueError, match="is no share"):
        SHARE.share(number, total, nothing="Nothing.")


@pytest.mark.parametrize(
    ("definition", "value", "state"),
    [
        pytest.param(SHARE, "0.99", State.GOOD, id="at the target it is met"),
        pytest.param(SHARE, "0.9899", State.WARNING, id="just below the target"),
        pytest.param(SHARE, "0.95", State.WARNING, id="at the limit of the warning"),
        pytest.param(SHARE, "0.9499", State.BAD, id="below the limit of the warning"),
        pytest.param(SHARE, "0.98996", State.GOOD, id="what is compared is what is shown"),
        pytest.param(HOURS, "2", State.GOOD, id="at most: at the target it is met"),
        pytest.param(HOURS, "2.01", State.BAD, id="at most: above the target it is missed"),
    ],
)
def test_a_number_stands_to_its_target(definition, value, state):
    assert definition.of(Decimal(value)).state == state


def test_a_figure_without_a_number_or_a_target_has_no_state():
    assert SHARE.without(Lack.NOT_SET, "Enter it.").state is None
    assert MONEY.of(1).state is None


def test_a_change_is_that_of_the_figures_shown_and_needs_both():
    now, before = MONEY.of(Decimal("10.006"), part="x"), MONEY.of(Decimal("12.50"), part="x")

    assert change(now, before).value == Decimal("-2.49")
    assert change(now, before).key == "amount.x.change"
    lacking = change(now, MONEY.without(Lack.NOT_SET, "Enter it.", part="x"))
    assert (lacking.lack, lacking.reason) == (
        Lack.NOT_SET,
        "There is no number for the previous period: Enter it.",
    )


def test_two_different_figures_are_not_compared():
    with pytest.raises(ValueError, match="is not compared with"):
        change(MONEY.of(1, part="x"), MONEY.of(1, part="y"))

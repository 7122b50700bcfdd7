from decimal import Decimal

import pytest
from django.template import engines
from django.utils import translation

from tracker.money import money, percent


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1234.5", "USD 1,234.50"),
        ("0", "USD 0.00"),
        ("999999999999.99", "USD 999,999,999,999.99"),
        ("-5", "USD -5.00"),
        ("0.125", "USD 0.12"),
        ("1E+3", "USD 1,000.00"),
    ],
)
def test_money_is_read_to_the_cent_with_its_currency(amount, words):
    assert money(Decimal(amount), "USD") == words


def test_money_that_nobody_stated_is_not_set():
    assert money(None, "USD") == "not set"


def test_money_is_written_as_the_language_of_the_reader_has_it():
    with translation.override("de"):
        assert money(Decimal("1234.5"), "EUR") == "EUR 1.234,50"
        assert percent(Decimal("0.0375")) == "3,75 %"


@pytest.mark.parametrize(("part", "words"), [("0.15", "15 %"), ("0.0375", "3.75 %"), ("0", "0 %"), ("1", "100 %")])
def test_a_part_is_read_in_percent(part, words):
    assert percent(Decimal(part)) == words


def test_templates_have_both():
    template = engines["django"].from_string("{% load tracker_money %}{{ a|money:'USD' }}, {{ p|percent }}")

    assert template.render({"a": Decimal(5), "p": Decimal("0.5")}) == "USD 5.00, 50 %"

"""The business impact as stated: which lines, which amounts."""

from decimal import Decimal

import pytest

from tracker.extraction.blocks import parse
from tracker.extraction.impact import impact


def amounts(text):
    return [(amount.value, amount.currency) for amount in impact(parse(f"Impact: {text}")).amounts]


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("$120K of revenue", 120_000, "USD"),
        ("€1.2M", 1_200_000, "EUR"),
        ("5,000 USD/month", 5_000, "USD"),
        ("CHF 1'200'000", 1_200_000, "CHF"),
        ("1.234,56 €", "1234.56", "EUR"),
        ("$1,234.50", "1234.50", "USD"),
        ("12.500 EUR", 12_500, "EUR"),
        ("2,5 Mio EUR", 2_500_000, "EUR"),
        ("$1.200 million", 1_200_000, "USD"),
        ("3 million euros", 3_000_000, "EUR"),
        ("£20", 20, "GBP"),
        ("$500K+ a year", 500_000, "USD"),
        ("¥900", 900, ""),
    ],
)
def test_an_amount_is_read_with_its_scale_separators_and_currency(text, value, currency):
    assert amounts(text) == [(Decimal(value), currency)]


@pytest.mark.parametrize("text", ["15 %", "10k users", "$HOME was not set", "3 hours", "version 1.200", "EUR", "A$AP"])
def test_what_is_no_money_is_no_amount(text):
    assert amounts(text) == []


def test_a_sum_that_is_stated_again_is_one_sum():
    text = "## Impact\n- $5k of refunds\n- refunds of $5,000\n- $7k of fines"

    assert [amount.text for amount in impact(parse(text)).amounts] == ["$5k", "$7k"]


def test_the_lines_of_an_impact_section_are_its_statements():
    text = "# Outage\n## Summary\nIt broke.\n## Customer impact\n- 40 shops closed\n- nobody was paid\n## Fixes\n- pay"

    assert [(line.line, line.text) for line in impact(parse(text)).statements] == [
        (5, "40 shops closed"),
        (6, "nobody was paid"),
    ]


def test_a_labelled_line_and_a_line_about_lost_money_count_anywhere():
    text = "# Outage\n**Business impact:** no orders\n\nWe lost about €3,000 in sales.\n\nThe part cost-centre moved."

    assert [line.line for line in impact(parse(text)).statements] == [2, 4]


def test_what_a_fix_will_bring_is_not_what_the_incident_cost():
    assert impact(parse("# Outage\n## Impact of the fix\n- $9k saved\n## Expected impact\n- none")) is None


def test_a_document_that_states_no_impact_has_none():
    assert impact(parse("# Outage\nIt broke and was repaired.")) is None

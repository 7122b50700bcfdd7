"""The form above a page."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.metrics import filters
from dashboard.narrowing import MOST_OFFERED, form_of, period_words
from tracker.models import System

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("week", ("9 to 15 March 2026", "2 to 3 March 2026")),
        ("month", ("1 to 31 March 2026", "1 to 10 February 2026")),
        ("quarter", ("1 January to 31 March 2026", "1 October to 8 December 2025")),
    ],
)
def test_a_period_and_what_it_is_compared_with_are_said_in_days(kind, words):
    found = filters.period(kind, datetime(2026, 3, 10, 12, tzinfo=UTC), ZoneInfo("UTC"))

    assert period_words(found) == words


def test_a_select_box_offers_a_bounded_number_of_names_and_what_is_chosen(now):
    System.objects.all().delete()
    System.objects.bulk_create(System(name=f"system {number:04d}") for number in range(MOST_OFFERED + 5))
    last = System.objects.order_by("name").last()

    asked = filters.read({"system": str(last.pk)}, now, ZoneInfo("UTC"))
    box = form_of(asked, "/").selects[2]

    assert len(box.choices) == MOST_OFFERED + 2
    assert box.left_out
    assert [choice.name for choice in box.choices if choice.chosen] == [last.name]


def test_a_team_that_there_is_not_is_said_to_be_none(now):
    asked = filters.read({"team": "77"}, now, ZoneInfo("UTC"))
    form = form_of(asked, "/")

    assert form.narrowed == ("team of nobody",)
    assert [choice.name for choice in form.selects[1].choices if choice.chosen] == ["number 77, which there is not"]

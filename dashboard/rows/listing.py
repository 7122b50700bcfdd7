"""Rows of one kind behind a figure, as a page shows them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from dashboard import wording
from dashboard.value.figures import Unit
from tracker.models import Analysis, Issue


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a column: words, with where they lead, or a moment."""

    words: str = ""
    url: str = ""
    second: str = ""
    at: datetime | None = None
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of one kind, in their order. `key` is its part of the address of its other pages.

    `told` is what the rows come to together, in words, where that is the figure.
    """

    key: str
    title: str
    heads: tuple[str, ...]
    rows: QuerySet
    cells: Callable[[Any], tuple[Cell, ...]]
    told: str = ""


def of_issue(issue: Issue) -> Cell:
    """An issue, with the way to its page."""
    return Cell(issue.title, reverse("admin:tracker_issue_change", args=[issue.pk]), issue.reference)


def of_analysis(analysis: Analysis) -> Cell:
    """An analysis, with the way to its page."""
    return Cell(analysis.title, reverse("admin:tracker_analysis_change", args=[analysis.pk]))


def of_hours(hours: Decimal | None) -> Cell:
    """Hours in words; nothing where there are none."""
    return number("" if hours is None else wording.amount(hours, Unit.HOURS, ""))


def of_money(amount: Decimal, currency: str) -> Cell:
    """An amount in words."""
    return number(wording.amount(amount, Unit.MONEY, currency))


def number(words: object) -> Cell:
    """A number in words."""
    return Cell(str(words), is_number=True)

"""The rows of one kind as a page shows them: some at once, with the way to the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page

from dashboard.rows.listing import Cell, Listing


@dataclass(frozen=True, slots=True)
class Head:
    """The name of a column."""

    words: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell with the name of its column, which stands before it on a narrow screen."""

    label: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class ShownListing:
    """Some rows of a listing in words. number is how many rows there are, in words; total the same as a number."""

    key: str
    title: str
    told: str
    number: str
    total: int
    heads: tuple[Head, ...]
    rows: tuple[tuple[ShownCell, ...], ...]
    page: int
    pages: int
    earlier: str
    later: str


def shown(listing: Listing, page: Page, asked: Mapping[str, str]) -> ShownListing:
    """A page of a listing; `asked` is the address that asks for it. One query for the rows."""
    rows = tuple(_cells(listing, row) for row in page.object_list)
    numbers = [cell.cell.is_number for cell in rows[0]] if rows else [False] * len(listing.heads)
    return ShownListing(
        listing.key,
        listing.title,
        listing.told,
        page.paginator.count_words,
        page.paginator.count,
        tuple(map(Head, listing.heads, numbers)),
        rows,
        page.number,
        page.paginator.num_pages,
        _address(asked, listing.key, page.number - 1) if page.has_previous() else "",
        _address(asked, listing.key, page.number + 1) if page.has_next() else "",
    )


def _cells(listing: Listing, row: object) -> tuple[ShownCell, ...]:
    return tuple(map(ShownCell, listing.heads, listing.cells(row)))


def _address(asked: Mapping[str, str], key: str, number: int) -> str:
    return f"?{urlencode({**asked, key: number})}"

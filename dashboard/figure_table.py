"""Figures as rows of a table that leaves the site: those of a period, and those of each day."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from dashboard import wording
from dashboard.metrics.sheet import Sheet
from dashboard.models import MetricSnapshot
from dashboard.value.catalogue import definition_of
from dashboard.value.figures import Figure, Unit
from tracker.models import Analysis, Issue, RevenueProfile
from tracker.spreadsheet import Row

AT_ONCE = 2000  # snapshots that are in memory
HEAD = (
    gettext_noop("Page"),
    gettext_noop("Key"),
    gettext_noop("Figure"),
    gettext_noop("Number"),
    gettext_noop("Unit"),
    gettext_noop("Target"),
    gettext_noop("State"),
    gettext_noop("Why there is no number"),
    gettext_noop("Change"),
    gettext_noop("As of"),
)
OF_ROWS = {"analysis.": Analysis, "issue.": Issue}
HEAD_OF_DAYS = (
    gettext_noop("Day"),
    gettext_noop("Key"),
    gettext_noop("Figure"),
    gettext_noop("Number"),
    gettext_noop("Unit"),
    gettext_noop("Why there is no number"),
    gettext_noop("Taken"),
)


def of_period(sheets: Iterable[tuple[str, Sheet]], zone: str) -> Iterator[Row]:
    """The head, and a row for each figure of these pages, by page. Shares are parts of 1."""
    yield _head(HEAD, zone)
    for page, sheet in sheets:
        titles = _titles(sheet.figures.values())
        for figure in sheet.figures.values():
            yield _row(page, figure, sheet, titles)


def _head(words: Iterable[str], zone: str) -> Row:
    """The names of the columns; the last one has moments, in the time zone."""
    *others, moment = map(gettext, words)
    return (*others, f"{moment} ({zone})")


def _titles(figures: Iterable[Figure]) -> dict[str, str]:
    """What the analyses and issues are called that figures have for their parts. At most two queries."""
    keys = [figure.part for figure in figures]
    found = {}
    for kind, model in OF_ROWS.items():
        of_kind = [part.removeprefix(kind) for part in keys if part.startswith(kind)]
        rows = model.objects.filter(pk__in=of_kind).order_by().values_list("pk", "title") if of_kind else ()
        found |= {f"{kind}{pk}": title for pk, title in rows}
    return found


def _row(page: str, figure: Figure, sheet: Sheet, titles: Mapping[str, str]) -> Row:
    change = sheet.changes.get(figure.key)
    title = titles.get(figure.part)
    return (
        page,
        figure.key,
        f"{figure.title}: {title}" if title else wording.name_words(figure),
        figure.value,
        _unit(figure.unit, sheet.currency),
        figure.target and figure.target.value,
        wording.state_words(figure),
        figure.reason,
        change and change.value,
        sheet.as_of,
    )


def of_days(rows: QuerySet[MetricSnapshot], zone: str) -> Iterator[Row]:
    """The head, and a row for each figure of each day, the newest first. Reads some at once and keeps none."""
    yield _head(HEAD_OF_DAYS, zone)
    columns = rows.order_by("-day", "key").values_list("day", "key", "value", "unit", "lack", "taken_at")
    profiles = list(RevenueProfile.objects.order_by("-effective_on").values_list("effective_on", "currency"))
    for day, key, value, unit, lack, taken_at in columns.iterator(chunk_size=AT_ONCE):
        currency = next((words for since, words in profiles if since <= day), "")
        yield (f"{day}", key, _title(key), _exact(value, unit), _unit(unit, currency), lack, taken_at)


def _exact(value: Decimal | None, unit: str) -> Decimal | None:
    """A number to the step of its unit, as figures have it: the column keeps four places of all."""
    return value if value is None or unit not in list(Unit) else value.quantize(Unit(unit).step)


def _unit(unit: str, currency: str) -> str:
    return unit.replace("money", currency) if currency else unit


def _title(key: str) -> str:
    """What the kind of figure is called; "" for one that this version does not know any more."""
    try:
        return gettext(definition_of(key).title)
    except KeyError:
        return ""

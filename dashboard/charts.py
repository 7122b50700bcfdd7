"""The charts of a page as JSON for Chart.js, and each series as CSV. The only place where Decimal becomes float."""

from collections.abc import Iterator
from decimal import Decimal

from chartjs.views.lines import BaseLineChartView
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext

from dashboard import wording
from dashboard.metrics.sheet import Series, Sheet
from dashboard.value.figures import Unit
from tracker.spreadsheet import CSV_TYPE, Value, csv_pieces

LINE, BAR, SIDEWAYS = "line", "bar", "sideways"
LONGEST_LABEL, MOST_LABELS = 14, 48  # characters of one and of all: longer names stand beside their bars
TRENDS = frozenset({"exposure_trend", "protected_by_month", "cost_by_month", "forecast", "availability"})
HUNDRED = Decimal(100)


class SeriesChart(BaseLineChartView):
    """One series in the shape of Chart.js. Colours are the page's own: they follow light and dark."""

    series: Series
    currency: str = ""

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        context = super().get_context_data(**kwargs)
        context.pop("view")  # the library would send how this object is written
        unit = self.series.unit
        return context | {
            "type": kind(self.series),
            "whole": 100 if unit == Unit.SHARE else None,
            "unit": wording.unit_words(unit, self.currency),
            "words": [self._words(line.values) for line in self.series.lines],
        }

    def get_labels(self) -> list[str]:
        return list(self.series.labels)

    def get_providers(self) -> list[str]:
        return [line.name for line in self.series.lines]

    def get_data(self) -> list[list[float | None]]:
        return [[number(value, self.series.unit) for value in line.values] for line in self.series.lines]

    def get_dataset_options(self, index: int, color: tuple[int, int, int]) -> dict[str, object]:
        return {}

    def _words(self, values: tuple[Decimal | None, ...]) -> list[str]:
        return [wording.cell_words(value, self.series.unit, self.currency) for value in values]


def kind(series: Series) -> str:
    """How a series is drawn: over time as lines, else as bars, lying where their names are long."""
    if series.key in TRENDS or series.key.endswith(("_trend", "_by_month", "_by_day")):
        return LINE
    lengths = [len(label) for label in series.labels]
    return SIDEWAYS if max(lengths, default=0) > LONGEST_LABEL or sum(lengths) > MOST_LABELS else BAR


def number(value: Decimal | None, unit: Unit) -> float | None:
    """A number as a chart draws it: shares and ratios in percent, None as a gap."""
    if value is None:
        return None
    return float(value * HUNDRED) if unit in (Unit.SHARE, Unit.RATIO) else float(value)


def json_of(sheet: Sheet) -> JsonResponse:
    """All series of a sheet by their key."""
    charts = {
        series.key: SeriesChart(series=series, currency=sheet.currency).get_context_data() for series in sheet.series
    }
    return JsonResponse({"as_of": sheet.as_of.isoformat(), "charts": charts})


def csv_of(sheet: Sheet, key: str) -> HttpResponse:
    """One series of a sheet as a file for spreadsheets. Raises: Http404 when the sheet has no such series."""
    series = next((each for each in sheet.series if each.key == key), None)
    if series is None:
        raise Http404
    pieces = csv_pieces(_lines(series, sheet), zone=timezone.get_current_timezone())
    response = HttpResponse("".join(pieces), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{key}-{sheet.as_of:%Y-%m-%d}.csv"'
    return response


def _lines(series: Series, sheet: Sheet) -> Iterator[list[Value]]:
    """The head with the unit, then a line for each label. Shares are parts of 1, as spreadsheets have percentages."""
    unit = wording.unit_words(series.unit, sheet.currency).replace("%", gettext("1 is 100 %"))
    yield ["", *(f"{line.name} ({unit})" for line in series.lines)]
    for place, label in enumerate(series.labels):
        yield [label, *(line.values[place] for line in series.lines)]

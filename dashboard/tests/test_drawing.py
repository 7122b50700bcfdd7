"""Charts of reports: numbers, gaps and names as shapes, as SVG and as PNG."""

from decimal import Decimal
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from dashboard.drawing import Path, Rect, Rule, Words, draw
from dashboard.metrics.sheet import Line, Series
from dashboard.png import png
from dashboard.svg import svg
from dashboard.value.figures import Unit

SVG = "{http://www.w3.org/2000/svg}"
D = Decimal


def series(*lines, key="exposure_trend", unit=Unit.MONEY_A_MONTH, labels=None, finding="It has risen"):
    names = labels or tuple(f"2026-11-{place + 1:02d}" for place in range(len(lines[0])))
    found = tuple(Line(f"Line {place}", tuple(values)) for place, values in enumerate(lines))
    return Series(key, finding, unit, tuple(names), found)


def shapes(kind, of):
    return [shape for shape in of.shapes if isinstance(shape, kind)]


def test_without_a_number_there_is_no_chart():
    assert draw(series((None, None)), "USD") is None
    assert draw(Series("cost_by_month", "No rate", Unit.MONEY, ("a",), ()), "USD") is None


def test_a_gap_is_a_gap_and_never_zero():
    paths = shapes(Path, draw(series((D(1), D(2), None, D(4))), "USD"))

    assert [len(path.points) for path in paths] == [2, 1]


@pytest.mark.parametrize(
    "values",
    [(D(0), D(0)), (D(-500), D(-1)), (D(-3), D(7000)), (D("0.0001"), D("0.0002")), (D(10**12), D(3))],
    ids=["all zero", "all negative", "both", "tiny", "huge"],
)
def test_every_number_lies_inside_of_the_plane(values):
    drawing = draw(series(values), "USD")

    for path in shapes(Path, drawing):
        for x, y in path.points:
            assert 0 <= x <= drawing.width
            assert 30 <= y <= drawing.height - 28
    levels = [rule.y1 for rule in shapes(Rule, drawing)]
    assert levels == sorted(levels, reverse=True)


def test_a_bar_is_as_long_as_its_number():
    drawing = draw(series((D(10), D(5), None, D(0)), key="by_priority", unit=Unit.COUNT), "")

    bars = [rect.width for rect in shapes(Rect, drawing) if rect.height == 11]
    assert len(bars) == 2
    assert bars[0] == bars[1] * 2
    assert {"10", "5", "none", "0"} <= {words.text for words in shapes(Words, drawing)}


def test_a_name_from_outside_is_only_text_in_svg():
    hostile = "</text><script>alert(1)</script>\"&'"
    found = svg(draw(series((D(1),), key="by_team", labels=(hostile,), finding=hostile), "USD"))

    tree = ElementTree.fromstring(found)
    assert not list(tree.iter(f"{SVG}script"))
    assert tree.find(f"{SVG}title").text == hostile


def test_svg_says_what_it_shows_to_who_cannot_see_it():
    tree = ElementTree.fromstring(svg(draw(series((D(1), D(2))), "USD")))

    title, description = tree.find(f"{SVG}title"), tree.find(f"{SVG}desc")
    assert tree.attrib["role"] == "img"
    assert tree.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"
    assert (title.text, description.text) == ("It has risen", "Line 0 (USD a month), 2 values.")


def test_the_same_series_is_the_same_svg():
    assert svg(draw(series((D(1), D(2))), "USD")) == svg(draw(series((D(1), D(2))), "USD"))


def test_png_is_a_picture_with_two_points_for_each_unit():
    image = Image.open(BytesIO(png(draw(series((D(1), None, D(2)), (D(2), D(3), D(-1))), "USD"))))

    assert (image.format, image.size) == ("PNG", (1280, 520))
    assert len(image.convert("RGB").getcolors(100_000)) > 3

"""Charts as SVG inside of a page: no script, no address, nothing from outside; readable as text.

Names come from people. Everything that is written here is escaped by format_html.
"""

from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.drawing import DOT, Drawing, Path, Rect, Rule, Shape, Words

# Told apart in grey and by most people who see colours in another way; lines also by their dashes.
COLOURS = ("#1f5a96", "#c2570c", "#5b7d2a", "#7a3e9d", "#5f6368")
DASHES = ("none", "7 4", "2 3", "10 3 2 3", "1 5")
RULES, INK = "#c9cdd2", "#333333"


def svg(drawing: Drawing) -> SafeString:
    """The chart, with its finding as title and what it shows as description."""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc" '
        'font-family="system-ui, sans-serif" font-size="12"><title id="{}-title">{}</title>'
        '<desc id="{}-desc">{}</desc>{}</svg>',
        _n(drawing.width),
        _n(drawing.height),
        *(drawing.key,) * 3,
        drawing.title,
        drawing.key,
        drawing.description,
        format_html_join("", "{}", ((_shape(shape),) for shape in drawing.shapes)),
    )


def _shape(shape: Shape) -> SafeString:
    match shape:
        case Rect():
            corners = (_n(value) for value in (shape.x, shape.y, shape.width, shape.height))
            return format_html(
                '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>', *corners, _of(COLOURS, shape.line)
            )
        case Rule():
            ends = (_n(value) for value in (shape.x1, shape.y1, shape.x2, shape.y2))
            return format_html('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}"/>', *ends, RULES)
        case Words():
            return format_html(
                '<text x="{}" y="{}" text-anchor="{}" fill="{}">{}</text>',
                _n(shape.x),
                _n(shape.y),
                shape.anchor,
                INK,
                shape.text,
            )
        case Path():
            return _path(shape)


def _path(path: Path) -> SafeString:
    """A line with a dot at each number, which a number between two gaps needs to be seen at all."""
    colour = _of(COLOURS, path.line)
    dots = format_html_join(
        "",
        '<circle cx="{}" cy="{}" r="{}" fill="{}"/>',
        ((_n(x), _n(y), _n(DOT), colour) for x, y in path.points),
    )
    return format_html(
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="2" stroke-dasharray="{}"/>{}',
        " ".join(f"{_n(x)},{_n(y)}" for x, y in path.points),
        colour,
        _of(DASHES, path.line),
        dots,
    )


def _of(choices: tuple[str, ...], line: int) -> str:
    return choices[line % len(choices)]


def _n(value: Decimal) -> str:
    """A length, to a tenth."""
    return f"{value:.1f}"

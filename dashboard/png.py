"""Charts as PNG, for mail: programs that read mail show neither SVG nor anything that has to be loaded.

Pillow brings a font of its own, so that no machine needs one; letters that it lacks are shown as boxes, which is why
mail has the charts of the site as a whole only, with our own words in them.
"""

from decimal import Decimal
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from dashboard.drawing import DOT, Drawing, Path, Rect, Rule, Shape, Words
from dashboard.svg import COLOURS, INK, RULES

SCALE = 2  # for screens with small points
FONT_SIZE = 12
ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}  # left, middle, right of the base line


def png(drawing: Drawing) -> bytes:
    """The chart on white."""
    image = Image.new("RGB", (_px(drawing.width), _px(drawing.height)), "white")
    canvas, font = ImageDraw.Draw(image), ImageFont.load_default(FONT_SIZE * SCALE)
    for shape in drawing.shapes:
        _draw(canvas, shape, font)
    written = BytesIO()
    image.quantize(64).save(written, "PNG", optimize=True)
    return written.getvalue()


def _draw(canvas: ImageDraw.ImageDraw, shape: Shape, font: ImageFont.FreeTypeFont) -> None:
    match shape:
        case Rect():
            ends = (shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
            canvas.rectangle([_px(value) for value in ends], fill=_colour(shape.line))
        case Rule():
            canvas.line([_px(value) for value in (shape.x1, shape.y1, shape.x2, shape.y2)], fill=RULES, width=SCALE)
        case Words():
            place = (_px(shape.x), _px(shape.y))
            canvas.text(place, shape.text, fill=INK, font=font, anchor=ANCHORS[shape.anchor])
        case Path():
            _line(canvas, shape)


def _line(canvas: ImageDraw.ImageDraw, path: Path) -> None:
    points = [(_px(x), _px(y)) for x, y in path.points]
    canvas.line(points, fill=_colour(path.line), width=2 * SCALE, joint="curve")
    radius = _px(DOT)
    for x, y in points:
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_colour(path.line))


def _colour(line: int) -> str:
    return COLOURS[line % len(COLOURS)]


def _px(value: Decimal) -> int:
    return int(value * SCALE)

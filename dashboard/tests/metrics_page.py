"""What docs/metrics.md says about its worked example, and how it writes a figure."""

from pathlib import Path

from django.conf import settings

from dashboard.value.figures import Unit

METRICS = Path(settings.BASE_DIR) / "docs" / "metrics.md"


def shown(figure):
    """A figure as the tables of the page have it."""
    if figure.lack:
        return str(figure.lack)
    if figure.unit == Unit.SHARE:
        return f"{figure.value:.2%}".replace("%", " %")
    return f"{figure.value:,}"


def table(heading):
    """The rows of the table under a heading of the page, without its head."""
    text = METRICS.read_text(encoding="utf-8")
    section = text.split(f"\n### {heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]

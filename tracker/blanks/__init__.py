"""Texts to fill in: whoever writes an analysis on one is sure that every line of it is read."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
BLANKS = {"analysis": "analysis.md", "issue": "issue.md"}


def blank(name: str) -> str:
    """The text to fill in: an analysis, or one issue. Words in braces are the places."""
    return (FOLDER / BLANKS[name]).read_text(encoding="utf-8")

"""Extraction: the text of an analysis → what it says to do, and why the rest was left. Pure; no Django inside."""

from tracker.extraction.extracting import extract
from tracker.extraction.systems import GENERIC_SYSTEMS

__all__ = ["GENERIC_SYSTEMS", "extract"]

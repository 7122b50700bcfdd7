"""Extractions made to order: what `extract` would yield, said in one line a piece."""

from datetime import date

from tracker.choices import IssueKind, Priority
from tracker.extraction.values import ExtractedAnalysis, ExtractedCheck, ExtractedIssue, SkippedLine

WRITTEN = date(2026, 3, 9)


def issue(title, line, **fields):
    values = {
        "end_line": line,
        "description": title,
        "kind": IssueKind.FIX,
        "priority": Priority.P1,
        "priority_stated": False,
        "done": False,
        "section": ("Checkout times out", "Actions"),
    }
    return ExtractedIssue(line=line, title=title, **(values | fields))


def check(text, line, *issue_lines, **fields):
    values = {"end_line": line, "section": ("Checkout times out", "Validation")}
    return ExtractedCheck(line=line, text=text, issue_lines=issue_lines, **(values | fields))


def skipped(text, line, **fields):
    values = {"end_line": line, "reason": "It describes what happened.", "section": ("Checkout times out", "Notes")}
    return SkippedLine(line=line, text=text, **(values | fields))


def says(*found, **fields):
    values = {
        "title": "Checkout times out",
        "date": WRITTEN,
        "priority": None,
        "root_cause": None,
        "whys": (),
        "impact": None,
        "affected_systems": (),
        "issues": tuple(each for each in found if isinstance(each, ExtractedIssue)),
        "checks": tuple(each for each in found if isinstance(each, ExtractedCheck)),
        "skipped": tuple(each for each in found if isinstance(each, SkippedLine)),
    }
    return ExtractedAnalysis(**(values | fields))

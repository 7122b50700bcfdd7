"""The formats of a report: how each is written, and what a file of it is called."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext

from dashboard.reports.document import document
from dashboard.reports.markdown import markdown
from dashboard.reports.page import html
from dashboard.reports.pdf import pdf
from dashboard.reports.report import Report

MARKDOWN, HTML, PDF, JSON = "md", "html", "pdf", "json"
MEDIA_TYPES = {
    MARKDOWN: "text/markdown; charset=utf-8",
    HTML: "text/html; charset=utf-8",
    PDF: "application/pdf",
    JSON: "application/json",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A report in a format."""

    report: Report
    format: str
    content: bytes

    @property
    def name(self) -> str:
        """What a file of it is called."""
        return file_name(self.report.period.kind, self.report.as_of, self.format)


def file_name(kind: str, as_of: datetime, form: str) -> str:
    """Such as report-month-2026-11-30.pdf."""
    return f"report-{kind}-{timezone.localtime(as_of, timezone.get_default_timezone()):%Y-%m-%d}.{form}"


def write(report: Report, form: str, now: datetime) -> Written:
    """The report in a format; only the line "Generated …" depends on now. Raises: ReportRefused."""
    generated = generated_words(now)
    if form == MARKDOWN:
        text = markdown(report, generated=generated)
    elif form == JSON:
        text = document(report, generated=generated)
    else:
        text = html(report, generated=generated)
    return Written(report, form, pdf(text) if form == PDF else text.encode())


def generated_words(now: datetime) -> str:
    """The one line that says when it was made."""
    return gettext("Generated %(moment)s") % {
        "moment": f"{timezone.localtime(now, timezone.get_default_timezone()):%Y-%m-%d %H:%M:%S %Z}"
    }

"""A report as PDF, by WeasyPrint where it is installed: it is optional, and needs libpango of the system."""

from importlib import import_module
from importlib.util import find_spec

from django.utils.translation import gettext_lazy

from dashboard.reports.moments import ReportRefused

NOT_INSTALLED = gettext_lazy("PDF needs WeasyPrint, which is not installed: run `make install-pdf`, or ask for html.")
NO_LIBRARY = gettext_lazy(
    "PDF needs the library Pango, which this machine lacks: install it (Debian: libpango-1.0-0 and libpangoft2-1.0-0), "
    "or ask for html."
)


def pdf(html: str) -> bytes:
    """The HTML of a report as PDF; the same HTML gives the same bytes. Raises: ReportRefused when it cannot be made."""
    if find_spec("weasyprint") is None:
        raise ReportRefused(str(NOT_INSTALLED))
    try:
        weasyprint = import_module("weasyprint")
    except OSError:
        raise ReportRefused(str(NO_LIBRARY)) from None
    return weasyprint.HTML(string=html, url_fetcher=_nothing).write_pdf()


def _nothing(url: str, *_: object, **__: object) -> dict[str, object]:
    """A report loads nothing, whatever a title in it may say."""
    raise ValueError("A report loads nothing.")

"""Tables as answers that browsers keep as files. CSV leaves while it is written, XLSX when it is whole."""

from collections.abc import Iterable
from datetime import tzinfo

from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.utils import timezone

from tracker import audit
from tracker.choices import AuditVerb, Door
from tracker.spreadsheet import CSV_TYPE, XLSX_TYPE, Row, csv_pieces, xlsx_file

MOST_XLSX = 100_000  # rows; the file is made before it is sent, within the minute that proxies wait


def csv_file(rows: Iterable[Row], *, zone: tzinfo, name: str) -> StreamingHttpResponse:
    """The rows, the head among them, as NAME.csv."""
    response = StreamingHttpResponse(csv_pieces(rows, zone=zone), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def workbook(rows: Iterable[Row], *, zone: tzinfo, name: str, title: str) -> FileResponse:
    """The rows, the first one as the head, as NAME.xlsx with one sheet of that title."""
    file = xlsx_file(rows, zone=zone, title=title)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE)


def record(request: HttpRequest, kind: str, label: str) -> None:
    """Write into the audit who takes what out of the site, and by which filters."""
    asked = request.GET.urlencode()
    audit.record(
        AuditVerb.EXPORT,
        audit.Target(kind, "", label),
        actor=request.user,
        door=Door.ADMIN,
        now=timezone.now(),
        changes={"filters": (None, asked)} if asked else None,
    )

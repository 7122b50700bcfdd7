"""What the log says of a refusal: one line, and a traceback only where something is broken."""

import logging
import sys

import pytest

from remediation_site.logs import NoTracebackOfRefusals

pytestmark = pytest.mark.django_db


def written(caplog, status):
    """The record as the console's handler would write it."""
    try:
        raise ValueError("inside")
    except ValueError:
        caplog.clear()
        logging.getLogger("django.request").error("Said", exc_info=sys.exc_info(), extra=status)
    record = caplog.records[-1]
    assert NoTracebackOfRefusals().filter(record)
    return logging.Formatter("{message}", style="{").format(record)


@pytest.mark.parametrize(
    ("status", "lines"),
    [
        pytest.param({"status_code": 403}, 1, id="what was refused"),
        pytest.param({"status_code": 404}, 1, id="what is not there"),
        pytest.param({"status_code": 500}, 5, id="what is broken"),
        pytest.param({}, 5, id="what is no answer"),
    ],
)
def test_a_traceback_is_written_only_where_something_is_broken(caplog, status, lines):
    assert len(written(caplog, status).splitlines()) >= lines
    assert ("Traceback" in written(caplog, status)) == (lines > 1)


def test_a_page_that_somebody_may_not_see_takes_one_line_of_the_log(client, make_user, capsys):
    handlers = [handler for handler in logging.getLogger().handlers if handler.filters]
    assert any(isinstance(found, NoTracebackOfRefusals) for handler in handlers for found in handler.filters)
    client.force_login(make_user("nils", is_staff=True))
    handlers[0].setStream(sys.stderr)

    assert client.get("/admin/tracker/recurrence/").status_code == 403

    said = capsys.readouterr().err
    assert "Forbidden" in said
    assert "Traceback" not in said

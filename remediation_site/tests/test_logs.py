"""What the log says: one line of a refusal, whose work it was, and nothing that people wrote or that opens a door."""

import io
import json
import logging
import os
import re
import sys

import pytest
from django.db import IntegrityError, transaction
from django_q.models import OrmQ
from django_q.signals import post_execute_in_worker, pre_execute
from django_q.signing import SignedPackage
from django_q.tasks import async_task

from remediation_site import logs
from remediation_site.logs import JsonFormatter, LineFormatter, NoTracebackOfRefusals
from remediation_site.tests.conftest import BASE_DIR, run_manage
from tracker.models import Issue

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


@pytest.fixture
def log():
    """A log in JSON of its own: `log()` are the lines that were written since the last time."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)

    def read() -> list[dict]:
        text = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return [json.loads(line) for line in text.splitlines()]

    yield read
    root.removeHandler(handler)


@pytest.fixture(autouse=True)
def no_ids():
    tokens = logs.REQUEST.set(None), logs.TASK.set(None)
    yield
    logs.REQUEST.reset(tokens[0])
    logs.TASK.reset(tokens[1])


def test_a_line_of_json_has_these_fields_and_no_others(log):
    logging.getLogger("tracker").warning("Said %s", "so", extra={"request": "GET /secret", "password": "hunter2"})

    (line,) = log()

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("at"))
    assert line == {
        "level": "WARNING",
        "logger": "tracker",
        "message": "Said so",
        "process": os.getpid(),
        "request_id": None,
        "task_id": None,
        "exception": None,
    }


def test_no_text_begins_a_line_of_its_own(log):
    logging.getLogger("tracker").warning("Said\n%s", '{"level": "ERROR"}\u2028\r\x1b[31m')

    assert len(log()) == 1


def test_a_request_keeps_the_id_of_the_proxy_in_its_answer_and_in_the_log_of_its_refusal(client, log):
    response = client.get("/nothing-here/", headers={"x-request-id": "edge-7.a_B"})

    assert (response.status_code, response.headers["X-Request-ID"]) == (404, "edge-7.a_B")
    assert [(line["logger"], line["request_id"]) for line in log()] == [("django.request", "edge-7.a_B")]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="an empty one"),
        pytest.param("a" * 65, id="one that is too long"),
        pytest.param("a b", id="with a space"),
        pytest.param("a\nX-Evil: 1", id="with a line of its own"),
        pytest.param("<script>", id="with HTML"),
        pytest.param("ä", id="no ASCII"),
        pytest.param("-rf", id="that begins with a sign"),
    ],
)
def test_an_id_that_cannot_be_used_is_replaced_by_a_new_one(client, given):
    headers = {} if given is None else {"x-request-id": given}

    first, second = (client.get("/healthz", headers=headers).headers["X-Request-ID"] for _ in range(2))

    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second


def test_what_a_task_logs_has_its_id_until_it_ends(log):
    logger = logging.getLogger("tracker")

    pre_execute.send(sender="django_q", func=None, task={"id": "9f2c", "ack_id": None})
    logger.warning("In it")
    post_execute_in_worker.send(sender="django_q", func=None, task={"id": "9f2c"})
    logger.warning("After it")

    assert [line["task_id"] for line in log()] == ["9f2c", None]


def test_what_a_task_logs_names_the_request_that_queued_it(log):
    logger = logging.getLogger("tracker")
    logs.REQUEST.set("edge-7")
    async_task("remediation_site.tasks.beat")
    logs.REQUEST.set(None)
    task = SignedPackage.loads(OrmQ.objects.get().payload)

    pre_execute.send(sender="django_q", func=None, task=task)
    logger.warning("In it")
    async_task("remediation_site.tasks.beat")
    post_execute_in_worker.send(sender="django_q", func=None, task=task)
    logger.warning("After it")

    assert [(line["request_id"], line["task_id"]) for line in log()] == [("edge-7", task["id"]), (None, None)]
    queued_by_the_task = SignedPackage.loads(OrmQ.objects.latest("pk").payload)
    assert "request_id" not in queued_by_the_task


def test_a_line_for_people_ends_with_the_ids_that_there_are():
    record = logging.LogRecord("tracker", logging.INFO, "x.py", 1, "Said", None, None)
    assert LineFormatter().format(record).endswith(" INFO tracker: Said")

    logs.REQUEST.set("edge-7")

    assert LineFormatter().format(record).endswith(" INFO tracker: Said [request edge-7]")
    logs.TASK.set("9f2c")
    assert LineFormatter().format(record).endswith(" INFO tracker: Said [request edge-7] [task 9f2c]")


def raised(error: Exception) -> logging.LogRecord:
    """A record of an error that came of another one."""
    try:
        try:
            raise ValueError("the first cause")
        except ValueError as cause:
            raise error from cause
    except type(error):
        return logging.LogRecord("tracker", logging.ERROR, "x.py", 1, "It broke", None, sys.exc_info())


@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter()], ids=["json", "line"])
def test_an_error_says_where_and_why_with_its_causes(formatter):
    said = formatter.format(raised(RuntimeError("the reason")))

    for words in ("RuntimeError: the reason", "ValueError: the first cause", "in raised", "Traceback"):
        assert words in said


@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter()], ids=["json", "line"])
def test_of_a_reason_the_first_line_is_written_and_not_all_of_a_long_one(formatter):
    said = formatter.format(raised(RuntimeError("refused " + "x" * 400 + "THE END\nDETAIL: the text of an analysis")))

    assert "refused xxx" in said
    assert "THE END" not in said
    assert "the text" not in said


def test_a_row_that_the_database_refuses_is_not_shown(make_issue, log):
    issue = make_issue(description="Words of an analysis\n\nand more of them")
    try:
        with transaction.atomic():
            Issue.objects.filter(pk=issue.pk).update(revenue_at_risk=-1)
    except IntegrityError:
        logging.getLogger("tracker").exception("It broke")

    (line,) = log()

    assert "issue_revenue_at_risk_positive" in line["exception"]
    assert "Words of an analysis" not in json.dumps(line)


def test_the_result_of_a_failed_task_shows_no_row_either(log):
    row = 'violates check "x"\nDETAIL:  Failing row contains (1, Words of\nan analysis).'
    trace = f"Traceback (most recent call last):\n  File a.py\nCheckViolation: {row}\n\nThe above exception was"
    logging.getLogger("tracker").error("Failed 'x' - %s : %s the direct cause: %s\n", row, trace, row)

    (line,) = log()

    assert "Words of" not in line["message"]
    assert "an analysis" not in line["message"]
    assert line["message"].count('violates check "x"') == 3
    assert "File a.py" in line["message"]


def test_a_one_time_link_is_not_written_out(client, log):
    token = "12-34:signature-of-it"
    assert client.put(f"/alerts/acknowledge/{token}/").status_code >= 400
    logging.getLogger("tracker").warning("Asked for https://issues.example.org/alerts/acknowledge/%s/?x=1", token)

    lines = log()

    assert len(lines) == 2
    assert all("signature" not in line["message"] and "/alerts/acknowledge/***" in line["message"] for line in lines)


def test_the_setting_decides_how_the_whole_log_is_written():
    code = "import logging; logging.getLogger('tracker').error('Said')"
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": str(BASE_DIR / "tests.env"), "LOG_FORMAT": "json"}

    said = run_manage("shell", "--no-imports", "-c", code, environment=environment).stderr
    refused = run_manage("check", environment=environment | {"LOG_FORMAT": "xml"})

    assert json.loads(said)["message"] == "Said"
    assert (refused.returncode, "LOG_FORMAT is 'xml': write line or json." in refused.stderr) == (1, True)

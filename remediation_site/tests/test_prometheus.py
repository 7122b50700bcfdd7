"""/metrics: who may read it, and that it says what the rows say."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import Task
from prometheus_client.parser import text_string_to_metric_families

from alerts.choices import MessageKind, MessageState, Severity
from alerts.models import Tick
from alerts.tests.pages import make_alert, make_channel, make_message  # noqa: F401 - fixtures
from dashboard.models import MetricSnapshot
from remediation_site import beat, broker
from remediation_site.tests.api import kept_connection  # noqa: F401 - fixture
from tracker.choices import Decision, FollowState, ItemKind, Priority, Status
from tracker.models import GitHubLink, GitHubRepository, RevenueProfile

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-the-tests-0123456789"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = TOKEN


@pytest.fixture
def scrape(client):
    """What Prometheus reads: {name and labels: value}."""

    def read() -> dict[str, float]:
        response = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200
        families = text_string_to_metric_families(response.content.decode())
        samples = [sample for family in families for sample in family.samples]
        return {" ".join((each.name, *each.labels.values())): each.value for each in samples}

    return read


def test_each_host_has_an_age_of_its_own(scrape):
    at = timezone.now() - timedelta(seconds=30)
    for number, (host, queue) in enumerate((("a", broker.QUEUE), ("a", broker.VALIDATION), ("b", broker.QUEUE))):
        group = beat.GROUPS[queue]
        Task.objects.create(id=str(number), name=host, group=group, func="x", started=at, stopped=at, success=True)

    found = {name: age for name, age in scrape().items() if "host_beat" in name}

    assert set(found) == {
        f"remediation_host_beat_age_seconds {labels}" for labels in ("a remediation", "a validation", "b remediation")
    }
    assert all(30 <= age < 90 for age in found.values())


def test_without_a_token_in_the_settings_there_is_no_such_page(client, settings):
    settings.METRICS_TOKEN = ""

    for header in ("", "Bearer ", "Bearer", f"Bearer {TOKEN}"):
        assert client.get("/metrics", headers={"authorization": header}).status_code == 404


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="nothing"),
        pytest.param("Bearer", id="no token"),
        pytest.param("Bearer ", id="an empty token"),
        pytest.param(f"Bearer {TOKEN[:-1]}", id="a part of it"),
        pytest.param(f"Bearer {TOKEN}x", id="more than it"),
        pytest.param(TOKEN, id="no scheme"),
        pytest.param(f"Basic  {TOKEN}", id="another scheme"),
        pytest.param("Bearer \xe4\xf6", id="no ASCII"),
    ],
)
def test_who_does_not_have_the_token_reads_nothing(client, django_assert_num_queries, header):
    with django_assert_num_queries(0):
        response = client.get("/metrics", headers={"authorization": header})

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert b"remediation_" not in response.content


def test_the_token_in_the_address_or_a_login_is_no_token(mona_client):
    assert mona_client.get(f"/metrics?token={TOKEN}").status_code == 401


@pytest.fixture
def mona_client(client, make_user):
    client.force_login(make_user("mona", is_staff=True, is_superuser=True))
    return client


def test_it_is_only_read_and_nobody_keeps_it(client):
    headers = {"authorization": f"bearer {TOKEN}"}  # the scheme's case does not matter

    posted = Client(enforce_csrf_checks=True).post("/metrics", headers=headers)
    assert (posted.status_code, posted.headers["Allow"]) == (405, "GET, HEAD")
    answer = client.get("/metrics", headers=headers)
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_an_empty_site_has_zeros_and_leaves_out_what_it_does_not_know(scrape):
    found = scrape()

    assert {found[f"remediation_open_issues {priority}"] for priority in Priority} == {0}
    assert {found[f"remediation_open_alerts {severity}"] for severity in Severity} == {0}
    assert found["remediation_oldest_due_message_age_seconds"] == found["remediation_dead_messages"] == 0
    for word in ("evaluation_age", "worker_beat_age", "revenue_at_risk"):
        assert not [name for name in found if word in name]


def test_open_and_late_issues_are_counted_by_priority(scrape, make_issue):
    late, later = timezone.now() - HOUR, timezone.now() + HOUR
    make_issue(priority=Priority.P0, deadline=late)
    make_issue(priority=Priority.P0, deadline=later)
    make_issue(priority=Priority.P2, deadline=late, status=Status.BLOCKED)
    for status in (Status.COMPLETED, Status.VALIDATED, Status.CANCELLED, Status.ACCEPTED):
        make_issue(priority=Priority.P0, deadline=late, status=status)

    found = scrape()

    assert [found[f"remediation_open_issues {each}"] for each in Priority] == [2, 0, 1, 0]
    assert [found[f"remediation_overdue_issues {each}"] for each in Priority] == [1, 0, 1, 0]


def test_open_alerts_are_counted_by_severity(scrape, make_alert):  # noqa: F811
    make_alert(severity=Severity.EMERGENCY)
    make_alert(severity=Severity.INFO)
    make_alert(severity=Severity.INFO)
    make_alert(severity=Severity.CRITICAL, resolved_at=timezone.now())

    found = scrape()

    assert [found[f"remediation_open_alerts {each}"] for each in Severity] == [2, 0, 0, 1]


def test_what_waits_and_what_was_given_up_is_told(scrape, make_alert, make_message):  # noqa: F811
    now = timezone.now()
    Tick.objects.create(at=now - HOUR, finished_at=now - HOUR)
    make_alert(next_step_at=now - 2 * HOUR)
    make_message(state=MessageState.PLANNED, sent_at=None, due_at=now - 3 * HOUR)
    make_message(state=MessageState.DEAD, sent_at=None)
    make_message(state=MessageState.DEAD, sent_at=None, kind=MessageKind.TEST)
    for queue in broker.WORKERS:
        at = now - timedelta(seconds=7)
        Task.objects.create(
            id=queue, name="x", group=beat.GROUPS[queue], func="x", started=at, stopped=at, success=True
        )

    found = scrape()

    assert 3600 <= found["remediation_evaluation_age_seconds"] < 3660
    assert 7200 <= found["remediation_oldest_due_step_age_seconds"] < 7260
    assert 10800 <= found["remediation_oldest_due_message_age_seconds"] < 10860
    assert found["remediation_dead_messages"] == 1
    assert all(7 <= found[f"remediation_worker_beat_age_seconds {queue}"] < 67 for queue in broker.WORKERS)


def test_github_that_refuses_and_what_stopped_there_is_told(scrape, make_issue):
    assert scrape()["remediation_github_stopped_issues"] == 0
    shop = GitHubRepository.objects.create(name="acme/shop", rejections=3)
    told = {"state": FollowState.STOPPED, "problem": "unknown", "created_at": timezone.now()}
    GitHubLink.objects.create(issue=make_issue(), repository=shop, **told)

    found = scrape()

    assert found["remediation_github_stopped_issues"] == found["remediation_github_refusing_repositories"] == 1


def test_entries_without_a_decision_are_counted_as_status_counts_them(scrape, make_analysis, make_issue):
    items = make_analysis().items
    for number, kind in enumerate((ItemKind.FIX, ItemKind.PREVENT, ItemKind.CHECK)):
        items.create(kind=kind, line=number, end_line=number, title="Raise it", fingerprint=kind)
    taken = {"decision": Decision.ADDED, "issue": make_issue()}
    items.create(kind=ItemKind.FIX, line=9, end_line=9, title="Raise it", fingerprint="9", **taken)

    assert scrape()["remediation_pending_reviews"] == 2


def snapshot(day: date, value: str | None, taken_at) -> None:
    lack = "" if value else "not_set"
    MetricSnapshot.objects.create(
        day=day, key="revenue_at_risk", unit="money a month", value=value, lack=lack, taken_at=taken_at
    )


def test_revenue_at_risk_is_the_latest_that_was_kept_and_nothing_without_a_profile(scrape):
    now = timezone.now()
    snapshot(now.date() - timedelta(days=1), "10", now - 25 * HOUR)
    snapshot(now.date(), "23064.49", now - HOUR)
    assert not [name for name in scrape() if "revenue" in name]

    RevenueProfile.objects.create(effective_on=now.date() - timedelta(days=9), currency="EUR", mrr=Decimal(100000))

    found = scrape()
    assert found["remediation_revenue_at_risk EUR"] == 23064.49
    assert 3600 <= found["remediation_revenue_at_risk_age_seconds"] < 3660


def test_the_number_of_queries_is_the_same_for_many_rows(scrape, make_alert):  # noqa: F811
    with CaptureQueriesContext(
        connection,
    ) as empty:
        scrape()
    for _ in range(15):
        make_alert()

    with CaptureQueriesContext(connection) as full:
        scrape()

    assert len(full) == len(empty) <= 16


def test_no_figure_tells_what_an_issue_says(client, make_issue):
    make_issue(title="Secret plan", priority=Priority.P0)

    assert b"Secret" not in client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).content


def test_a_database_that_does_not_answer_is_no_figure_and_not_described(client):
    def refuse(*_arguments):
        raise DatabaseError("password of the database")

    with connection.execute_wrapper(refuse):
        response = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})

    assert response.status_code == 503
    assert response.content == b"The database did not answer.\n"


def test_the_address_is_that_of_no_page_of_the_dashboard(client):
    assert client.get("/metrics/").status_code == 404


@pytest.mark.parametrize("address", ["/metrics", "/admin/login/", "/healthz", "/static/tracker/theme.css"])
def test_head_is_answered_without_a_body_by_the_site_itself(kept_connection, address):  # noqa: F811
    """The web server would leave the body out, and write a warning each time that somebody asks."""
    started = []
    environ = RequestFactory().head(address, headers={"authorization": f"Bearer {TOKEN}"}).environ

    answer = get_wsgi_application()(environ, lambda *begun: started.append(begun))

    assert b"".join(answer) == b""
    assert int(dict(started[0][1])["Content-Length"]) > 0
    answer.close()

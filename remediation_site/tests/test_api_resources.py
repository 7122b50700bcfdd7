"""Analyses, validation, alerts, figures and the gate by the API: what other doors do, and what they refuse."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from alerts.choices import SilenceDoor
from alerts.tests.pages import make_alert  # noqa: F401 - fixtures
from remediation_site.api import tokens
from remediation_site.models import ApiAnswer
from remediation_site.tests.api import engineer, make_caller, manager  # noqa: F401 - fixtures
from tracker import amend
from tracker.choices import Decision, Door, IssueKind, MeasureCategory, NoteKind, Priority, RunSource, Status
from tracker.models import Analysis, AnalysisRevision, AuditEvent, CheckResult, Issue, System

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
TEXT = """# Checkout times out

Date: 2026-11-20

## Actions

- P0: Raise the pool size to 50
- P1: Alert on the depth of the queue
"""


def report(at, failures=0) -> bytes:
    case = '<testcase classname="a" name="b">' + "<failure/>" * failures + "</testcase>"
    head = f'<testsuite name="a" tests="1" failures="{failures}" errors="0" skipped="0" timestamp="{at.isoformat()}">'
    return f"<testsuites>{head}{case}</testsuite></testsuites>".encode()


# -- analyses ----------------------------------------------------------------------------------------------------------
def post(caller, text: str, **headers):
    return caller("POST", "/analyses?source=a.md", text.encode(), content_type="text/markdown", **headers)


def test_a_posted_text_is_an_analysis_once_and_a_changed_one_is_a_new_version_of_it(manager):  # noqa: F811
    created, again, changed = post(manager, TEXT), post(manager, TEXT), post(manager, TEXT + "- P2: Buy a pump\n")

    assert [each.status for each in (created, again, changed)] == [201, 200, 201]
    assert [each.body["outcome"] for each in (created, again, changed)] == ["created", "unchanged", "changed"]
    assert (created.body["new"], changed.body["new"]) == (2, 1)
    assert AnalysisRevision.objects.filter(analysis=Analysis.objects.get()).count() == 2
    event = AuditEvent.objects.filter(kind="tracker.analysis").order_by("pk").first()
    assert (event.door, event.via, event.actor_name) == ("api", "token ci", event.actor_name)


@pytest.mark.parametrize(
    "body", [b'{"title": "More"}', b"\xff", b'{"a": "\\u0000"}'], ids=["a field", "no UTF-8", "NUL"]
)
def test_a_body_is_not_passed_over_where_none_is_taken(manager, body):  # noqa: F811
    analysis = post(manager, TEXT).body["analysis"]["id"]

    refused = manager("POST", f"/analyses/{analysis}/accept", body)

    assert refused.status in (400, 422), refused.body
    assert not Issue.objects.exists()
    assert manager("POST", f"/analyses/{analysis}/accept", {}).status == 200


def test_an_address_that_is_no_utf_8_is_refused(manager):  # noqa: F811
    refused = manager("POST", "/analyses?source=%ff.md", TEXT.encode(), content_type="text/markdown")

    assert (refused.status, refused.kind) == (400, "malformed"), refused.body
    assert not Analysis.objects.exists()


def test_json_names_the_source_and_a_title_that_becomes_the_heading(manager):  # noqa: F811
    body = {"source": "b.md", "title": "Search  is slow", "text": "- P2: Rebuild the index"}

    posted = manager("POST", "/analyses", body)

    assert posted.body["analysis"]["title"] == "Search is slow"
    assert manager.get("/analyses", source="b.md").body["items"][0]["id"] == posted.body["analysis"]["id"]


@pytest.mark.parametrize(
    ("body", "kind", "status", "problem"),
    [
        pytest.param(" \n", "text/markdown", 409, "refused", id="no words"),
        pytest.param("a\0b", "text/markdown", 409, "refused", id="a NUL"),
        pytest.param(b"\xff\xfe", "text/markdown", 400, "malformed", id="no UTF-8"),
        pytest.param("a" * 2_100_000, "text/markdown", 409, "refused", id="more than an analysis may have"),
        pytest.param("a" * 4_300_000, "text/markdown", 413, "too-large", id="more than is read"),
        pytest.param("<p>", "text/html", 415, "unsupported-media-type", id="another kind"),
        pytest.param('{"text": "a"}', "application/json", 422, "invalid", id="JSON without a source"),
        pytest.param(
            '{"text": "a", "source": "b", "id": 1}', "application/json", 422, "invalid", id="one's own number"
        ),
    ],
)
def test_what_is_no_analysis_is_refused(manager, body, kind, status, problem):  # noqa: F811
    refused = manager("POST", "/analyses?source=a.md", body, content_type=kind)

    assert (refused.status, refused.kind) == (status, problem), refused.body
    assert not Analysis.objects.exists()


def test_entries_are_accepted_dismissed_and_reconsidered(manager):  # noqa: F811
    posted = post(manager, TEXT).body["analysis"]
    first, second = posted["entries"]

    assert manager("POST", f"/entries/{first['id']}/dismiss", {"reason": " "}).status == 409
    assert manager("POST", f"/entries/{first['id']}/dismiss", {"reason": "Done"}).body["decision"] == Decision.DISMISSED
    assert manager("POST", f"/entries/{first['id']}/accept").status == 409
    assert manager("POST", f"/entries/{first['id']}/reconsider").body["decision"] == Decision.PENDING
    one = manager("POST", f"/entries/{second['id']}/accept").body["issues"]
    all_left = manager("POST", f"/analyses/{posted['id']}/accept").body["issues"]

    assert [issue["priority"] for issue in (*one, *all_left)] == ["P1", "P0"]
    assert Issue.objects.count() == 2
    assert manager("POST", "/entries/999/accept").status == 404


# -- the whole path, with its gates ------------------------------------------------------------------------------------
def test_a_p0_issue_goes_its_whole_way_by_the_api_and_through_no_gate_that_is_shut(manager, make_owner, engineer):  # noqa: F811
    analysis = post(manager, TEXT).body["analysis"]["id"]
    tracked = manager("POST", f"/analyses/{analysis}/accept").body["issues"]
    reference = next(issue["reference"] for issue in tracked if issue["priority"] == "P0")
    at, owner = f"/issues/{reference}", make_owner("Edith Kern", user=engineer.user)

    def move(caller, name: str, **answers):
        return caller("POST", f"{at}/transitions", {"name": name, **answers})

    assert move(manager, "plan").body["gates"][0]["remedy"]["path"] == f"/api/v1{at}/owner"
    assert move(engineer, "plan").status == 403
    manager("PUT", f"{at}/owner", {"owner": owner.pk})
    assert move(engineer, "plan").body["status"] == Status.PLANNED
    assert move(engineer, "start").body["status"] == Status.IN_PROGRESS
    shut = move(engineer, "complete")
    assert len(shut.body["reasons"]) == 2  # a note, and the hours
    engineer("POST", f"{at}/notes", {"text": "Raised it", "kind": NoteKind.EVIDENCE, "hours": "3"})
    assert move(engineer, "complete").body["status"] == Status.COMPLETED
    early = report(timezone.now() - HOUR)
    results = f"{at}/validation-results?commit=0123456789"
    told = engineer("POST", results, early, content_type="application/xml")
    assert (told.status, told.body["outcome"], told.body["counts_for_validation"]) == (201, "passed", False)
    assert "Validation evidence is required" in move(manager, "validate").body["reasons"][0]
    told = engineer("POST", results, report(timezone.now()), content_type="application/xml")
    assert told.body["counts_for_validation"]
    shut = move(manager, "validate")
    assert shut.body["reasons"] == ["The fix of a P0 issue needs a prevention measure: add one."]
    measure = {"category": MeasureCategory.TEST, "text": "A test", "owner": owner, "created_at": timezone.now()}
    Issue.objects.get(reference=reference).measures.create(created_by_name="x", **measure)
    assert "not its owner" in move(engineer, "validate").body["reasons"][0]

    done = move(manager, "validate")

    assert (done.status, done.body["status"], done.body["is_closed"]) == (200, Status.VALIDATED, True)
    story = manager.get(f"{at}/history").body["items"]
    assert {each["door"] for each in story} == {"API"}
    assert {each["by"] for each in story} == {"manager-person (token ci)", "engineer-person (token ci)"}
    assert [note["hours"] for note in manager.get(f"{at}/notes").body["items"]] == ["3.00"]


# -- validation --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "query", "status", "words"),
    [
        pytest.param(b"<a", "commit=0123456", 409, "is no JUnit XML", id="no XML"),
        pytest.param(b"<!DOCTYPE a [<!ENTITY b 'c'>]><testsuites/>", "commit=0123456", 409, "document type", id="DTD"),
        pytest.param(report(timezone.now()), "commit=main", 422, "pattern", id="no commit"),
        pytest.param(report(timezone.now()), "", 422, "Field required", id="without a commit"),
        pytest.param(report(timezone.now() + 9 * HOUR), "commit=0123456", 409, "in the future", id="a report to come"),
        pytest.param(b"<testsuites><testcase/></testsuites>", "commit=0123456", 409, " ran_at", id="without a time"),
        pytest.param(b"a" * (16 * 1024 * 1024 + 1), "commit=0123456", 413, "16,777,216", id="too large"),
    ],
)
def test_what_is_no_report_is_refused_and_leaves_no_run(manager, make_issue, body, query, status, words):  # noqa: F811
    issue = make_issue(status=Status.COMPLETED)
    path = f"/issues/{issue.reference}/validation-results?{query}"

    refused = manager("POST", path, body, content_type="application/xml", idempotency_key="k")

    assert refused.status == status, refused.body
    assert words in refused.body["detail"]
    assert not issue.validation_runs.exists()
    assert not ApiAnswer.objects.exists()


def test_a_run_is_asked_for_and_looked_at(manager, make_issue):  # noqa: F811
    issue = make_issue(status=Status.COMPLETED)
    refused = manager("POST", f"/issues/{issue.reference}/validation-runs", {})
    assert refused.status == 409
    assert "has no check" in refused.body["detail"]
    check = issue.checks.create(text="The pool is 50")

    asked = manager("POST", f"/issues/{issue.reference}/validation-runs", {})

    assert (asked.status, asked.body["state"], asked.body["source"]) == (202, "waiting", RunSource.WORKER)
    assert manager.get(f"/validation-runs/{asked.body['id']}").body == asked.body
    assert manager.get(f"/issues/{issue.reference}/validation-runs").body["items"][0]["id"] == asked.body["id"]
    assert manager.get(f"/issues/{issue.reference}").body["checks"][0]["id"] == check.pk


def waiting(caller, make_issue, **fields):
    """An issue whose run waits for a person to sign its one check off; the address where that is done."""
    issue = make_issue(status=Status.COMPLETED, **fields)
    check = issue.checks.create(text="The pool is 50")
    assert caller("POST", f"/issues/{issue.reference}/validation-runs", {}).status == 202
    return f"/issues/{issue.reference}/checks/{check.pk}/sign-off"


def test_a_check_is_signed_off_by_a_person_and_the_last_one_ends_the_run(manager, make_issue):  # noqa: F811
    address = waiting(manager, make_issue)
    for impossible in ({}, {"sentence": " "}, {"sentence": "I looked.", "outcome": "error"}, {"sentence": "a\0b"}):
        assert manager("POST", address, impossible).status in (409, 422)

    signed = manager("POST", address, {"sentence": "The pool had 50 in the console."})

    assert (signed.status, signed.body["state"], signed.body["outcome"]) == (201, "finished", "passed")
    assert signed.body["results"][0]["sentence"] == "The pool had 50 in the console."
    assert signed.body["results"][0]["signed_by"]
    assert manager("POST", address, {"sentence": "Once more."}).status == 409
    assert AuditEvent.objects.filter(verb="validate", door="api", reason__startswith="The pool had").count() == 1


def test_a_check_that_does_not_hold_fails_the_run(manager, make_issue):  # noqa: F811
    address = waiting(manager, make_issue)

    signed = manager("POST", address, {"sentence": "It had 20.", "outcome": "failed"})

    assert (signed.status, signed.body["outcome"]) == (201, "failed")


def test_nobody_signs_off_their_own_work_and_no_service_and_nobody_without_the_right_anything(
    manager,  # noqa: F811
    make_caller,  # noqa: F811
    make_issue,
    make_owner,
):
    own = waiting(manager, make_issue, owner=make_owner("Mona", user=manager.user))
    refused = manager("POST", own, {"sentence": "I did it well."})
    assert (refused.status, "their own work" in refused.body["detail"]) == (409, True)

    other = waiting(manager, make_issue)
    by = {"creator": manager.user, "door": Door.ADMIN, "now": timezone.now()}
    service = tokens.service_of("bot", group=Group.objects.get(name="Manager"), **by)
    refused = make_caller(user=service, creator=manager.user)("POST", other, {"sentence": "Fine."})
    assert (refused.status, "needs a person with a name" in refused.body["detail"]) == (409, True)
    assert make_caller("Executive")("POST", other, {"sentence": "Fine."}).status == 403
    assert manager("POST", other.replace("/checks/", "/checks/9"), {"sentence": "Fine."}).status == 404
    assert not CheckResult.objects.exists()


# -- alerts ------------------------------------------------------------------------------------------------------------
def test_alerts_are_listed_the_worst_first_and_narrowed_as_in_the_admin(manager, make_alert, make_issue):  # noqa: F811
    info = make_alert(severity="info")
    worst = make_alert(severity="emergency", issue=make_issue(priority=Priority.P0))
    over = make_alert(severity="critical", resolved_at=timezone.now())

    def found(**query) -> list[int]:
        return [each["id"] for each in manager.get("/alerts", **query).body["items"]]

    assert found() == [worst.pk, info.pk]
    assert found(state="ended") == [over.pk]
    assert found(severity="info") == [info.pk]
    assert found(issue=worst.issue.reference) == [worst.pk]
    first = manager.get("/alerts", limit=1).body
    assert found(limit=1, cursor=first["next_cursor"]) == [info.pk]
    assert manager.get("/alerts", rule="x").status == 422


def test_an_alert_is_acknowledged_snoozed_and_made_loud_again(manager, make_alert):  # noqa: F811
    alert = make_alert()
    done = manager("POST", f"/alerts/{alert.pk}/acknowledge", {"hours": 2})
    assert (done.status, done.body["kind"], done.body["by"]) == (201, "acknowledged", "manager-person (token ci)")
    assert manager.get(f"/alerts/{alert.pk}").body["silenced_until"] == done.body["until"]

    assert manager("POST", f"/alerts/{alert.pk}/snooze", {"hours": 1, "reason": "x"}).status == 409
    snoozed = manager("POST", f"/alerts/{alert.pk}/snooze", {"hours": 5, "reason": "No parts"})
    assert alert.silences.get(pk=snoozed.body["id"]).door == SilenceDoor.API
    assert manager("POST", f"/silences/{snoozed.body['id']}/end").body["ended_at"]
    assert manager("POST", f"/silences/{snoozed.body['id']}/end").status == 409
    assert manager("POST", f"/alerts/{alert.pk}/snooze", {"hours": 5}).status == 422


# -- figures and the gate ----------------------------------------------------------------------------------------------
def test_the_figures_are_those_of_the_command_for_who_sees_all_of_them(make_caller, run, make_user):  # noqa: F811
    caller = make_caller(user=make_user("boss", is_superuser=True))

    told = caller.get("/metrics", period="week").body["figures"]

    expected = run("metrics", "--json", "--period", "week").out
    assert [f'"{key}"' in expected for key in told] == [True] * len(told)
    assert len(told) > 20
    assert caller.get("/metrics", team=99).status == 404
    assert caller.get("/metrics", period="year").status == 422


def test_the_gate_stops_a_release_of_a_system(manager, make_issue):  # noqa: F811
    system = System.objects.create(name="lifts")
    issue = make_issue(priority=Priority.P0, deadline=timezone.now() - HOUR, kind=IssueKind.FIX)
    issue.systems.add(system)

    found = manager.get("/gate", system="lifts").body

    assert (found["stop"], found["unresolved"], found["issues"][0]["reference"]) == (True, 1, issue.reference)
    assert not manager.get("/gate", max_p0_overdue=1).body["stop"]
    assert manager.get("/gate", system="nothing").status == 404


def test_who_sees_titles_and_figures_only_reads_no_words_of_an_analysis(make_caller, make_issue, settings):  # noqa: F811
    settings.EXECUTIVES_READ_ANALYSES = False
    caller = make_caller("Executive")
    issue = make_issue(description="Secret words", analysis=None)
    issue.checks.create(text="Secret check")
    issue.notes.create(text="Secret note", actor_name="x", door=Door.ADMIN, at=timezone.now())
    analysis = Analysis.objects.create(
        source="s", title="T", text="Secret text", sha256="1", imported_at=timezone.now(), updated_at=timezone.now()
    )

    answers = [
        caller.get(path)
        for path in (
            *(f"/issues/{issue.reference}", f"/issues/{issue.reference}/notes", f"/issues/{issue.reference}/history"),
            *(f"/issues/{issue.reference}/validation-runs", f"/analyses/{analysis.pk}", "/analyses", "/issues"),
        )
    ]

    assert [each.status for each in answers] == [200, 403, 403, 200, 200, 200, 200]
    assert "Secret" not in str([each.body for each in answers])


def test_amounts_are_not_for_who_may_not_see_the_revenue(engineer, manager, make_alert, make_issue):  # noqa: F811
    issue = make_issue()
    alert = make_alert(rule="revenue_at_risk", sentence="Revenue at risk is 9,600.00 USD a month.")
    amend.confirm_revenue(issue.pk, Decimal(54321), reason="Asked.", actor=None, door=Door.COMMAND, now=timezone.now())

    def answers(caller) -> str:
        paths = ("/alerts", f"/alerts/{alert.pk}", f"/issues/{issue.reference}/history")
        return str([caller.get(path).body for path in paths])

    assert all(amount in answers(manager) for amount in ("9,600", "54321"))
    assert not any(amount in answers(engineer) for amount in ("9,600", "54321", "Asked"))
    assert engineer("POST", f"/alerts/{alert.pk}/acknowledge", {}).status == 404


def test_owners_and_systems_are_found_by_a_part_of_their_name(manager, make_owner):  # noqa: F811
    owner = make_owner("Olga Brandt")
    make_owner("Lee Okafor")

    assert [each["id"] for each in manager.get("/owners", name="olga").body["items"]] == [owner.pk]
    names = [each["name"] for each in manager.get("/systems").body["items"]]
    assert names == list(System.objects.order_by("name").values_list("name", flat=True))

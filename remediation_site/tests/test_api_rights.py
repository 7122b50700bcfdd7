"""Who may do what by the API: each operation, asked by everybody who may not, with nothing written."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.models import Alert, Silence
from alerts.tests.pages import make_alert  # noqa: F401 - fixtures
from remediation_site.api import documentation, tokens
from remediation_site.api.openapi import document
from remediation_site.api.scopes import Scope
from remediation_site.api.v1 import api
from remediation_site.models import ApiAnswer, ApiToken
from remediation_site.tests.api import V1, Caller, make_caller  # noqa: F401 - fixtures
from tracker.choices import Door, ItemKind, Status
from tracker.models import Analysis, AuditEvent, ExtractedItem, Issue, Note, StatusChange, ValidationRun

pytestmark = pytest.mark.django_db
ROWS = (Alert, Analysis, AuditEvent, ExtractedItem, Issue, Note, Silence, StatusChange, ValidationRun, ApiAnswer)
BODIES = {  # of each operation that writes: one that would be carried out
    "post_analysis": {"source": "a.md", "text": "# A\n\n- Fix it"},
    "accept_analysis": None,
    "accept_entry": None,
    "dismiss_entry": {"reason": "Not ours"},
    "reconsider_entry": None,
    "move_issue": {"name": "block", "reason": "No parts"},
    "add_note": {"text": "Done"},
    "assign_issue": {"owner": None},
    "move_deadline": {"deadline": "2031-01-01T00:00:00Z", "reason": "Later"},
    "set_priority": {"priority": "P0"},
    "report_results": "<testsuites/>",
    "run_validation": {},
    "sign_off_check": {"sentence": "It holds."},
    "acknowledge_alert": {},
    "snooze_alert": {"hours": 1, "reason": "No parts"},
    "end_silence": None,
}
OPERATIONS = [each for each, _ in documentation.operations(document(api, "/api/v1/"))]
CHANGES_OF_ISSUES = [
    each
    for each in OPERATIONS
    if "{reference}" in each.path and each.method != "GET" and each.anchor != "sign_off_check"  # judges others' work
]
by_name = {"ids": lambda operation: operation.anchor}


@pytest.fixture
def call(make_issue, make_owner, make_alert, make_analysis, now):  # noqa: F811
    """Ask for an operation on rows that exist."""
    issue = make_issue(owner=make_owner(), status=Status.IDENTIFIED)
    alert = make_alert(issue=issue)
    later = {"at": now, "until": timezone.now() + timedelta(hours=9)}
    silence = alert.silences.create(kind="acknowledged", by_name="x", door="admin", **later)
    analysis = make_analysis()
    entry = analysis.items.create(kind=ItemKind.FIX, line=1, end_line=1, title="Fix it", priority="P1", fingerprint="a")
    run = issue.validation_runs.create(source="ci", requested_by_name="x", door="api", requested_at=now)
    names = {"reference": issue.reference, "alert": alert.pk, "silence": silence.pk, "analysis": analysis.pk}
    names |= {"entry": entry.pk, "run": run.pk, "check": issue.checks.create(text="It holds").pk}

    def call(caller, operation):
        body = BODIES.get(operation.anchor)
        headers = {"content_type": "application/xml"} if isinstance(body, str) else {}
        query = "?commit=0123456" if operation.anchor == "report_results" else ""
        path = operation.path.format(**names).removeprefix(V1)
        return caller(operation.method, path + query, body, **headers, idempotency_key="k")

    call.issue = issue
    return call


def everything() -> list:
    return [list(model.objects.order_by("pk").values()) for model in ROWS]


def test_every_operation_that_writes_is_asked_here():
    assert set(BODIES) == {operation.anchor for operation in OPERATIONS if operation.method != "GET"}


@pytest.mark.parametrize("operation", OPERATIONS, **by_name)
def test_who_may_not_is_refused_and_nothing_is_written(operation, call, make_caller, make_user):  # noqa: F811
    others = [scope for scope in Scope if scope != operation.scope]
    boss = make_user("boss", is_superuser=True)
    revoked, expired, other = (make_caller(user=boss, name=name) for name in ("revoked", "expired", "other"))
    ApiToken.objects.filter(name="revoked").update(revoked_at=timezone.now())
    long_ago = timezone.now() - timedelta(days=99)
    ApiToken.objects.filter(name="expired").update(created_at=long_ago, expires_at=long_ago + timedelta(days=1))
    wrong_scope = make_caller(user=boss, scopes=others, name="wrong scope")
    without_rights = make_caller(user=make_user("nobody", is_staff=True))
    inactive = make_caller(user=make_user("gone"))
    inactive.user.is_active = False
    inactive.user.save()
    before = everything()

    answers = {
        "unknown": call(Caller("rem_" + "x" * 43, None), operation),
        "revoked": call(revoked, operation),
        "expired": call(expired, operation),
        "inactive": call(inactive, operation),
        "wrong scope": call(wrong_scope, operation),
        "without rights": call(without_rights, operation),
    }

    kinds = {name: (answer.status, answer.kind) for name, answer in answers.items()}
    assert kinds == {
        **dict.fromkeys(("unknown", "revoked", "expired", "inactive"), (401, "invalid-token")),
        "wrong scope": (403, "insufficient-scope"),
        "without rights": (403, "not-permitted"),
    }
    assert everything() == before
    assert other.get("/owners").status == 200


@pytest.mark.parametrize("operation", CHANGES_OF_ISSUES, **by_name)
def test_an_engineer_changes_no_issue_of_another(operation, call, make_caller):  # noqa: F811
    engineer, before = make_caller("Engineer"), everything()

    refused = call(engineer, operation)

    assert (refused.status, refused.kind) == (403, "not-permitted")
    assert "issues of your own only" in refused.body["detail"]
    assert everything() == before


@pytest.mark.parametrize("group", ["Engineer", "Executive", "Auditor"])
@pytest.mark.parametrize("name", ["post_analysis", "accept_analysis", "accept_entry", "dismiss_entry", "snooze_alert"])
def test_what_takes_a_manager_takes_one_here_too(group, name, call, make_caller):  # noqa: F811
    operation = next(each for each in OPERATIONS if each.anchor == name)
    caller, before = make_caller(group), everything()

    refused = call(caller, operation)

    assert (refused.status, refused.kind) == (403, "not-permitted")
    assert everything() == before


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.method == "GET"], **by_name)
def test_an_auditor_reads_everything(operation, call, make_caller):  # noqa: F811
    assert call(make_caller("Auditor"), operation).status == 200


def test_an_executive_sees_amounts_as_on_the_dashboard_and_an_engineer_none(make_caller):  # noqa: F811
    engineer = make_caller("Engineer").get("/metrics")

    assert engineer.status == 200
    assert engineer.body["figures"]
    assert {figure["unit"] for figure in engineer.body["figures"].values()} & {"money", "money a month"} == set()


def test_a_token_in_the_address_or_in_a_cookie_opens_nothing(make_user, client):
    boss = make_user("boss", is_superuser=True)
    by = {"creator": boss, "door": Door.ADMIN, "now": timezone.now()}
    _, secret = tokens.create(boss, name="a", scopes=list(Scope), **by)
    client.cookies["token"] = secret

    for path in (f"/api/v1/issues?token={secret}", f"/api/v1/issues?access_token={secret}"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers={"x-api-key": secret}).status_code == 401

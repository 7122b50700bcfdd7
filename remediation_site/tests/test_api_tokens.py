"""Who gets in: tokens, their scopes and ends, how fast they may ask, and what a repeat of a write does."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from remediation_site.api import auth, idempotency, pace, tokens
from remediation_site.api.scopes import Scope
from remediation_site.models import ApiAnswer, ApiToken, Pace
from remediation_site.tests.api import Caller, engineer, make_caller, manager  # noqa: F401 - fixtures
from tracker.choices import Door, Priority, Status

pytestmark = pytest.mark.django_db


def given(**fields) -> dict:
    return {"name": "ci", "scopes": [Scope.READ], "door": Door.ADMIN, "now": timezone.now()} | fields


def test_only_the_hash_of_a_secret_is_kept_and_its_first_characters(make_user):
    token, secret = tokens.create(make_user(), creator=None, **given())

    assert tokens.SHAPE.fullmatch(secret)
    row = ApiToken.objects.values().get(pk=token.pk)
    assert secret not in str(row)
    assert row["prefix"] == secret[:12]
    assert tokens.find(secret, now=timezone.now()) == token


def test_who_has_no_valid_token_learns_nothing_but_how_to_get_in(manager, make_issue):  # noqa: F811
    make_issue()
    revoked, expired, idle = (Caller(tokens.create(manager.user, creator=None, **given())[1], None) for _ in range(3))
    ApiToken.objects.filter(sha256=tokens.digest(revoked.secret)).update(revoked_at=timezone.now())
    past = timezone.now() - timedelta(days=400)
    ApiToken.objects.filter(sha256=tokens.digest(expired.secret)).update(created_at=past, expires_at=timezone.now())
    unknown = Caller("rem_" + "a" * 43, None)

    for caller in (revoked, expired, unknown, Caller("", None), Caller("é", None), Caller("rem_\0", None)):
        refused = caller.get("/issues")
        assert (refused.status, refused.kind) == (401, "invalid-token")
        assert refused.headers["WWW-Authenticate"].startswith("Bearer ")
    manager.user.is_active = False
    manager.user.save()
    assert idle.get("/issues").status == 401


def test_a_login_in_a_browser_is_no_token(client, make_user, make_issue):
    client.force_login(make_user("mona", is_staff=True, is_superuser=True))
    issue = make_issue()

    body = '{"name": "cancel", "reason": "x"}'
    for done in (
        client.get("/api/v1/issues"),
        client.post(f"/api/v1/issues/{issue.reference}/transitions", body, content_type="application/json"),
    ):
        assert done.status_code == 401
        assert done.json()["type"].endswith("#problem-no-token")


def test_a_token_is_good_for_its_scopes_only(make_caller, make_issue):  # noqa: F811
    reader = make_caller("Manager", scopes=[Scope.READ])
    path = f"/issues/{make_issue().reference}"

    assert reader.get(path).status == 200
    refused = reader("POST", f"{path}/notes", {"text": "a"})
    assert (refused.status, refused.kind) == (403, "insufficient-scope")
    assert 'scope="write:issues"' in refused.headers["WWW-Authenticate"]


def test_a_token_can_do_no_more_than_its_account(make_caller, make_user, make_issue):  # noqa: F811
    nobody = make_caller(user=make_user("nobody"))

    refused = nobody.get(f"/issues/{make_issue().reference}")

    assert (refused.status, refused.kind) == (403, "not-permitted")
    assert "tracker.view_issue" in refused.body["detail"]


def test_nobody_makes_a_token_for_another_person_or_for_a_service_that_may_do_more(make_user, make_caller):  # noqa: F811
    boss = make_user("boss")
    boss.groups.add(Group.objects.get(name="Executive"))
    by = {"creator": boss, "door": Door.ADMIN, "now": timezone.now()}
    with pytest.raises(tokens.TokenRefused, match="A person makes their own"):
        tokens.create(make_user("olga"), creator=boss, **given())
    with pytest.raises(tokens.TokenRefused, match="not for services"):
        tokens.service_of("bot", group=Group.objects.get(name="Executive"), **by)

    boss = make_caller("Manager").user
    by["creator"] = boss
    service = tokens.service_of("bot", group=Group.objects.get(name="Engineer"), **by)
    tokens.create(service, creator=boss, **given())
    assert not service.has_usable_password()
    with pytest.raises(tokens.TokenRefused, match="may do more than you"):
        tokens.service_of("auditor-bot", group=Group.objects.get(name="Auditor"), **by)
    with pytest.raises(tokens.TokenRefused, match="is the account of a person"):
        tokens.service_of("olga", group=None, **by)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": " "}, "A name has"),
        ({"name": "a\nb\x1b"}, "A name has"),
        ({"scopes": []}, "Name what the token is for"),
        ({"scopes": ["admin"]}, "no scope 'admin'"),
        ({"days": 0}, "valid for 1 to 366 days"),
        ({"days": 367}, "valid for 1 to 366 days"),
    ],
)
def test_a_token_without_a_name_a_scope_or_an_end_is_not_made(make_user, fields, sentence):
    with pytest.raises(tokens.TokenRefused, match=sentence):
        tokens.create(make_user(), creator=None, **given(**fields))

    assert not ApiToken.objects.exists()


def test_a_service_judges_no_p0_issue(make_user, make_caller, make_issue):  # noqa: F811
    service = tokens.service_of(
        "bot", group=Group.objects.get(name="Manager"), creator=None, door=Door.ADMIN, now=timezone.now()
    )
    bot = make_caller(user=service, creator=None)
    issue = make_issue(priority=Priority.P0, status=Status.COMPLETED)

    refused = bot("POST", f"/issues/{issue.reference}/transitions", {"name": "validate"})

    assert "A P0 issue is validated by a named person who is not its owner." in refused.body["reasons"]


def test_that_a_token_was_used_is_written_once_a_minute(manager):  # noqa: F811
    rows = ApiToken.objects.filter(user=manager.user)
    manager.get("/issues")
    first = rows.get().last_used_at
    manager.get("/issues")
    assert rows.get().last_used_at == first

    rows.update(last_used_at=first - timedelta(minutes=1))
    manager.get("/issues")
    assert rows.get().last_used_at > first - timedelta(minutes=1)


def test_a_token_asks_so_often_a_minute_on_all_hosts_together(manager, settings):  # noqa: F811
    settings.API_REQUESTS_A_MINUTE = 3

    answers = [manager.get("/issues") for _ in range(4)]

    assert [each.status for each in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert answers[0].headers["RateLimit"].startswith('"token";r=2;t=')
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 20
    assert answers[3].kind == "too-many-requests"


@pytest.mark.parametrize("limit", [1, 7, 59, 300])
def test_a_full_bucket_has_as_many_requests_as_it_says(now, limit):
    turns = [pace.take("a", limit=limit, now=now) for _ in range(limit + 1)]

    assert [turn.allowed for turn in turns] == [True] * limit + [False]
    assert [turn.remaining for turn in turns] == [*reversed(range(limit)), 0]


def test_a_bucket_refills_evenly_and_takes_no_more_than_its_limit(now):
    assert [pace.take("a", limit=4, now=now).allowed for _ in range(6)] == [True] * 4 + [False] * 2
    later = pace.take("a", limit=4, now=now + timedelta(seconds=15))
    assert (later.allowed, later.remaining) == (True, 0)
    assert not pace.take("a", limit=4, now=now + timedelta(seconds=15)).allowed
    assert pace.take("b", limit=4, now=now).allowed

    assert pace.purge(now + timedelta(hours=3)) == 2
    assert not Pace.objects.exists()


def test_an_address_that_tries_many_tokens_waits_and_a_valid_token_never_does(manager, settings):  # noqa: F811
    stranger = Caller("rem_" + "b" * 43, None)

    with time_machine.travel(timezone.now(), tick=False):  # a slow machine gives the address time
        statuses = [stranger.get("/issues").status for _ in range(auth.FAILURES_A_MINUTE + 1)]

    assert statuses == [401] * auth.FAILURES_A_MINUTE + [429]
    assert manager.get("/issues").status == 200


def test_a_write_that_comes_twice_with_one_key_is_done_once(manager, make_issue):  # noqa: F811
    issue = make_issue()
    path, body = f"/issues/{issue.reference}/notes", {"text": "Raised it"}

    first = manager("POST", path, body, idempotency_key="k-1")
    again = manager("POST", path, body, idempotency_key="k-1")

    assert (again.status, again.body) == (first.status, first.body) == (201, again.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert issue.notes.count() == 1


def test_a_key_belongs_to_one_request_of_one_token(manager, engineer, make_issue, make_owner):  # noqa: F811
    issue = make_issue(owner=make_owner(user=engineer.user))
    path = f"/issues/{issue.reference}/notes"
    manager("POST", path, {"text": "a"}, idempotency_key="k")

    for other_path, body in ((path, {"text": "b"}), (path.replace("notes", "transitions"), {"name": "plan"})):
        refused = manager("POST", other_path, body, idempotency_key="k")
        assert (refused.status, refused.kind) == (422, "key-reused")
    assert engineer("POST", path, {"text": "a"}, idempotency_key="k").status == 201
    assert issue.notes.count() == 2


def test_a_refusal_is_not_kept_so_the_same_key_may_try_again(manager, make_issue, make_owner):  # noqa: F811
    issue = make_issue()
    call = ("POST", f"/issues/{issue.reference}/transitions", {"name": "plan"})
    assert manager(*call, idempotency_key="k").status == 409
    issue.owner = make_owner()
    issue.save()

    assert manager(*call, idempotency_key="k").status == 200
    assert manager(*call, idempotency_key="k").body["status"] == "planned"
    assert issue.changes.count() == 1


def test_a_key_is_free_again_after_a_day(manager, make_issue):  # noqa: F811
    issue = make_issue()
    call = ("POST", f"/issues/{issue.reference}/notes", {"text": "a"})
    manager(*call, idempotency_key="k")
    ApiAnswer.objects.update(at=timezone.now() - idempotency.KEPT_FOR)

    assert manager(*call, idempotency_key="k").headers.get("Idempotency-Replayed") is None
    assert issue.notes.count() == 2
    assert idempotency.purge(timezone.now() + idempotency.KEPT_FOR) == 1


@pytest.mark.parametrize("key", ["", "k" * 256, "schlüssel"])
def test_a_key_that_is_none_is_refused_and_nothing_is_done(manager, make_issue, key):  # noqa: F811
    issue = make_issue()

    refused = manager("POST", f"/issues/{issue.reference}/notes", {"text": "a"}, idempotency_key=key)

    assert (refused.status, refused.kind) == (400, "malformed")
    assert not issue.notes.exists()


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nothing", 404, "not-found"),
        ("GET", "/issues/", 404, "not-found"),
        ("POST", "/issues/", 404, "not-found"),
        ("GET", "/../v2/issues", 404, "not-found"),
        ("DELETE", "/issues", 405, "method-not-allowed"),
        ("POST", "/issues", 405, "method-not-allowed"),
        ("GET", "/issues/P0-20260101-999", 404, "not-found"),
        ("GET", "/issues/no-reference", 422, "invalid"),
        ("GET", "/issues/%00", 422, "invalid"),
    ],
)
def test_every_refusal_is_a_problem(manager, method, path, status, kind):  # noqa: F811
    refused = manager(method, path)

    assert (refused.status, refused.kind) == (status, kind)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.body["request_id"] == refused.headers["X-Request-ID"]
    assert ("Allow" in refused.headers) == (status == 405)


def test_a_host_that_is_not_ours_gets_a_problem_too():
    done = Client(raise_request_exception=False).get("/api/v1/issues", headers={"host": "evil.example"})

    assert done.status_code == 400
    assert done.json()["type"].endswith("#problem-malformed")


def test_what_nobody_foresaw_is_told_without_details(manager, monkeypatch, make_issue):  # noqa: F811
    def fail(*_arguments, **_options):
        raise RuntimeError("password of the database")

    monkeypatch.setattr("remediation_site.api.issues.line_of", fail)  # nothing of ours fails by itself
    refused = manager.get(f"/issues/{make_issue().reference}")

    assert (refused.status, refused.kind) == (500, "internal")
    assert "password" not in str(refused.body)


def test_a_database_that_does_not_answer_is_told_as_such_and_nothing_is_done(manager, make_issue):  # noqa: F811
    issue = make_issue()

    def fail_at_notes(execute, sql, *arguments):
        if sql.startswith("INSERT INTO") and "tracker_note" in sql:
            raise OperationalError("server closed the connection, password of the database")
        return execute(sql, *arguments)

    with connection.execute_wrapper(fail_at_notes):
        refused = manager("POST", f"/issues/{issue.reference}/notes", {"text": "a"}, idempotency_key="k")

    assert (refused.status, refused.kind, refused.headers["Retry-After"]) == (503, "unavailable", "5")
    assert "password" not in str(refused.body)
    assert manager("POST", f"/issues/{issue.reference}/notes", {"text": "a"}, idempotency_key="k").status == 201
    assert issue.notes.count() == 1


def test_the_command_makes_lists_and_revokes_tokens(run, make_user):
    make_user("olga")
    made = run("token", "create", "--user", "olga", "--name", "laptop", "--scope", "read")
    secret = made.out.strip()
    assert made.code == 0
    assert tokens.find(secret, now=timezone.now()).user.username == "olga"

    listed = run("token", "list", "--json")
    assert secret not in listed.out
    assert secret[:12] in listed.out

    assert run("token", "revoke", secret[:12]).code == 0
    assert tokens.find(secret, now=timezone.now()) is None
    assert run("token", "revoke", "999").code == 1


def test_the_command_makes_the_account_of_a_service(run):
    refused = run("token", "create", "--service", "ci", "--name", "ci", "--scope", "validate")
    assert refused.err.strip() == "ci is a new service: name the group whose rights it gets."

    made = run("token", "create", "--service", "ci", "--group", "Engineer", "--name", "ci", "--scope", "validate")
    token = tokens.find(made.out.strip(), now=timezone.now())
    assert tokens.is_service(token.user)
    assert token.scopes == ["validate"]

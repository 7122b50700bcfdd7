"""Issues by the API: the same rows, filters, gates and history as by the admin."""

from datetime import timedelta

import pytest
from django.utils import timezone

from remediation_site.models import ApiAnswer
from remediation_site.tests.api import engineer, make_caller, manager  # noqa: F401 - fixtures
from tracker.choices import Door, Priority, Status
from tracker.models import Issue, System

pytestmark = pytest.mark.django_db


@pytest.fixture
def issues(make_issue, make_owner):
    """Issues of which neighbours in the order differ in one column each, two of them without a deadline."""
    at = timezone.now() + timedelta(days=30)
    rows = [
        {"priority": priority, "deadline": deadline, "status": status}
        for status in (Status.IDENTIFIED, Status.VALIDATED)
        for priority in (Priority.P0, Priority.P2)
        for deadline in (at, at, at + timedelta(microseconds=1), None, None)
    ]
    return [make_issue(**row) for row in rows]


def references(answered) -> list[str]:
    return [each["reference"] for each in answered.body["items"]]


def walk(caller, limit: int, **query) -> list[str]:
    """The references of all pages, one after the other."""
    found, cursor = [], ""
    while True:
        answered = caller.get("/issues", limit=limit, **query, **({"cursor": cursor} if cursor else {}))
        assert answered.status == 200, answered.body
        found += references(answered)
        cursor = answered.body["next_cursor"]
        if not cursor:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 200])
def test_pages_of_any_size_have_each_issue_once_in_the_order_of_the_admin(manager, issues, limit):  # noqa: F811
    expected = list(Issue.objects.by_urgency().values_list("reference", flat=True))

    assert walk(manager, limit, show="all") == expected


def test_what_is_added_in_front_moves_no_later_page(manager, issues, make_issue):  # noqa: F811
    first = manager.get("/issues", limit=4)
    make_issue(priority=Priority.P0, deadline=timezone.now())

    second = manager.get("/issues", limit=4, cursor=first.body["next_cursor"])

    expected = list(Issue.objects.live().exclude(reference__in=references(first)).by_urgency())
    assert references(second) == [issue.reference for issue in expected[1:5]]


def test_a_cursor_holds_for_the_list_that_it_was_given_for_and_nobody_makes_one_up(manager, issues):  # noqa: F811
    cursor = manager.get("/issues", limit=1).body["next_cursor"]

    for asked in ({"cursor": cursor, "priority": "P0"}, {"cursor": cursor[:-2]}, {"cursor": "x"}, {"cursor": "a:b:c"}):
        refused = manager.get("/issues", **asked)
        assert (refused.status, refused.kind) == (422, "invalid")


def test_a_long_list_costs_as_many_queries_as_a_short_one(manager, issues, django_assert_max_num_queries):  # noqa: F811
    System.objects.first().issues.set(issues)
    cursor = manager.get("/issues", limit=3).body["next_cursor"]

    with django_assert_max_num_queries(12):
        manager.get("/issues", limit=6, cursor=cursor)


def test_the_filters_are_those_of_the_admin(manager, make_issue, make_owner):  # noqa: F811
    mine = make_issue(priority=Priority.P0, owner=make_owner(user=manager.user))
    late = make_issue(deadline=timezone.now() - timedelta(hours=1), owner=mine.owner)
    closed = make_issue(status=Status.VALIDATED)
    free = make_issue(deadline=None)

    def found(**query) -> set[str]:
        return set(references(manager.get("/issues", **query)))

    late_too = {late.reference, mine.reference}
    assert found() == {mine.reference, late.reference, free.reference}
    assert found(who="me") == found(owner=mine.owner_id) == late_too
    assert found(priority="P0") == {mine.reference}
    assert found(show="closed") == {closed.reference}
    assert found(who="nobody", due="never") == {free.reference}


def test_the_search_is_that_of_the_admin_and_pages_like_the_list(manager, make_issue, make_owner, settings):  # noqa: F811
    lee = make_owner("Lee Okafor")
    pool = make_issue(title="Raise the pool size", owner=lee)
    text = make_issue(title="Add an index", description="for the pool of connections")
    closed = make_issue(title="Drain the pool", status=Status.VALIDATED)

    def found(**query) -> set[str]:
        return set(references(manager.get("/issues", **query)))

    assert found(q="pool") == {pool.reference, text.reference}
    assert found(q="POOL%20okafor") == {pool.reference}
    assert found(q="%22pool%20size%22") == found(q=pool.reference.lower()) == {pool.reference}
    assert found(q="pool", show="all") == {pool.reference, text.reference, closed.reference}
    assert found(q="pump") == set()
    assert walk(manager, 1, q="pool", show="all") == walk(manager, 200, q="pool", show="all")
    for impossible in ("%00", "x" * 201):
        assert manager.get("/issues", q=impossible).status == 422


def test_who_does_not_read_texts_does_not_search_in_them(make_caller, make_issue, settings):  # noqa: F811
    settings.EXECUTIVES_READ_ANALYSES = False
    make_issue(title="Add an index", description="for the pool")
    title = make_issue(title="Drain the pool")

    assert references(make_caller("Executive").get("/issues", q="pool")) == [title.reference]


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("priority=P9", id="no word of the filter"),
        pytest.param("owner=99999999999999999999", id="a number that no key can be"),
        pytest.param("limit=0", id="a page of nothing"),
        pytest.param("limit=201", id="a page that is too long"),
        pytest.param("colour=red", id="a parameter that is unknown"),
        pytest.param("limit=1&limit=2", id="a parameter twice"),
        pytest.param("cursor=%00", id="a NUL"),
    ],
)
def test_a_question_that_is_not_as_documented_is_refused(manager, query):  # noqa: F811
    refused = manager("GET", f"/issues?{query}")

    assert (refused.status, refused.kind) == (422, "invalid")
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_an_issue_says_what_leads_on_and_why_the_rest_stays_shut(manager, make_issue):  # noqa: F811
    issue = make_issue(deadline=None)

    told = manager.get(f"/issues/{issue.reference}").body

    plan = next(each for each in told["transitions"] if each["name"] == "plan")
    assert not plan["open"]
    assert plan["shut"] == ["It needs an owner: assign one.", "It needs a deadline: set one."]


def test_a_transition_moves_the_issue_and_history_names_the_person_and_the_token(manager, make_issue, make_owner):  # noqa: F811
    issue = make_issue(owner=make_owner())

    moved = manager("POST", f"/issues/{issue.reference}/transitions", {"name": "plan"})

    assert (moved.status, moved.body["status"]) == (200, "planned")
    change = issue.changes.get()
    assert (change.actor, change.door) == (manager.user, Door.API)
    assert change.actor_name == "manager-person (token ci)"


def test_a_refused_transition_lists_every_gate_with_what_opens_it_and_writes_nothing(manager, make_issue):  # noqa: F811
    issue = make_issue(deadline=None)

    refused = manager("POST", f"/issues/{issue.reference}/transitions", {"name": "plan"}, idempotency_key="a")

    assert (refused.status, refused.kind) == (409, "refused")
    assert [gate["reason"] for gate in refused.body["gates"]] == refused.body["reasons"]
    assert refused.body["gates"][0]["remedy"] == {
        "title": "Assign an owner",
        "method": "PUT",
        "path": f"/api/v1/issues/{issue.reference}/owner",
    }
    issue.refresh_from_db()
    assert issue.status == Status.IDENTIFIED
    assert not issue.changes.exists()
    assert not ApiAnswer.objects.exists()


@pytest.mark.parametrize(
    ("method", "end", "body"),
    [
        ("POST", "transitions", {"name": "plan"}),
        ("POST", "notes", {"text": "Done"}),
        ("PUT", "owner", {"owner": None}),
        ("PUT", "deadline", {"deadline": "2031-01-01T00:00:00Z", "reason": "Later"}),
        ("PUT", "priority", {"priority": "P0"}),
    ],
)
def test_an_engineer_changes_their_own_issues_only(engineer, make_issue, make_owner, method, end, body):  # noqa: F811
    foreign = make_issue(owner=make_owner())
    before = Issue.objects.values().get(pk=foreign.pk)

    refused = engineer(method, f"/issues/{foreign.reference}/{end}", body)

    assert (refused.status, refused.kind) == (403, "not-permitted")
    assert "issues of your own only" in refused.body["detail"]
    assert Issue.objects.values().get(pk=foreign.pk) == before
    assert not foreign.notes.exists()


def test_a_note_keeps_hours_and_links(engineer, make_issue, make_owner):  # noqa: F811
    issue = make_issue(owner=make_owner(user=engineer.user))
    body = {"text": "Raised it", "hours": "1.50", "links": [{"url": "https://git.example.org/a/commit/0123456789"}]}

    noted = engineer("POST", f"/issues/{issue.reference}/notes", body)

    assert noted.status == 201
    assert noted.body["hours"] == "1.50"
    assert noted.body["links"] == [{"kind": "commit", "url": "https://git.example.org/a/commit/0123456789"}]
    assert issue.notes.get().door == Door.API


def test_owner_deadline_and_priority_are_changed_with_their_rules(manager, make_issue, make_owner):  # noqa: F811
    issue, owner = make_issue(), make_owner()
    at = f"/issues/{issue.reference}"

    assert manager("PUT", f"{at}/owner", {"owner": owner.pk}).body["owner"] == {"id": owner.pk, "name": owner.name}
    assert manager("PUT", f"{at}/owner", {"owner": owner.pk + 1}).status == 404
    refused = manager("PUT", f"{at}/deadline", {"deadline": "2031-01-01T00:00:00+02:00"})
    assert refused.body["reasons"] == ["Moving a deadline needs a reason: write it in a sentence."]
    moved = manager("PUT", f"{at}/deadline", {"deadline": "2031-01-01T00:00:00+02:00", "reason": "No parts"})
    assert moved.body["deadline"] == "2030-12-31T22:00:00+00:00"
    assert manager("PUT", f"{at}/priority", {"priority": "P0"}).body["priority"] == "P0"


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        pytest.param(b'{"text": "a", "actor": 1}', 422, "invalid", id="a field that nobody asked for"),
        pytest.param(b'{"text": "a", "at": "2020-01-01T00:00:00Z"}', 422, "invalid", id="a moment of one's own"),
        pytest.param(b'{"text": 7}', 422, "invalid", id="a number for a text"),
        pytest.param(b'{"text": "a\\u0000"}', 422, "invalid", id="a NUL character"),
        pytest.param(b'{"text": "\\ud800"}', 422, "invalid", id="half a character"),
        pytest.param(b'{"text": "a", "hours": 1e400}', 422, "invalid", id="an endless number"),
        pytest.param(b'{"text": "a", "hours": NaN}', 400, "malformed", id="no number"),
        pytest.param(b'{"text": "a", "hours": ' + b"9" * 5000 + b"}", 400, "malformed", id="a huge integer"),
        pytest.param(b'{"text": "a", "text": "b"}', 400, "malformed", id="a field twice"),
        pytest.param(b'{"text": "\xff"}', 400, "malformed", id="no UTF-8"),
        pytest.param(b'{"text": ' + b"[" * 100_000, 400, "malformed", id="nested without end"),
        pytest.param(b'{"text": ' + b"[" * 30 + b"]" * 30 + b"}", 400, "malformed", id="nested too deep"),
        pytest.param(b"[]", 422, "invalid", id="a list"),
        pytest.param(b"", 422, "invalid", id="nothing"),
        pytest.param(b"{", 400, "malformed", id="the begin of an object"),
        pytest.param(b'{"text": "' + b"a" * 5_000_000 + b'"}', 413, "too-large", id="more than is read"),
    ],
)
def test_a_body_that_is_not_as_documented_is_refused_in_a_sentence(manager, make_issue, body, status, kind):  # noqa: F811
    issue = make_issue()

    refused = manager("POST", f"/issues/{issue.reference}/notes", body)

    assert (refused.status, refused.kind) == (status, kind), refused.body
    assert refused.body["detail"].endswith((".", ")"))
    assert not issue.notes.exists()


def test_a_body_of_another_kind_is_not_read(manager, make_issue):  # noqa: F811
    path = f"/issues/{make_issue().reference}/notes"

    refused = manager("POST", path, b"text=a", content_type="application/x-www-form-urlencoded")

    assert (refused.status, refused.kind) == (415, "unsupported-media-type")

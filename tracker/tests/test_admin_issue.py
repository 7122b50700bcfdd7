"""The list and the page of issues in the admin."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tracker import amend, workflow
from tracker.choices import Door, Priority, Status
from tracker.models import Check, Issue, System

LIST = "/admin/tracker/issue/"
HOUR = timedelta(hours=1)


def page(issue: Issue) -> str:
    return reverse("admin:tracker_issue_change", args=[issue.pk])


def amendment(issue: Issue, name: str) -> str:
    return reverse("admin:tracker_issue_amend", args=[issue.pk, name])


def transition(issue: Issue, name: str) -> str:
    return reverse("admin:tracker_issue_transition", args=[issue.pk, name])


def listed(response) -> list[str]:
    return [issue.title for issue in response.context["cl"].result_list]


def test_the_list_shows_live_issues_by_urgency(manager, make_issue):
    later = timezone.now() + 90 * HOUR
    make_issue(title="low", priority=Priority.P3, deadline=later)
    make_issue(title="critical, late", priority=Priority.P0, deadline=later + HOUR)
    make_issue(title="critical, soon", priority=Priority.P0, deadline=later)
    make_issue(title="validated", priority=Priority.P0, status=Status.VALIDATED)

    response = manager.get(LIST)

    assert listed(response) == ["critical, soon", "critical, late", "low"]


def test_closed_issues_are_one_click_away(manager, make_issue):
    make_issue(title="live")
    make_issue(title="cancelled", status=Status.CANCELLED)

    assert 'href="?show=closed"' in manager.get(LIST).text
    assert listed(manager.get(LIST, {"show": "closed"})) == ["cancelled"]
    assert listed(manager.get(LIST, {"show": "all"})) == ["live", "cancelled"]


def test_a_closed_status_that_is_asked_for_is_shown(manager, make_issue):
    make_issue(title="validated", status=Status.VALIDATED)
    make_issue(title="live")

    assert listed(manager.get(LIST, {"status": "validated"})) == ["validated"]


def test_a_whole_reference_finds_its_issue_closed_or_not(manager, make_issue):
    make_issue(title="live")
    closed = make_issue(title="closed", status=Status.CANCELLED)

    assert listed(manager.get(LIST, {"q": f" {closed.reference.lower()} "})) == ["closed"]


def test_a_search_without_result_offers_the_closed_issues(manager, make_issue):
    make_issue(title="Sour & old", status=Status.CANCELLED)

    text = manager.get(LIST, {"q": "sour & old"}).text

    assert 'href="?q=sour%20%26%20old&amp;show=all"' in text
    assert listed(manager.get("/admin/tracker/issue/?q=sour%20%26%20old&show=all")) == ["Sour & old"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"due": "overdue"}, ["overdue"], id="overdue"),
        pytest.param({"due": "soon"}, ["soon"], id="due within 24 h"),
        pytest.param({"due": "never"}, ["unscheduled"], id="without a deadline"),
        pytest.param({"priority": "P0"}, ["overdue"], id="by priority"),
        pytest.param({"priority": "urgent"}, ["overdue", "soon"], id="P0 and P1"),
        pytest.param({"status": "completed"}, ["done"], id="by status"),
        pytest.param({"who": "me"}, ["done"], id="mine"),
        pytest.param({"who": "nobody"}, ["overdue", "soon", "unscheduled"], id="unassigned"),
        pytest.param({"who": "confirm"}, ["soon"], id="owner to confirm"),
        pytest.param({"kind": "prevent"}, ["done"], id="by kind"),
        pytest.param({"kind": "\0", "who": "'"}, ["overdue", "soon", "done", "unscheduled"], id="words that are none"),
        pytest.param({"q": "sched"}, ["unscheduled"], id="search in the title"),
        pytest.param({"q": "bakery"}, ["done"], id="search in the text"),
        pytest.param({"q": "P0-2026"}, ["overdue"], id="search by reference"),
        pytest.param({"owner": "x"}, [], id="an owner that cannot be"),
        pytest.param({"owner": "9" * 40}, [], id="an owner beyond all numbers"),
    ],
)
def test_filters_and_search_find(manager, make_issue, make_owner, query, expected):
    now = timezone.now()
    mona = make_owner("Mona Reyes", user=manager.user)
    make_issue(title="overdue", priority=Priority.P0, deadline=now - HOUR)
    make_issue(title="soon", priority=Priority.P1, deadline=now + 23 * HOUR, owner_words="the bakers")
    make_issue(
        title="done", priority=Priority.P2, owner=mona, status=Status.COMPLETED, kind="prevent", description="bakery"
    )
    make_issue(title="unscheduled", priority=Priority.P3, deadline=None)

    assert listed(manager.get(LIST, query)) == expected


def test_the_list_has_what_the_dashboard_counts_as_open_work_as_done_and_by_age(manager, make_issue):
    now = timezone.now()
    make_issue(title="today", created_at=now - 23 * HOUR, deadline=now + HOUR)
    make_issue(title="blocked", created_at=now - 25 * HOUR, status=Status.BLOCKED, deadline=now + 2 * HOUR)
    make_issue(title="completed", created_at=now - 800 * HOUR, status=Status.COMPLETED, deadline=now + 3 * HOUR)
    make_issue(title="validated", created_at=now - 25 * HOUR, status=Status.VALIDATED)
    make_issue(title="cancelled", created_at=now - 25 * HOUR, status=Status.CANCELLED)

    assert listed(manager.get(LIST, {"show": "work"})) == ["today", "blocked"]
    assert listed(manager.get(LIST, {"show": "done"})) == ["completed", "validated"]
    assert listed(manager.get(LIST, {"age": "under_24_h"})) == ["today"]
    assert listed(manager.get(LIST, {"age": "under_72_h"})) == ["blocked"]
    assert listed(manager.get(LIST, {"age": "under_168_h"})) == []
    assert listed(manager.get(LIST, {"age": "from_720_h"})) == ["completed"]


def test_the_notes_with_hours_are_those_that_state_some(manager, make_issue):
    issue = make_issue()
    issue.notes.create(text="measured it", hours="1.5", actor_name="Mona", door=Door.ADMIN, at=timezone.now())
    issue.notes.create(text="thought about it", actor_name="Mona", door=Door.ADMIN, at=timezone.now())

    notes = manager.get("/admin/tracker/note/", {"hours": "noted"}).context["cl"].result_list

    assert [note.text for note in notes] == ["measured it"]


def test_the_list_is_that_of_a_team_when_its_lead_is_chosen(manager, make_issue, make_owner):
    lead = make_owner("Lena Moss", role="team_lead")
    make_issue(title="of the lead", owner=lead)
    make_issue(title="of the team", owner=make_owner("Otto Kern", reports_to=lead))
    make_issue(title="of somebody else", owner=make_owner())

    assert sorted(listed(manager.get(LIST, {"team": lead.pk}))) == ["of the lead", "of the team"]
    assert listed(manager.get(LIST, {"team": "nobody"})) == []


def test_owner_and_system_are_found_by_typing_and_filter_the_list(manager, make_issue, make_owner):
    ovens = System.objects.create(name="Ovens")
    olga = make_owner()
    make_owner("Pia Lind")
    hot = make_issue(title="hot", owner=olga)
    hot.systems.add(ovens)
    make_issue(title="cold")

    response = manager.get(LIST, {"owner": olga.pk, "system": ovens.pk})

    assert listed(response) == ["hot"]
    assert "admin-autocomplete" in response.text
    assert "Pia Lind" not in response.text, "the page carries no list of all owners"


@pytest.mark.parametrize(
    ("fields", "words", "kind"),
    [
        pytest.param({"deadline": -3 * HOUR}, "3 h overdue", "badge-overdue", id="overdue"),
        pytest.param({"deadline": 5.01 * HOUR}, "due in 5 h", "badge-due-soon", id="due within 24 h"),
        pytest.param({"deadline": 72.01 * HOUR}, "due in 3 d", "badge-later", id="later"),
        pytest.param({"deadline_words": "next spring"}, "stated: next spring", "badge-none", id="in words"),
        pytest.param({}, "no deadline", "badge-none", id="none"),
        pytest.param(
            {"deadline": -3 * HOUR, "status": Status.COMPLETED}, "was due", "badge-none", id="completed is not late"
        ),
        pytest.param(
            {"deadline": 72 * HOUR, "status": Status.COMPLETED}, ">by ", "badge-none", id="completed before it is due"
        ),
    ],
)
def test_the_deadline_is_said_in_words_beside_its_colour(manager, make_issue, fields, words, kind):
    left = fields.pop("deadline", None)
    make_issue(deadline=timezone.now() + left if left else None, **fields)

    text = manager.get(LIST).text

    assert words in text
    assert f'class="badge {kind}"' in text


def test_an_owner_that_nobody_knows_is_shown_as_the_analysis_words_it(manager, make_issue):
    make_issue(owner_words="the <night> shift")

    text = manager.get(LIST).text

    assert "owner to confirm" in text
    assert "the &lt;night&gt; shift" in text


@pytest.mark.parametrize(
    ("query", "queries"),
    [({}, 7), ({"due": "overdue", "who": "nobody"}, 7), ({"q": "pool", "priority": "urgent"}, 9)],
)
def test_the_list_costs_the_same_number_of_queries_for_3_and_for_30_issues(
    manager, make_issue, make_owner, django_assert_num_queries, query, queries
):
    system = System.objects.create(name="Ovens")

    def more(number):
        for _ in range(number):
            issue = make_issue(deadline=timezone.now() - HOUR)
            issue.systems.add(system)
            make_issue(owner=make_owner(f"Owner {issue.pk}"))

    manager.get(LIST, query)
    more(3)
    with django_assert_num_queries(queries):
        manager.get(LIST, query)
    more(30)
    with django_assert_num_queries(queries):
        manager.get(LIST, query)


def test_the_list_counts_no_further_than_its_bound(manager, make_issue, monkeypatch):
    monkeypatch.setattr("tracker.admin.paging.BoundedPaginator.most", 2)
    for _ in range(4):
        make_issue()

    with CaptureQueriesContext(connection) as queries:
        text = manager.get(LIST).text

    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert len(counts) == 1
    assert "LIMIT 3" in counts[0]
    assert "more than 2 issues" in " ".join(text.split())


def test_the_page_shows_the_source_lines_escaped_and_numbered(manager, make_issue, make_analysis):
    text = "# Bread burns\n\nIntro\n- Replace the <script>alert(1)</script> thermostat\n  in oven two\n- Next\n"
    issue = make_issue(analysis=make_analysis(text=text), source_line=4, source_end_line=5)

    response = manager.get(page(issue))

    excerpt = response.context["excerpt"]
    assert [line.number for line in excerpt if line.marked] == [4, 5]
    assert excerpt[0].number == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt; thermostat" in response.text
    assert "<script>alert(1)" not in response.text


def test_the_description_is_rendered_without_active_content(manager, make_issue):
    issue = make_issue(description="Use `bake` <img src=x onerror=alert(1)> [go](javascript:alert(1))")

    text = manager.get(page(issue)).text

    assert "<code>bake</code>" in text
    assert "onerror" not in text.replace("&lt;img src=x onerror", "")
    assert 'href="javascript:' not in text


def test_the_page_tells_the_whole_story_newest_first(manager, make_issue, make_owner, now):
    issue = make_issue()
    by = {"actor": manager.user, "door": Door.ADMIN}
    amend.assign(issue.pk, make_owner(), now=now, reason="she knows the ovens", **by)
    workflow.apply("plan", issue.pk, now=now + HOUR, **by)
    amend.add_note(issue.pk, "Ordered the parts", now=now + 2 * HOUR, **by)

    response = manager.get(page(issue))

    assert [event.headline for event in response.context["events"]] == [
        "Progress note",
        "Identified → Planned",
        "Owner: — → Olga Brandt",
    ]
    for words in ("Ordered the parts", "she knows the ovens", "mona"):
        assert words in response.text


def test_the_page_shows_the_checks(manager, make_issue):
    issue = make_issue()
    Check.objects.create(issue=issue, text="Bread is brown & dry", source_line=9)

    text = manager.get(page(issue)).text

    assert "Bread is brown &amp; dry" in text
    assert "line 9" in text


def test_the_page_costs_the_same_number_of_queries_however_much_happened(
    manager, make_issue, make_analysis, now, django_assert_num_queries
):
    issue = make_issue(analysis=make_analysis(), source_line=3)

    def more(number):
        for _ in range(number):
            issue.notes.create(text="So it goes", at=now, actor_name="mona", door=Door.ADMIN)
            issue.field_changes.create(field="title", at=now, actor=manager.user, actor_name="mona", door=Door.ADMIN)
            issue.changes.create(new_status="identified", at=now, actor_name="mona", door=Door.ADMIN)
            Check.objects.create(issue=issue, text="Bread is brown")

    manager.get(page(issue))
    more(1)
    with django_assert_num_queries(14):
        manager.get(page(issue))
    more(20)
    with django_assert_num_queries(14):
        manager.get(page(issue))


def test_an_open_step_is_a_button_and_a_shut_one_says_why(manager, make_issue):
    issue = make_issue(status=Status.IDENTIFIED)

    text = manager.get(page(issue)).text

    assert transition(issue, "block") in text
    assert transition(issue, "plan") not in text
    assert "It needs an owner: assign one." in text
    assert amendment(issue, "owner") in text


def test_the_page_itself_takes_no_changes(manager, make_issue):
    issue = make_issue()

    response = manager.post(page(issue), {"status": "validated", "title": "other"})

    assert response.status_code == 405
    issue.refresh_from_db()
    assert (issue.status, issue.title) == (Status.IDENTIFIED, "Raise the pool size")


@pytest.mark.parametrize("number", ["404", "9" * 30, "none"])
def test_an_issue_that_does_not_exist_leads_back_with_a_message(manager, number):
    response = manager.get(f"/admin/tracker/issue/{number}/change/", follow=True)

    assert "doesn’t exist" in response.text


def test_the_list_says_what_it_is_filtered_by(manager, make_issue, make_owner):
    olga = make_owner()

    text = manager.get(LIST, {"priority": "urgent", "owner": olga.pk, "q": "pool"}).text

    assert "priority: P0 and P1" in text
    assert "owner: Olga Brandt" in text


@pytest.mark.parametrize(
    "address",
    [
        "tracker/issue/?id__in={}",
        "tracker/issue/?id__in=1,{}",
        "tracker/note/?issue={}",
        "tracker/preventionmeasure/?owner={}",
        "alerts/alert/?issue={}",
        "tracker/analysis/?id__in={}",
        "alerts/quiethours/?owner={}",
        "auth/user/?id={}",
        "auth/user/?id__in={}",
        "tracker/validationrun/?issue=-{}",
    ],
)
def test_a_list_finds_nothing_for_a_number_that_no_column_holds(manager, make_issue, address):
    make_issue()

    response = manager.get("/admin/" + address.format("9" * 23))

    assert response.status_code in (200, 302)
    assert response.status_code == 302 or not response.context["cl"].result_list

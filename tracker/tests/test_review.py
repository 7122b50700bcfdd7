"""The review of an analysis: what it shows, and that every decision is one of the intake."""

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tracker import intake
from tracker.admin.review_page import ENTRIES_PER_PAGE, review_page, slices
from tracker.choices import Decision, Door, IssueKind, ItemKind, Priority
from tracker.extraction.values import Reason, Statement
from tracker.models import ExtractedItem, Issue
from tracker.tests.extractions import check, issue, says, skipped

pytestmark = pytest.mark.django_db

TEXT = """# Checkout times out

The pool was sized for the traffic of last year.

- Raise the pool size to 50
- Find out who holds connections
- Alert on queue depth
- The pool is 50 on every host
- Customers saw a spinner
"""
FOUND = (
    issue("Raise the pool size to 50", 5, reasons=(Reason("its verbs", 1.2), Reason("its shape", -0.4)), score=0.87),
    issue("Find out who holds connections", 6, kind=IssueKind.INVESTIGATE, owner="Backend team"),
    issue("Alert on queue depth", 7, kind=IssueKind.PREVENT, deadline="before the sale", priority_stated=True),
    check("The pool is 50 on every host", 8, 5),
    skipped("Customers saw a spinner", 9),
)


@pytest.fixture
def hand(make_user, now):
    return {"actor": make_user("importer", is_superuser=True), "door": Door.ADMIN, "now": now}


@pytest.fixture
def put(hand):
    def put(*found, text=TEXT, source="checkout.md", **fields):
        return intake.store(says(*found, **fields), text, source=source, **hand).analysis

    return put


@pytest.fixture
def analysis(put):
    return put(*FOUND, root_cause=Statement(3, "The pool was sized for the traffic of last year."))


def address(analysis, query=""):
    return reverse("admin:tracker_analysis_change", args=[analysis.pk]) + query


def entry(analysis, line):
    return analysis.items.get(line=line)


def decide(client, item, action, **fields):
    """Press a button of an entry, its fields as the page shows them but for those that are given."""
    given = {"owner": "", "priority": item.priority, "kind": item.kind, "deadline": ""}
    given |= {"owner": item.owner.name if item.owner else ""}
    data = {f"initial-{name}": value for name, value in given.items()} | given | fields | {"action": action}
    return client.post(reverse("admin:tracker_analysis_entry", args=[item.analysis_id, item.pk]), data)


class Page(HTMLParser):
    """The ids, inner links, forms and suspicious attributes of a page."""

    def __init__(self, answer):
        super().__init__()
        self.ids, self.links, self.forms, self.inline, self.labels, self.fields = [], [], [], [], set(), []
        self.feed(answer.content.decode())

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"][1:]] if attributes.get("href", "").startswith("#") else []
        self.forms += [attributes] if tag == "form" else []
        self.inline += [name for name in attributes if name == "style" or name.startswith("on")]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in attributes) else []
        self.labels |= {attributes["for"]} if tag == "label" and "for" in attributes else set()
        if tag in ("select", "textarea") or (tag == "input" and attributes.get("type") not in ("hidden", "submit")):
            self.fields.append(attributes)


# what it shows


def test_entries_are_grouped_by_kind_and_each_leads_to_its_line(manager, analysis):
    answer = manager.get(address(analysis))

    groups = answer.context["page"].groups
    assert [(group.title, [each.item.line for each in group.candidates]) for group in groups] == [
        ("Fixes", [5]),
        ("To investigate", [6]),
        ("Prevention", [7]),
        ("Checks", [8]),
    ]
    assert [each.anchor for group in groups for each in group.candidates] == ["L5", "L6", "L7", "L8"]
    assert '<li id="L5" class="pending">Raise the pool size to 50</li>' in answer.content.decode()


def test_every_link_within_the_page_leads_somewhere_and_no_id_is_there_twice(manager, analysis):
    page = Page(manager.get(address(analysis)))

    assert set(page.links) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_the_page_has_nothing_that_the_content_security_policy_forbids(manager, analysis):
    assert Page(manager.get(address(analysis))).inline == []
    assert Page(manager.get(reverse("admin:tracker_analysis_add"))).inline == []
    assert Page(manager.get(reverse("admin:tracker_analysis_changelist"))).inline == []


def test_every_field_has_a_label(manager, analysis):
    page = Page(manager.get(address(analysis)))

    assert [field for field in page.fields if field.get("id") not in page.labels and "aria-label" not in field] == []


def test_an_entry_says_how_sure_the_extraction_is_and_why(manager, analysis):
    page = manager.get(address(analysis)).content.decode()

    assert "87 % sure" in page
    assert "for: its verbs" in page
    assert "against: its shape" in page


def test_what_is_stated_and_what_is_by_default_is_told(manager, analysis):
    page = manager.get(address(analysis)).content.decode()

    assert "to confirm</span> <span>Backend team</span>" in page
    assert "by policy; stated: “before the sale”" in page
    assert "as stated" in page
    assert "by default" in page


def test_checks_are_listed_under_the_issues_that_they_belong_to(manager, analysis):
    page = manager.get(address(analysis)).context["page"]

    (fix,) = page.groups[0].candidates
    (one,) = page.groups[3].candidates
    assert [found.title for found in fix.checks] == ["The pool is 50 on every host"]
    assert one.belongs_to == 1


def test_skipped_lines_are_shown_with_their_reasons(manager, analysis):
    answer = manager.get(address(analysis))

    ((reason, lines),) = answer.context["page"].skipped
    assert reason == "It describes what happened."
    assert [(line.line, anchor) for line, anchor in lines] == [(9, "L9")]


def test_the_conversion_counts_issues_that_are_tracked_or_dismissed(manager, analysis, hand):
    intake.add(entry(analysis, 5).pk, **hand)
    intake.dismiss(entry(analysis, 6).pk, reason="Known", **hand)

    page = manager.get(address(analysis)).content.decode()

    assert "2 of 3 decided" in page
    assert "(67 %): 1 tracked, 1 dismissed." in page
    assert "1 to decide" in page


def test_a_changed_entry_shows_both_texts_and_a_vanished_one_is_marked_gone(manager, put):
    put(issue("Raise the pool size to 50", 5), issue("Find out who holds connections", 6))
    changed = TEXT.replace("to 50", "to 80")
    analysis = put(issue("Raise the pool size to 80", 5), text=changed)

    answer = manager.get(address(analysis))

    page = answer.content.decode()
    assert "<pre>Raise the pool size to 80</pre>" in page
    assert "<pre>Raise the pool size to 50</pre>" in page
    assert [each.item.title for each in answer.context["page"].gone] == ["Find out who holds connections"]
    assert "badge-gone" in page


def test_an_analysis_without_work_says_so(manager, put):
    page = manager.get(address(put(skipped("Customers saw a spinner", 9)))).content.decode()

    assert "Nothing in this analysis was taken for work." in page
    assert "Accept all" not in page


def test_words_of_an_analysis_are_shown_as_words(manager, put):
    attack = "<script>alert(1)</script>\"' onfocus=alert(1)"
    analysis = put(
        issue(attack, 5, owner=attack, deadline=attack, section=(attack,), reasons=(Reason(attack, 1.0),)),
        check(attack, 6, 5),
        skipped(attack, 7, reason=attack),
        text=f"# {attack}\n\n{attack}\n\n- {attack}\n",
        source=f"{attack}.md",
        title=attack,
        root_cause=Statement(3, attack),
    )

    answer = manager.get(address(analysis))

    assert "<script>alert" not in answer.content.decode()
    assert Page(answer).inline == []


def test_there_is_no_page_of_an_analysis_that_is_not_there(manager):
    for wrong in ("77", "x", "9" * 30):
        assert manager.get(f"/admin/tracker/analysis/{wrong}/change/").status_code == 404


# decisions


def test_accepting_makes_an_issue(manager, analysis):
    item = entry(analysis, 5)

    answer = decide(manager, item, "accept")

    created = Issue.objects.get()
    assert answer.url == address(analysis, f"#entry-{item.pk}")
    assert (created.title, created.changes.get().actor) == ("Raise the pool size to 50", manager.user)
    assert created.reference in manager.get(address(analysis)).content.decode()


def test_accepting_takes_the_changed_fields_along(manager, analysis, make_owner):
    item = entry(analysis, 5)
    mara = make_owner("Mara Lindqvist", slack_name="mara")

    decide(manager, item, "accept", owner="@mara", priority="P0", kind="prevent", deadline="2026-04-01T12:30")

    created = Issue.objects.get()
    assert (created.owner, created.priority, created.kind) == (mara, Priority.P0, IssueKind.PREVENT)
    assert created.deadline == datetime(2026, 4, 1, 12, 30, tzinfo=ZoneInfo("UTC"))


def test_a_deadline_is_read_and_shown_in_the_zone_of_the_viewer(manager, analysis, make_owner):
    make_owner("Mona", user=manager.user, time_zone="Asia/Tokyo")
    item = entry(analysis, 5)

    decide(manager, item, "save", deadline="2026-04-01T09:30")

    item.refresh_from_db()
    assert item.deadline == datetime(2026, 4, 1, 0, 30, tzinfo=ZoneInfo("UTC"))
    assert 'value="2026-04-01T09:30"' in manager.get(address(analysis)).content.decode()


def test_saving_keeps_what_somebody_else_changed_meanwhile(manager, analysis, hand):
    item = entry(analysis, 5)
    intake.edit(item.pk, priority=Priority.P0, **hand)

    decide(manager, item, "save", kind="investigate")

    item.refresh_from_db()
    assert (item.priority, item.kind, item.decision) == (Priority.P0, ItemKind.INVESTIGATE, Decision.PENDING)


def test_an_unknown_owner_is_refused_beside_the_entry_and_nothing_changes(manager, analysis):
    item = entry(analysis, 5)

    answer = decide(manager, item, "accept", owner="Nobody Known", priority="P0")

    page = answer.content.decode()
    assert "No owner is called “Nobody Known”." in page
    assert 'value="Nobody Known"' in page
    item.refresh_from_db()
    assert (item.decision, item.priority) == (Decision.PENDING, Priority.P1)
    assert not Issue.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param({"priority": "P9"}, "Priority:", id="a priority that is none"),
        pytest.param({"kind": "bug"}, "Kind:", id="a kind that is none"),
        pytest.param({"deadline": "soon"}, "Deadline:", id="a deadline that is no date"),
        pytest.param({"deadline": "2026-03-29T02:30"}, "Deadline:", id="an hour that the clock skips"),
    ],
)
def test_a_field_that_cannot_be_is_refused_by_its_name(manager, analysis, make_owner, fields, words):
    make_owner("Mona", user=manager.user, time_zone="Europe/Paris")
    item = entry(analysis, 5)

    answer = decide(manager, item, "save", **fields)

    assert words in answer.content.decode()
    item.refresh_from_db()
    assert item.edited_fields == []


def test_dismissing_needs_a_reason_and_is_told_beside_the_entry(manager, analysis):
    item = entry(analysis, 5)

    answer = decide(manager, item, "dismiss", reason=" ")

    assert "Dismissing an entry needs a reason" in answer.content.decode()
    item.refresh_from_db()
    assert item.decision == Decision.PENDING


def test_a_dismissed_entry_shows_the_reason_and_can_be_reconsidered(manager, analysis):
    item = entry(analysis, 5)

    decide(manager, item, "dismiss", reason="Done last week")
    assert "Done last week" in manager.get(address(analysis)).content.decode()
    decide(manager, item, "reconsider")

    item.refresh_from_db()
    assert item.decision == Decision.PENDING


def test_accept_all_tracks_every_pending_entry_and_no_check(manager, analysis):
    answer = manager.post(reverse("admin:tracker_analysis_accept_all", args=[analysis.pk]), follow=True)

    page = answer.content.decode()
    assert Issue.objects.count() == 3
    assert "3 issues tracked." in page
    assert "Every entry is decided" in page


def test_a_skipped_line_can_be_tracked_anyway(manager, analysis):
    line = analysis.skipped_lines.get()

    answer = manager.post(reverse("admin:tracker_analysis_skipped", args=[analysis.pk, line.pk]), {"kind": "prevent"})

    item = entry(analysis, 9)
    assert answer.url == address(analysis, f"#entry-{item.pk}")
    assert (item.kind, item.decision) == (ItemKind.PREVENT, Decision.PENDING)
    assert not analysis.skipped_lines.exists()


def test_tracking_a_skipped_line_twice_is_refused_in_a_sentence(manager, analysis):
    where = reverse("admin:tracker_analysis_skipped", args=[analysis.pk, analysis.skipped_lines.get().pk])
    manager.post(where, {"kind": "fix"})

    answer = manager.post(where, {"kind": "fix"}, follow=True)

    assert "This skipped line is not there any more" in answer.content.decode()
    assert analysis.items.filter(line=9).count() == 1


# who may do what


def post_addresses(analysis):
    return [
        reverse("admin:tracker_analysis_entry", args=[analysis.pk, entry(analysis, 5).pk]),
        reverse("admin:tracker_analysis_accept_all", args=[analysis.pk]),
        reverse("admin:tracker_analysis_skipped", args=[analysis.pk, analysis.skipped_lines.get().pk]),
    ]


def rows(analysis):
    return list(analysis.items.order_by("pk").values()), list(analysis.skipped_lines.values()), Issue.objects.count()


def test_looking_changes_nothing_and_decisions_are_posted(manager, analysis):
    before = rows(analysis)

    manager.get(address(analysis))

    assert [manager.get(where).status_code for where in post_addresses(analysis)] == [405, 405, 405]
    assert manager.post(address(analysis)).status_code == 405
    assert rows(analysis) == before


def test_decisions_need_the_token_of_the_form(manager, analysis):
    manager.handler.enforce_csrf_checks = True
    before = rows(analysis)

    answers = [manager.post(where, {"action": "accept", "kind": "fix"}) for where in post_addresses(analysis)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert rows(analysis) == before


def test_who_may_only_look_sees_everything_and_no_button(viewer, analysis):
    answer = viewer.get(address(analysis))

    page = answer.content.decode()
    assert "Raise the pool size to 50" in page
    assert "to confirm</span> <span>Backend team</span>" in page
    assert [form.get("id") for form in Page(answer).forms if form.get("method") == "post"] == ["logout-form"]
    assert "Track this anyway" not in page


@pytest.mark.parametrize("codenames", [["view_analysis"], ["view_analysis", "change_analysis"]])
def test_deciding_needs_the_right_to_change_analyses_and_issues(client, make_user, analysis, codenames):
    user = make_user("eve", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)
    before = rows(analysis)

    answers = [client.post(where, {"action": "accept", "kind": "fix"}) for where in post_addresses(analysis)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert rows(analysis) == before


def test_who_may_not_see_analyses_sees_none(client, make_user, analysis):
    client.force_login(make_user("eve", is_staff=True))

    assert client.get(address(analysis)).status_code == 403


def test_an_entry_is_only_decided_through_its_own_analysis(manager, analysis, put):
    other = put(issue("Something else", 3), text="# Other\n\n- Something else\n", source="other.md")

    where = reverse("admin:tracker_analysis_entry", args=[other.pk, entry(analysis, 5).pk])

    assert manager.post(where, {"action": "accept"}).status_code == 404
    assert manager.post(post_addresses(analysis)[0], {"action": "delete"}).status_code == 404
    assert not Issue.objects.exists()


# long analyses


def test_slices_cover_every_line_once():
    parts = slices([line for line in range(1, 1000) for _ in range(3)], size=100)

    assert parts[0].start == 1
    assert all(before.stop == after.start for before, after in pairwise(parts))
    assert len(slices([7] * 1000, size=100)) == 2
    assert slices([], size=100) == slices([3], size=100)


@pytest.fixture
def long_analysis(put):
    lines = range(3, 3 + 1500)
    text = "# Long\n\n" + "".join(f"- Repair pump {line}\n" for line in lines)
    return put(*(issue(f"Repair pump {line}", line) for line in lines), text=text)


def test_a_long_analysis_is_shown_in_parts_that_hold_every_entry_once_beside_its_source(long_analysis, now):
    first = review_page(long_analysis, 1, now=now)

    seen = []
    for number in (1, 2, len(first.pages)):
        page = review_page(long_analysis, number, now=now)
        lines = [each.item.line for group in page.groups for each in group.candidates]
        assert len(lines) <= ENTRIES_PER_PAGE
        assert re.findall(r"Repair pump (\d+)", page.source.html) == [str(line) for line in lines]
        seen += lines
    assert (seen[0], seen[-1]) == (3, 1502)
    assert len(seen) == len(set(seen))


def test_a_decision_on_a_later_part_leads_back_to_that_part(manager, long_analysis):
    item = entry(long_analysis, 1400)

    answer = decide(manager, item, "accept")

    page = manager.get(answer.url.partition("#")[0])
    assert f'id="entry-{item.pk}"' in page.content.decode()
    assert answer.url.endswith(f"#entry-{item.pk}")


def test_an_address_with_a_line_opens_the_part_that_shows_it(manager, long_analysis):
    page = manager.get(address(long_analysis, "?line=1400")).content.decode()

    assert 'id="L1400"' in page
    assert 'id="L3"' not in page


def test_the_parts_of_a_long_analysis_are_linked_and_not_all_of_very_many(manager, put):
    lines = range(1, 40 * ENTRIES_PER_PAGE)
    analysis = put(*(skipped(f"Pump {line} stood still", line) for line in lines), text="# Pumps\n" + "\n" * len(lines))

    page = manager.get(address(analysis, "?page=20")).content.decode()

    for number in (1, 19, 21, 40):
        assert f'<a href="?page={number}">{number}</a>' in page
    assert 'href="?page=10"' not in page


def test_a_part_that_is_not_there_shows_the_nearest_one(manager, analysis):
    for wrong in ("0", "99", "-1", "x", "9" * 40):
        assert manager.get(address(analysis, f"?page={wrong}")).status_code == 200


def test_the_page_costs_the_same_number_of_queries_for_any_number_of_entries(manager, put, hand, make_owner):
    make_owner("Mara Lindqvist")

    def cost(number):
        found = [issue(f"Repair pump {line}", line, owner="Mara Lindqvist") for line in range(3, 3 + number)]
        found += [check(f"Pump {line} runs", line + 500, line) for line in range(3, 3 + number)]
        text = f"# Pumps {number}\n\n" + "".join(f"- line {line}\n" for line in range(1100))
        analysis = put(*found, skipped("Pumps stood still", 1050), text=text, source=f"pumps {number}.md")
        intake.add(analysis.items.issues().first().pk, **hand)
        intake.dismiss(analysis.items.issues().last().pk, reason="No pump", **hand)
        with CaptureQueriesContext(connection) as queries:
            assert manager.get(address(analysis)).status_code == 200
        return len(queries)

    cost(3)  # the others are taken for likely returns of it
    assert cost(2) == cost(50)


def test_an_overdue_deadline_is_said_in_words(put, now):
    analysis = put(issue("Repair the pump", 3))
    ExtractedItem.objects.update(deadline=now - timedelta(hours=3))

    (group,) = review_page(analysis, 1, now=now).groups

    assert group.candidates[0].overdue
    assert group.candidates[0].deadline_words == "3 h overdue"


def test_accepting_all_where_nothing_is_left_says_so_and_counts_nothing(manager, analysis):
    accept_all = reverse("admin:tracker_analysis_accept_all", args=[analysis.pk])
    manager.post(accept_all)

    page = manager.post(accept_all, follow=True).content.decode()

    assert "There was nothing left to accept: every entry is tracked or dismissed." in page
    assert "0 issues tracked" not in page


@pytest.mark.parametrize("action", ["save", "accept"])
def test_a_deadline_that_has_passed_is_taken_with_a_warning(manager, analysis, action):
    item = entry(analysis, 5)

    decide(manager, item, action, deadline="2020-04-01T12:30")
    page = manager.get(address(analysis)).content.decode()

    assert "The deadline Wed 1 Apr 2020, 12:30 UTC has passed already" in page
    item.refresh_from_db()
    assert item.deadline == datetime(2020, 4, 1, 12, 30, tzinfo=ZoneInfo("UTC"))


def test_a_deadline_to_come_and_one_that_nobody_touched_give_no_warning(manager, analysis, now):
    ExtractedItem.objects.filter(analysis=analysis).update(deadline=now - timedelta(days=300))

    decide(manager, entry(analysis, 5), "save", deadline="2099-04-01T12:30")
    decide(manager, entry(analysis, 6), "accept")

    assert "has passed already" not in manager.get(address(analysis)).content.decode()

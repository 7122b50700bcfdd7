from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission

from tracker import amend
from tracker.choices import Door, IssueKind, NoteKind, Priority, Status
from tracker.models import FieldChange, Issue, Note, RevenueProfile, System

pytestmark = pytest.mark.django_db


@pytest.fixture
def hand(make_user, now):
    return {"actor": make_user("boss", is_superuser=True), "door": Door.ADMIN, "now": now + timedelta(hours=1)}


def row(issue):
    return Issue.objects.values().get(pk=issue.pk)


def test_an_issue_is_assigned_and_remembers_who_had_it(make_issue, make_owner, hand):
    lee, dana = make_owner("Lee Okafor"), make_owner("Dana Fox")
    issue = make_issue(owner=lee)

    amend.assign(issue.pk, dana, reason="Lee is away.", **hand)

    issue.refresh_from_db()
    assert issue.owner == dana
    assert issue.updated_at == hand["now"]
    change = issue.field_changes.get()
    assert (change.field, change.old, change.new, change.reason) == ("owner", "Lee Okafor", "Dana Fox", "Lee is away.")
    assert (change.actor_name, change.door, change.at) == ("boss", Door.ADMIN, hand["now"])


def test_an_issue_on_which_nobody_works_can_lose_its_owner(make_issue, make_owner, hand):
    issue = make_issue(owner=make_owner("Lee Okafor"))

    assert amend.assign(issue.pk, None, **hand).owner is None
    assert issue.field_changes.get().new == ""


@pytest.mark.parametrize("status", [Status.PLANNED, Status.IN_PROGRESS])
def test_planned_work_keeps_an_owner(make_issue, make_owner, hand, status):
    issue = make_issue(owner=make_owner("Lee Okafor"), status=status)
    before = row(issue)

    with pytest.raises(amend.AmendRefused, match="cannot be without an owner"):
        amend.assign(issue.pk, None, **hand)

    assert row(issue) == before
    assert not issue.field_changes.exists()


def test_a_moved_deadline_keeps_the_original_one_and_its_reason(make_issue, hand, now):
    issue = make_issue()
    original = issue.deadline

    for days in (5, 9):
        amend.move_deadline(issue.pk, now + timedelta(days=days), reason="The part is late.", **hand)

    issue.refresh_from_db()
    assert issue.deadline == now + timedelta(days=9)
    assert issue.original_deadline == original
    latest = issue.field_changes.first()
    assert (latest.old, latest.new) == ("2026-03-15T12:00+00:00", "2026-03-19T12:00+00:00")
    assert latest.reason == "The part is late."


def test_moving_a_deadline_needs_a_reason(make_issue, hand, now):
    issue = make_issue()
    before = row(issue)

    with pytest.raises(amend.AmendRefused, match="needs a reason"):
        amend.move_deadline(issue.pk, now + timedelta(days=5), reason=" ", **hand)

    assert row(issue) == before


def test_a_first_deadline_needs_no_reason_and_is_the_original_one(make_issue, hand, now):
    issue = make_issue(deadline=None, original_deadline=None)

    amend.move_deadline(issue.pk, now + timedelta(days=5), **hand)

    issue.refresh_from_db()
    assert issue.deadline == issue.original_deadline == now + timedelta(days=5)


@pytest.mark.parametrize("year", [1, 9999])
def test_a_deadline_at_the_end_of_the_calendar_is_refused_because_no_time_zone_can_show_it(make_issue, hand, year):
    issue = make_issue()
    before = row(issue)

    with pytest.raises(amend.AmendRefused, match="between the years 1970 and 2200"):
        amend.move_deadline(issue.pk, datetime(year, 12, 31, tzinfo=UTC), reason="Late.", **hand)
    assert row(issue) == before


def test_a_deadline_is_moved_to_a_time_that_has_not_come_yet(make_issue, hand):
    issue = make_issue()
    before = row(issue)

    with pytest.raises(amend.AmendRefused, match="has passed already"):
        amend.move_deadline(issue.pk, hand["now"], reason="So be it.", **hand)
    assert row(issue) == before

    amend.move_deadline(issue.pk, hand["now"] + timedelta(seconds=1), reason="So be it.", **hand)
    issue.refresh_from_db()
    assert issue.deadline == hand["now"] + timedelta(seconds=1)


def test_a_deadline_without_a_time_zone_is_refused(make_issue, hand):
    with pytest.raises(amend.AmendRefused, match="needs a time zone"):
        amend.move_deadline(make_issue().pk, datetime(2026, 4, 1), reason="So be it.", **hand)  # noqa: DTZ001


def test_another_priority_leaves_reference_and_deadline_as_they_are(make_issue, hand):
    issue = make_issue(priority=Priority.P2)
    before = row(issue)

    amend.set_priority(issue.pk, Priority.P0, reason="It is back.", **hand)

    assert row(issue) == before | {"priority": "P0", "updated_at": hand["now"]}
    change = issue.field_changes.get()
    assert (change.field, change.old, change.new, change.reason) == ("priority", "P2", "P0", "It is back.")


def test_an_unknown_priority_is_refused(make_issue, hand):
    with pytest.raises(amend.AmendRefused, match="no priority 'P9': choose one of P0, P1, P2, P3"):
        amend.set_priority(make_issue().pk, "P9", **hand)


def test_what_is_so_already_is_no_change(make_issue, make_owner, hand):
    issue = make_issue(owner=make_owner())
    before = row(issue)

    amend.assign(issue.pk, issue.owner, **hand)
    amend.set_priority(issue.pk, issue.priority, **hand)
    amend.move_deadline(issue.pk, issue.deadline, **hand)

    assert row(issue) == before
    assert not FieldChange.objects.exists()


@pytest.mark.parametrize("status", [Status.VALIDATED, Status.CANCELLED])
def test_a_closed_issue_is_reopened_before_it_is_changed(make_issue, make_owner, hand, now, status):
    issue = make_issue(status=status)
    before = row(issue)

    for change in (
        lambda: amend.assign(issue.pk, make_owner(), **hand),
        lambda: amend.set_priority(issue.pk, Priority.P3, **hand),
        lambda: amend.move_deadline(issue.pk, now + timedelta(days=5), reason="Later.", **hand),
    ):
        with pytest.raises(amend.AmendRefused, match="reopen it first"):
            change()

    assert row(issue) == before


def test_all_reasons_are_named_at_once(make_issue, hand, now):
    with pytest.raises(amend.AmendRefused) as refused:
        amend.move_deadline(make_issue(status=Status.CANCELLED).pk, now, **hand)

    assert len(refused.value.reasons) == 3


@pytest.mark.parametrize("status", list(Status))
def test_a_note_can_be_written_about_any_issue(make_issue, make_owner, hand, status):
    issue = make_issue(status=status, owner=make_owner())

    note = amend.add_note(issue.pk, "  Found the cause.\n", kind=NoteKind.BLOCKER, **hand)

    assert issue.notes.get() == note
    assert (note.text, note.kind, note.at, note.actor_name) == ("Found the cause.", "blocker", hand["now"], "boss")
    issue.refresh_from_db()
    assert issue.updated_at == hand["now"]


def test_a_note_is_work_and_no_step(make_issue, hand, now):
    issue = make_issue()
    later = now + timedelta(hours=5)

    amend.add_note(issue.pk, "Found the cause.", **hand | {"now": later})
    amend.move_deadline(issue.pk, now + timedelta(days=9), reason="Later.", **hand | {"now": now + timedelta(hours=7)})

    issue.refresh_from_db()
    assert (issue.worked_at, issue.status_since) == (later, now)


@pytest.mark.parametrize("text", ["", " \n\t", "NUL \0 inside"])
def test_a_note_that_says_nothing_or_cannot_be_stored_is_refused(make_issue, hand, text):
    with pytest.raises(amend.AmendRefused):
        amend.add_note(make_issue().pk, text, **hand)

    assert not Note.objects.exists()


def test_a_note_keeps_the_hours_spent_and_its_links(make_issue, hand):
    link = {"kind": "commit", "url": "https://code.example.org/shop/commit/3f2a9c1b"}
    issue = make_issue()

    amend.add_note(issue.pk, "Raised it", hours=Decimal("1.25"), links=[link], **hand)

    note = issue.notes.get()
    assert (note.hours, note.links) == (Decimal("1.25"), [link])


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ("0", "above 0 and at most 1000"),
        ("-1", "above 0 and at most 1000"),
        ("1000.01", "above 0 and at most 1000"),
        ("NaN", "above 0 and at most 1000"),
        ("Infinity", "above 0 and at most 1000"),
        ("0.125", "at most two decimal places"),
    ],
)
def test_hours_that_cannot_be_are_refused(make_issue, hand, hours, sentence):
    with pytest.raises(amend.AmendRefused, match=sentence):
        amend.add_note(make_issue().pk, "Raised it", hours=Decimal(hours), **hand)

    assert not Note.objects.exists()


@pytest.mark.parametrize("hours", ["0.01", "0.50", "1000"])
def test_hours_at_the_limits_are_kept(make_issue, hand, hours):
    assert amend.add_note(make_issue().pk, "Raised it", hours=Decimal(hours), **hand).hours == Decimal(hours)


def test_a_link_that_is_no_address_on_the_web_is_refused_with_all_that_is_wrong(make_issue, hand):
    with pytest.raises(amend.AmendRefused) as refused:
        amend.add_note(make_issue().pk, "", hours=Decimal(0), links=[{"url": "javascript:alert(1)"}], **hand)

    assert len(refused.value.reasons) == 3
    assert not Note.objects.exists()


# -- the revenue at risk -----------------------------------------------------------------------------------------------
def test_a_confirmed_amount_is_kept_with_where_it_comes_from(make_issue, hand):
    issue = make_issue()

    for amount in ("1234.5", "900"):
        amend.confirm_revenue(issue.pk, Decimal(amount), reason="Two customers asked to leave.", **hand)

    issue.refresh_from_db()
    assert (issue.revenue_at_risk, issue.updated_at) == (Decimal("900.00"), hand["now"])
    change = issue.field_changes.first()
    assert (change.field, change.old, change.new) == ("revenue_at_risk", "1234.50", "900.00")
    assert (change.reason, change.actor_name) == ("Two customers asked to leave.", "boss")


def test_a_confirmed_amount_is_taken_back(make_issue, hand):
    issue = make_issue(revenue_at_risk=Decimal(900))

    amend.confirm_revenue(issue.pk, None, reason="They stay.", **hand)

    issue.refresh_from_db()
    assert issue.revenue_at_risk is None
    assert (issue.field_changes.get().old, issue.field_changes.get().new) == ("900.00", "")


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("0", "an amount above 0"),
        ("-1", "an amount above 0"),
        ("NaN", "an amount above 0"),
        ("Infinity", "an amount above 0"),
        ("0.001", "at most two decimal places"),
        ("1E+12", r"At most 999,999,999,999\.99 a month"),
    ],
)
def test_an_amount_that_cannot_be_at_risk_is_refused(make_issue, hand, amount, sentence):
    issue = make_issue()
    before = row(issue)

    with pytest.raises(amend.AmendRefused, match=sentence):
        amend.confirm_revenue(issue.pk, Decimal(amount), reason="So it is.", **hand)

    assert row(issue) == before
    assert not issue.field_changes.exists()


def test_no_more_is_at_risk_than_there_is(make_issue, hand, now):
    RevenueProfile.objects.create(effective_on=now.date(), currency="EUR", mrr=Decimal(5000))
    issue = make_issue()

    with pytest.raises(amend.AmendRefused, match=r"At most EUR 5,000\.00 a month can be at risk"):
        amend.confirm_revenue(issue.pk, Decimal("5000.01"), reason="All of it.", **hand)

    assert amend.confirm_revenue(issue.pk, Decimal(5000), reason="All of it.", **hand).revenue_at_risk == 5000


def test_a_confirmed_amount_needs_a_reason_and_a_live_issue(make_issue, hand):
    with pytest.raises(amend.AmendRefused, match="needs a reason"):
        amend.confirm_revenue(make_issue().pk, Decimal(5), reason=" ", **hand)
    with pytest.raises(amend.AmendRefused, match="reopen it first"):
        amend.confirm_revenue(make_issue(status=Status.VALIDATED).pk, Decimal(5), reason="So it is.", **hand)


def test_the_same_amount_again_is_no_change(make_issue, hand):
    issue = make_issue(revenue_at_risk=Decimal(900))

    amend.confirm_revenue(issue.pk, Decimal("900.00"), **hand)

    assert not issue.field_changes.exists()


# -- what it is about --------------------------------------------------------------------------------------------------


def describe(issue, hand, **fields):
    return amend.describe(issue.pk, **fields, **hand)


def test_what_an_issue_is_about_changes_with_a_row_for_each_part(make_issue, hand):
    issue = make_issue(title="Raise the pool", kind=IssueKind.FIX)
    cache, search = (System.objects.create(name=name) for name in ("cache layer", "search"))
    issue.systems.set([search])

    describe(
        issue, hand, title=" Raise  the pool\nto 50 ", kind=IssueKind.PREVENT, systems=[search, cache], reason="So"
    )

    issue.refresh_from_db()
    assert (issue.title, issue.kind, issue.updated_at) == ("Raise the pool to 50", IssueKind.PREVENT, hand["now"])
    assert set(issue.systems.all()) == {cache, search}
    assert [(row.field, row.old, row.new, row.reason) for row in issue.field_changes.order_by("pk")] == [
        ("title", "Raise the pool", "Raise the pool to 50", "So"),
        ("kind", "fix", "prevent", "So"),
        ("systems", "search", "cache layer, search", "So"),
    ]


def test_what_is_the_same_or_not_given_leaves_no_row(make_issue, hand):
    issue = make_issue(title="Raise the pool", kind=IssueKind.FIX)
    before = row(issue)

    describe(issue, hand, title="Raise the pool", kind=IssueKind.FIX, systems=[])
    describe(issue, hand)

    assert row(issue) == before
    assert not issue.field_changes.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": " \n"}, "needs a title"),
        ({"title": "x" * 301}, "at most 300 characters"),
        ({"title": "a\0b"}, "none of them NUL"),
        ({"kind": "wish"}, "There is no kind 'wish'"),
        ({"title": "Raise it", "reason": "x" * 2001}, "at most 2,000 characters"),
    ],
)
def test_what_an_issue_cannot_be_about_is_refused_in_a_sentence(make_issue, hand, fields, sentence):
    issue = make_issue()
    before = row(issue)

    with pytest.raises(amend.AmendRefused, match=sentence):
        describe(issue, hand, **fields)

    assert row(issue) == before


def test_a_closed_issue_stays_what_it_was_about(make_issue, hand):
    issue = make_issue(status=Status.VALIDATED)

    with pytest.raises(amend.AmendRefused, match="is validated: reopen it first"):
        describe(issue, hand, title="Something else")


def test_an_engineer_says_what_an_issue_is_about_of_none_not_even_of_their_own(make_issue, make_owner, make_user, hand):
    lee = make_user("lee", is_staff=True)
    lee.user_permissions.add(Permission.objects.get(codename="work_on_own_issue"))
    issue = make_issue(owner=make_owner("Lee Okafor", user=lee))

    with pytest.raises(amend.AmendRefused, match="Only a manager changes what an issue is about"):
        describe(issue, hand | {"actor": lee}, title="Something easier")

"""`manage.py track`: one issue is changed, wholly or not at all, and shown."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from tracker.choices import Door, Priority, Status
from tracker.tracking import iso_deadline

FAR = "2099-03-31"


def track(issue, *arguments: str) -> str:
    out = io.StringIO()
    call_command("track", "--issue-id", getattr(issue, "reference", issue), *arguments, stdout=out)
    return out.getvalue()


def test_several_changes_are_made_at_once_and_the_issue_is_shown(make_issue, make_owner):
    owner = make_owner("Olga Brandt", email="olga@example.org")
    issue = make_issue(title="Raise the pool size")

    shown = track(
        issue, "--owner", "OLGA@example.org", "--deadline", FAR, "--reason", "Parts are late.",
        "--note", "Ordered the parts.", "--status", "planned",
    )  # fmt: skip

    issue.refresh_from_db()
    assert (issue.owner, issue.status) == (owner, Status.PLANNED)
    assert issue.deadline == datetime(2099, 3, 31, 23, 59, 59, tzinfo=UTC)
    assert issue.original_deadline != issue.deadline
    assert issue.notes.get().text == "Ordered the parts."
    assert {change.door for change in (*issue.changes.all(), *issue.field_changes.all())} == {Door.COMMAND}
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert lines[0] == f"{issue.reference} Raise the pool size"
    assert "Status Planned" in lines
    assert "Owner Olga Brandt" in lines
    assert any(line.startswith("Deadline 2099-03-31 23:59 UTC (due in ") for line in lines)


def test_one_refusal_undoes_every_change(make_issue, make_owner):
    make_owner("Olga Brandt")
    issue = make_issue()

    with pytest.raises(CommandError, match="from there it goes to"):
        track(issue, "--owner", "Olga Brandt", "--note", "Began.", "--status", "validated")

    issue.refresh_from_db()
    assert (issue.owner, issue.status) == (None, Status.IDENTIFIED)
    assert not issue.notes.exists()
    assert not issue.field_changes.exists()
    assert not issue.changes.exists()


def test_an_issue_is_shown_when_nothing_is_to_be_changed(make_issue, make_analysis):
    analysis = make_analysis(source="incidents/login.md")
    issue = make_issue(owner_words="@olga", analysis=analysis, source_line=12)

    lines = [" ".join(line.split()) for line in track(issue).splitlines()]

    assert "Owner @olga (to confirm)" in lines
    assert "Source incidents/login.md:12" in lines
    assert not issue.field_changes.exists()


def test_the_deadline_of_an_issue_that_is_closed_is_not_said_to_be_overdue(make_issue, now):
    assert " overdue)" in track(make_issue(deadline=now - timedelta(days=900)))
    assert "overdue" not in track(make_issue(deadline=now - timedelta(days=900), status=Status.VALIDATED))


def test_a_reference_is_found_however_it_is_typed(make_issue):
    issue = make_issue(reference="P1-20260310-950")

    assert track(" p1-20260310-950 ").startswith(issue.reference)


def test_an_unknown_reference_is_refused(db):
    with pytest.raises(CommandError, match="There is no issue 'P0-20200101-001'"):
        track("P0-20200101-001")


@pytest.mark.parametrize("words", ["Nobody", "", "a\0b"])
def test_an_owner_whom_nobody_knows_is_refused_and_not_created(make_issue, words):
    issue = make_issue()

    with pytest.raises(CommandError, match=f"^{issue.reference}: No single owner is called"):
        track(issue, "--owner", words)

    issue.refresh_from_db()
    assert issue.owner is None


def test_a_deadline_is_not_moved_without_a_reason_and_the_refusal_says_how_to_give_one(make_issue):
    issue = make_issue()
    before = issue.deadline

    with pytest.raises(CommandError) as refused:
        track(issue, "--deadline", FAR)

    issue.refresh_from_db()
    assert issue.deadline == before
    assert str(refused.value).splitlines() == [
        f"{issue.reference}: Moving a deadline needs a reason: write it in a sentence.",
        f"{issue.reference}: Give the reason with --reason.",
    ]


def test_everything_that_is_missing_is_said_on_a_line_of_its_own(make_issue):
    issue = make_issue(deadline=None, original_deadline=None)

    with pytest.raises(CommandError) as refused:
        track(issue, "--status", "planned")

    assert [line.startswith(issue.reference) for line in str(refused.value).splitlines()] == [True, True]
    assert "owner" in str(refused.value)
    assert "deadline" in str(refused.value)


def test_a_status_with_a_reason_keeps_it(make_issue):
    issue = make_issue()

    track(issue, "--status", "blocked", "--reason", "The vendor does not answer.")

    assert issue.changes.get().reason == "The vendor does not answer."


def test_work_is_completed_with_its_note_hours_and_links(make_issue, make_owner):
    issue = make_issue(owner=make_owner(), status=Status.IN_PROGRESS)

    track(
        issue, "--status", "completed", "--note", "Raised it.", "--hours", "1:45",
        "--link", "https://code.example.org/shop/pull/14", "--link", "document https://code.example.org/shop/pull/15",
    )  # fmt: skip

    note = issue.notes.get()
    assert note.hours == Decimal("1.75")
    assert [link["kind"] for link in note.links] == ["pull_request", "document"]
    issue.refresh_from_db()
    assert (issue.status, issue.hours_unknown) == (Status.COMPLETED, False)


def test_hours_are_noted_or_said_to_be_unknown_and_the_refusal_says_how(make_issue, make_owner):
    issue = make_issue(owner=make_owner(), status=Status.IN_PROGRESS)

    with pytest.raises(CommandError) as refused:
        track(issue, "--status", "completed", "--note", "Raised it.")
    assert str(refused.value).splitlines() == [
        f"{issue.reference}: It needs the hours spent: add them to a note, or say that they are unknown.",
        f"{issue.reference}: Note the hours with --note and --hours, or use --hours-unknown.",
    ]
    assert not issue.notes.exists()

    track(issue, "--status", "completed", "--note", "Raised it.", "--hours-unknown")
    issue.refresh_from_db()
    assert (issue.status, issue.hours_unknown) == (Status.COMPLETED, True)


def test_a_risk_is_accepted_until_a_day_and_the_refusal_says_how(make_issue):
    issue = make_issue()

    with pytest.raises(CommandError) as refused:
        track(issue, "--status", "accepted")
    assert [line.removeprefix(f"{issue.reference}: ") for line in str(refused.value).splitlines()] == [
        "“Accept the risk” needs a reason: write it in a sentence.",
        "“Accept the risk” needs an end date, after which the issue is open again.",
        "Give the reason with --reason.",
        "Give the end date with --until.",
    ]

    shown = track(issue, "--status", "accepted", "--reason", "The vendor leaves.", "--until", FAR)
    issue.refresh_from_db()
    assert (issue.status, issue.accepted_until) == (Status.ACCEPTED, datetime(2099, 3, 31, 23, 59, 59, tzinfo=UTC))
    assert "Accepted until 2099-03-31 23:59 UTC" in " ".join(shown.split())


def test_validation_needs_evidence_at_the_command_line_too(make_issue, make_owner):
    issue = make_issue(owner=make_owner(), status=Status.COMPLETED, priority=Priority.P0)

    with pytest.raises(CommandError) as refused:
        track(issue, "--status", "validated")

    assert [line.split()[1:4] for line in str(refused.value).splitlines()] == [
        ["Validation", "evidence", "is"],
        ["The", "fix", "of"],
        ["A", "P0", "issue"],
        ["Propose", "one", "with"],
        ["Name", "that", "person"],
    ]
    issue.refresh_from_db()
    assert issue.status == Status.COMPLETED


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--hours", "2"], "belong to a note", id="hours without a note"),
        pytest.param(["--link", "https://wiki.example.org"], "belong to a note", id="a link without a note"),
        pytest.param(["--until", FAR], "belongs to --status accepted", id="an end without a status"),
        pytest.param(["--hours-unknown"], "belongs to --status completed", id="unknown hours of nothing"),
        pytest.param(["--note", "x", "--hours", "-2"], "above 0 and at most 1000", id="less than no time"),
        pytest.param(["--note", "x", "--hours", "1:75"], "is no number of hours", id="75 minutes"),
        pytest.param(["--note", "x", "--hours", "many"], "is no number of hours", id="hours in words"),
        pytest.param(["--note", "x", "--link", "javascript:alert(1)"], "is no address", id="a link that is a script"),
        pytest.param(["--note", "x", "--link", " "], "A link needs an address", id="an empty link"),
    ],
)
def test_options_that_make_no_sense_are_refused_and_change_nothing(make_issue, arguments, sentence):
    issue = make_issue()

    with pytest.raises(CommandError, match=sentence):
        track(issue, *arguments)

    assert not issue.notes.exists()


def test_an_empty_note_is_refused(make_issue):
    with pytest.raises(CommandError, match="A note needs some words"):
        track(make_issue(), "--note", " ")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--status", "nearly"], id="a status that does not exist"),
        pytest.param(["--deadline", "next week"], id="a deadline in words"),
        pytest.param(["--deadline", "2026-02-30"], id="a day that does not exist"),
        pytest.param(["--colour", "red"], id="an unknown option"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_read(db, arguments):
    with pytest.raises(CommandError, match=r"choose one of identified|write 2026-03-31|unrecognized"):
        track("P0-20200101-001", *arguments)


@pytest.mark.parametrize("typed", ["in_progress", "In-Progress", "in progress"])
def test_a_status_is_understood_however_it_is_written(make_issue, make_owner, typed):
    issue = make_issue(owner=make_owner(), status=Status.PLANNED)

    track(issue, "--status", typed)

    issue.refresh_from_db()
    assert issue.status == Status.IN_PROGRESS


def test_escape_codes_in_a_title_reach_no_terminal_raw(make_issue):
    shown = track(make_issue(title="\x1b[2Jgone", owner_words="\x1b]0;x\x07"))

    assert "\x1b" not in shown
    assert "\\x1b[2Jgone" in shown


# -- deadlines --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2026-03-31", "2026-04-01T03:59:59", id="a date is the end of that day"),
        pytest.param("2026-03-31T17:00", "2026-03-31T21:00:00", id="a time is wall time"),
        pytest.param("2026-03-31 17:00", "2026-03-31T21:00:00", id="a blank instead of the T"),
        pytest.param("2026-03-31T17:00:30Z", "2026-03-31T17:00:30", id="Z is UTC"),
        pytest.param("2026-03-31T17:00+02:00", "2026-03-31T15:00:00", id="an offset counts"),
        pytest.param("2026-03-08T02:30", "2026-03-08T07:30:00", id="a time that the clock change skips comes after it"),
        pytest.param("2026-11-01T01:30", "2026-11-01T05:30:00", id="of a time that comes twice it is the first"),
        pytest.param("2028-02-29", "2028-03-01T04:59:59", id="a leap day"),
    ],
)
def test_an_iso_deadline_is_read_in_the_site_s_zone(text, moment):
    assert iso_deadline(text, time_zone="America/New_York") == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "2026-02-29", "9999-12-31", "0001-01-01T00:00+14:00"])
def test_what_is_no_iso_moment_is_refused(text):
    with pytest.raises(ValueError, match="is no ISO date or time: write 2026-03-31"):
        iso_deadline(text, time_zone="America/New_York")


def test_the_deadline_that_is_typed_counts_in_the_site_s_zone(make_issue, settings):
    settings.TIME_ZONE = "America/New_York"
    issue = make_issue()

    shown = track(issue, "--deadline", "2099-01-15T17:00", "--reason", "Agreed with the vendor.")

    issue.refresh_from_db()
    assert issue.deadline == datetime(2099, 1, 15, 22, 0, tzinfo=UTC)
    assert "2099-01-15 17:00 EST" in shown


def test_a_prevention_measure_is_proposed_with_its_category(make_issue, make_owner):
    issue = make_issue(owner=make_owner())

    track(issue, "--prevention", "Alert on the pool.", "--category", "monitoring")

    measure = issue.measures.get()
    assert (measure.text, measure.category, measure.owner) == ("Alert on the pool.", "monitoring", issue.owner)
    with pytest.raises(CommandError, match="belong together"):
        track(issue, "--prevention", "Alert on the pool.")


def test_a_person_is_named_who_acts_with_their_own_rights(make_issue, make_owner, make_user):
    issue = make_issue(owner=make_owner())
    rita = make_user("rita", is_superuser=True)
    make_user("vera")

    track(issue, "--status", "planned", "--as", "rita")

    assert issue.changes.get().actor == rita
    with pytest.raises(CommandError, match="You may look at issues"):
        track(issue, "--status", "in_progress", "--as", "vera")
    with pytest.raises(CommandError, match="There is no account 'nobody'"):
        track(issue, "--note", "Began.", "--as", "nobody")

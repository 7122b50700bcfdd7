"""Issues from tables: what a row does, what it is refused for, and that a dry run counts what is then done."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from tracker.choices import Door, IssueKind, Priority, Status
from tracker.models import Analysis, AuditEvent, Issue, System
from tracker.sheets import tables
from tracker.sheets.tables import UnreadableTable, open_table
from tracker.tests.racing import race

DUE = datetime(2030, 3, 31, 17, 30, 45, tzinfo=UTC)


@pytest.fixture
def table(tmp_path):
    """Write a file: CSV of rows, bytes as they are, or a workbook."""

    def write(*rows, name="issues.csv", delimiter=",", encoding="utf-8"):
        path = tmp_path / name
        if name.endswith(".xlsx"):
            book = Workbook()
            for row in rows:
                book.active.append(row)
            book.save(path)
        elif rows and isinstance(rows[0], bytes):
            path.write_bytes(rows[0])
        else:
            written = io.StringIO(newline="")
            csv.writer(written, delimiter=delimiter).writerows(rows)
            path.write_bytes(written.getvalue().encode(encoding))
        return path

    return write


@pytest.fixture
def take(run):
    """Import a file, and give what the command says as JSON with its exit code."""

    def take(path, *arguments):
        ended = run("import_issues", path, "--json", *arguments)
        assert ended.err == "", ended.err
        return {**json.loads(ended.out), "code": ended.code}

    return take


def counts(said):
    return tuple(said[name] for name in ("created", "changed", "unchanged", "refused"))


def test_rows_without_a_reference_are_new_issues_of_an_analysis_of_their_own(take, table, make_owner):
    olga, backend = make_owner("Olga Brandt"), System.objects.get(name="backend")
    path = table(
        ["Title", "Priority", "Owner", "Systems", "Deadline", "Kind", "Text", "Status"],
        ["Raise the pool", "p0", "Olga Brandt", "Backend", "2030-04-01", "Prevent", "To 50", "planned"],
        ["Alert on depth", "P2 (medium)", "", "", "", "", "", ""],
    )

    dry = take(path)
    assert (counts(dry), Issue.objects.count(), Analysis.objects.count()) == ((2, 0, 0, 0), 0, 0)
    applied = take(path, "--apply")

    assert (counts(applied), applied["code"], applied["changes"]) == ((2, 0, 0, 0), 0, dry["changes"])
    first, second = Issue.objects.order_by("priority")
    assert (first.owner, first.status, first.kind) == (olga, Status.PLANNED, IssueKind.PREVENT)
    assert (first.deadline, first.description) == (datetime(2030, 4, 1, 23, 59, 59, tzinfo=UTC), "To 50")
    assert list(first.systems.all()) == [backend]
    assert first.analysis == second.analysis == Analysis.objects.get(source="imported from issues.csv")
    assert second.deadline > timezone.now() + timedelta(days=1)  # of the policy
    assert {change.door for change in first.changes.all()} == {Door.COMMAND}
    assert AuditEvent.objects.get(verb="import", kind="tracker.issue").changes["created"] == [None, 2]


def test_the_same_new_rows_again_are_no_new_issues(take, table):
    path = table(["Title", "Priority"], ["Raise the pool", "P1"], ["Raise the pool", "P1"])

    assert counts(take(path, "--apply")) == (1, 0, 0, 1)
    again = take(path, "--apply")

    assert counts(again) == (0, 0, 1, 1)
    assert Issue.objects.get().reference in again["remarks"][0]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_that_comes_back_changes_nothing(take, run, tmp_path, make_issue, make_owner, make_analysis, kind):
    analysis = make_analysis(root_cause="The pool\nis small")
    issue = make_issue(title="=cmd|'/c calc'!A1", deadline=DUE, owner=make_owner("Olga Brandt"), analysis=analysis)
    issue.systems.add(System.objects.get(name="backend"), System.objects.get(name="database"))
    make_issue(title="+1", description="\ta\r\nb\n", revenue_at_risk="1200.50", deadline=None, original_deadline=None)
    make_issue(title="'quoted", description="x" * 40_000, status=Status.VALIDATED)
    make_issue(title="-", description="#N/A", priority=Priority.P3, status=Status.ACCEPTED)
    path = tmp_path / f"out.{kind}"
    assert run("export_issues", "--all", "--with-text", "--format", kind, "--output", path).code == 0
    before = list(Issue.objects.values())

    said = take(path, "--apply", "--time-zone", "Asia/Tokyo")

    assert (counts(said), said["refusals"]) == ((0, 0, 4, 0), [])
    assert list(Issue.objects.values()) == before


def test_a_row_with_a_reference_changes_what_it_says_and_leaves_the_rest_alone(take, table, make_issue, make_owner):
    olga = make_owner("Olga Brandt", email="olga@example.org")
    issue = make_issue(deadline=DUE)
    path = table(
        ["Reference", "Title", "Priority", "Owner", "Deadline", "Reason", "Note", "Status"],
        [issue.reference.lower(), "Raise it", "P0", "olga@example.org", "2031-01-01T10:00+01:00", "Parts.", "Began",
         "planned"],
    )  # fmt: skip

    assert counts(take(path, "--apply")) == (0, 1, 0, 0)

    issue.refresh_from_db()
    assert (issue.title, issue.priority, issue.owner, issue.status) == ("Raise it", Priority.P0, olga, Status.PLANNED)
    assert (issue.deadline, issue.original_deadline) == (
        datetime(2031, 1, 1, 9, tzinfo=UTC),
        make_issue().original_deadline,
    )
    assert issue.notes.get().text == "Began"
    assert issue.field_changes.get(field="deadline").reason == "Parts."
    assert counts(take(path, "--apply")) == (0, 0, 1, 0)


def test_blank_cells_change_nothing(take, table, make_issue, make_owner):
    issue = make_issue(owner=make_owner("Olga Brandt"), deadline=DUE)
    path = table(["Reference", "Title", "Owner", "Deadline", "Status"], [issue.reference, "", " ", "", ""])

    assert counts(take(path, "--apply")) == (0, 0, 1, 0)


def test_a_status_goes_through_its_gates_and_a_refused_row_is_left_out_whole(take, table, make_issue):
    issue = make_issue(status=Status.COMPLETED, deadline=DUE)
    other = make_issue()
    path = table(
        ["Reference", "Priority", "Status", "Title"],
        [issue.reference, "P0", "validated", "Another title"],
        [other.reference, "P0", "", ""],
        ["", "P1", "in_progress", "A new one"],
    )

    said = take(path, "--apply")

    assert (counts(said), said["code"]) == ((0, 1, 0, 2), 3)
    assert "Validation evidence is required" in said["refusals"][0]
    assert "from there it goes to" in said["refusals"][1]
    issue.refresh_from_db()
    other.refresh_from_db()
    assert (issue.status, issue.priority, issue.title, other.priority) == (
        Status.COMPLETED, Priority.P1, "Raise the pool size", Priority.P0,
    )  # fmt: skip
    assert Issue.objects.count() == 2
    assert not Analysis.objects.exists()


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        ("Deadline", "03/04/2025", "nobody can say which number is the day: write the year first"),
        ("Deadline", "3.4.2025", "nobody can say which number is the day"),
        ("Deadline", "next week", "which is no date"),
        ("Deadline", "45000", "which is no date"),
        ("Deadline", "2020-01-01", "The new deadline has passed already"),
        ("Deadline", "2031-02-30", "which is no date"),
        ("Priority", "urgent", "should be one of P0, P1, P2, P3"),
        ("Status", "done", "should be one of identified"),
        ("Owner", "Nobody", "no single owner is called so"),
        ("Systems", "backend, moon", "“moon”, which is no system of this site"),
        ("Hours", "2", "belong to a note"),
        ("Title", "x" * 301, "A title has at most 300 characters"),
        ("Original deadline", "2030-01-01 00:00", "is not changed by an import"),
        ("Text", "Something else", "is not changed by an import"),
        ("Confirmed revenue at risk a month", "12e999", "which is no number"),
        ("Confirmed revenue at risk a month", "a lot", "which is no number"),
    ],
)
def test_what_a_row_is_refused_for(take, table, make_issue, column, cell, sentence):
    issue = make_issue(deadline=DUE, description="Raise it")
    path = table(["Reference", column], [issue.reference, cell])

    said = take(path, "--apply", "--reason", "Because.")

    assert counts(said) == (0, 0, 0, 1)
    assert said["refusals"][0].startswith("Row 2: ")
    assert sentence in said["refusals"][0]
    assert Issue.objects.get().updated_at == issue.updated_at


def test_references_that_are_not_here_or_come_twice_are_refused(take, table, make_issue):
    issue = make_issue()
    path = table(["Reference", "Priority"], ["P0-20200101-001", "P0"], [issue.reference, "P0"], [issue.reference, "P2"])

    said = take(path, "--apply")

    assert counts(said) == (0, 1, 0, 2)
    assert "There is no issue P0-20200101-001" in said["refusals"][0]
    assert "is in row 3 already" in said["refusals"][1]


def test_columns_are_mapped_and_unknown_ones_told(take, table):
    path = table(["What", "How bad", "Colour"], ["Raise the pool", "P1", "red"])

    said = take(path, "--map", "What=title", "--map", "How bad=priority")

    assert counts(said) == (1, 0, 0, 0)
    assert said["remarks"] == ["Columns that are no field of an issue are left out: “Colour”."]


@pytest.mark.parametrize(
    ("head", "mapped", "sentence"),
    [
        (["What"], (), "No column is called Reference or Title"),
        (["Title", "Summary"], (), "are both the title"),
        (["Title"], ("--map", "Title=shape"), "There is no field 'shape'"),
        (["Title"], ("--map", "Shape=title"), "has no column “Shape”"),
    ],
)
def test_a_head_that_is_unclear_is_refused(run, table, head, mapped, sentence):
    ended = run("import_issues", table(head, ["x"] * len(head)), *mapped)

    assert (ended.code, ended.out) == (1, "")
    assert sentence in ended.err


def test_new_issues_may_belong_to_an_analysis_that_is_named(take, run, table, make_analysis):
    analysis = make_analysis()
    path = table(["Title", "Priority"], ["Raise the pool", "P1"])

    take(path, "--apply", "--analysis", analysis.source)

    assert Issue.objects.get().analysis == analysis
    assert "There is no analysis" in run("import_issues", path, "--analysis", "moon").err


# rights


@pytest.mark.parametrize(("group", "changed"), [("Manager", (1, 2, 0, 0)), ("Engineer", (0, 1, 0, 2))])
def test_a_person_does_by_a_table_what_they_may_do_otherwise(
    take, table, make_issue, make_user, make_owner, group, changed
):
    user = make_user("erin")
    user.groups.add(Group.objects.get(name=group))
    own = make_issue(owner=make_owner("Erin", user=user))
    other = make_issue()
    path = table(
        ["Reference", "Title", "Priority", "Note"],
        [own.reference, "", "", "Began"],
        [other.reference, "", "", "Began"],
        ["", "A new one", "P1", ""],
    )

    said = take(path, "--apply", "--as", "erin")

    assert counts(said) == changed
    assert own.notes.get().actor == user


def test_who_may_look_only_imports_nothing(run, table, make_user):
    make_user("vera").groups.add(Group.objects.get(name="Auditor"))

    ended = run("import_issues", table(["Title"], ["x"]), "--as", "vera")

    assert (ended.code, ended.err) == (1, "You may look at issues, and not change them.\n")


# files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_separators_are_found(take, table, encoding, delimiter):
    path = table(["Title", "Priority"], ["Über, the; café\tis full", "P1"], delimiter=delimiter, encoding=encoding)

    said = take(path, "--apply")

    assert Issue.objects.get().title == "Über, the; café is full"
    assert (said["remarks"] != []) == (encoding == "cp1252")


def test_the_separator_that_excel_names_is_believed(take, table):
    take(table(b"sep=;\r\nTitle;Priority\r\na,b,c;P1\r\n"), "--apply")

    assert Issue.objects.get().title == "a,b,c"


def test_the_apostrophe_of_an_export_is_taken_back(take, table):
    take(table(["Title", "Priority"], ["'=1+1", "P1"], ["'tis", "P1"]), "--apply")

    assert set(Issue.objects.values_list("title", flat=True)) == {"=1+1", "'tis"}


def test_dates_of_a_workbook_are_read_and_formulas_are_not(take, table):
    path = table(
        ["Title", "Priority", "Deadline (Europe/Paris)"],
        ["A day", "P1", datetime(2030, 7, 1)],  # noqa: DTZ001
        ["A time", "P1", datetime(2030, 7, 1, 9, 30)],  # noqa: DTZ001
        ["=1+1", "P1", None],
        ["A number", "P1", 45_000],
        name="issues.xlsx",
    )

    said = take(path, "--apply")

    assert counts(said) == (2, 0, 0, 2)
    assert "The cell A4 has a formula, which is not calculated here" in said["refusals"][0]
    assert "which is no date" in said["refusals"][1]
    assert dict(Issue.objects.values_list("title", "deadline")) == {
        "A day": datetime(2030, 7, 1, 21, 59, 59, tzinfo=UTC),
        "A time": datetime(2030, 7, 1, 7, 30, tzinfo=UTC),
    }


def zipped(*parts, types="spreadsheetml"):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", f"<Types>{types}</Types>")
        for name, content in parts:
            file.writestr(name, content)
    return data.getvalue()


def with_part(name, content):
    """A real workbook with one more part."""
    data = io.BytesIO()
    book = Workbook()
    book.active.append(["Title"])
    book.save(data)
    with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(b"", "The file is empty.", id="empty"),
        pytest.param(b"\n\n", "has no head", id="blank"),
        pytest.param(b"\x81\x8d\x8f\x90", "no text that can be read", id="binary"),
        pytest.param(b'Title\n"unfinished', "The CSV is broken in or before line 2", id="an open quote"),
        pytest.param(b"\xd0\xcf\x11\xe0rest", "an old or an encrypted Excel file", id="xls"),
        pytest.param(b"PK\x03\x04rest", "is damaged", id="a cut-off zip"),
        pytest.param(zipped(types="word"), "no XLSX workbook", id="another zip"),
        pytest.param(zipped(), "is damaged", id="a workbook without sheets"),
        pytest.param(with_part("xl/vbaProject.bin", b"x"), "has macros", id="macros"),
        pytest.param(with_part("xl/big.xml", b" " * 10_000_000), "much larger than it looks", id="a zip bomb"),
        pytest.param(with_part("xl/e.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]>"), "entities of its own", id="entities"),
        pytest.param(b"a," * 101 + b"b\n", "more than 100 columns", id="columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(run, table, data, sentence):
    ended = run("import_issues", table(data), "--apply")

    assert (ended.code, ended.out) == (1, "")
    assert sentence in ended.err
    assert ended.err.startswith("issues.csv: ")


def test_too_many_bytes_or_rows_are_refused(monkeypatch):
    with pytest.raises(UnreadableTable, match="at most 10 are read"):
        open_table(io.BytesIO(b"Title\n" * 3), most_bytes=10)
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    with pytest.raises(UnreadableTable, match="more than 2 rows"):
        list(open_table(io.BytesIO(b"Title\na\nb\nc\n")).rows)


def test_thousands_of_refusals_are_summed_up(take, table):
    path = table(["Reference", "Priority"], *([f"P1-20200101-{number:04d}", "P0"] for number in range(1200)))

    said = take(path)

    assert (counts(said), len(said["refusals"])) == ((0, 0, 0, 1200), 200)
    assert said["reasons"] == {"There is no issue …: leave the reference empty for a new one.": 1200}


def test_rows_that_change_nothing_cost_few_questions(take, table, make_issue, django_assert_max_num_queries):
    issues = [make_issue(title=f"Issue {number}") for number in range(60)]
    path = table(["Reference", "Title", "Priority"], *([each.reference, each.title, "P1"] for each in issues))

    with django_assert_max_num_queries(14):
        assert counts(take(path, "--apply")) == (0, 0, 60, 0)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one write after the other anyway")
@pytest.mark.django_db(transaction=True)
def test_the_same_table_twice_at_once_is_imported_once(tmp_path):
    assert sorted(race("import a table", 4, tmp_path)) == ["0 created"] * 3 + ["2 created"]


# the command export_issues


def test_an_export_has_what_the_options_choose(run, make_issue, make_owner):
    olga = make_owner("Olga Brandt")
    make_issue(title="Mine", owner=olga, priority=Priority.P0)
    make_issue(title="Closed", owner=olga, status=Status.CANCELLED, priority=Priority.P0)
    make_issue(title="Other", priority=Priority.P0)

    def titles(*arguments):
        ended = run("export_issues", *arguments)
        assert ended.code == 0
        return [row["Title"] for row in csv.DictReader(io.StringIO(ended.out.removeprefix("\ufeff"), newline=""))]

    assert titles("--owner", "Olga Brandt") == ["Mine"]
    assert titles("--owner", "Olga Brandt", "--all") == ["Mine", "Closed"]
    assert sorted(titles("--priority", "P0")) == ["Mine", "Other"]
    assert titles("--status", "cancelled") == ["Closed"]


def test_an_export_for_a_person_has_what_they_may_have(run, tmp_path, make_issue, make_user):
    make_issue(description="secret words")
    make_user("exec").groups.add(Group.objects.get(name="Executive"))
    path = tmp_path / "out.xlsx"

    assert run("export_issues", "--with-text", "--as", "exec").err == "exec may not export texts.\n"
    assert run("export_issues", "--as", "exec", "--format", "xlsx", "--output", path).code == 0

    assert "Text" not in [cell.value for cell in load_workbook(path)["Issues"][1]]
    assert AuditEvent.objects.filter(verb="export").count() == 1

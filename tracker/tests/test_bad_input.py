"""Whatever a file holds or is called: a clear sentence or a correct result, never a traceback, nothing half written."""

import json
import os
from pathlib import Path

import pytest
from django.apps import apps

from tracker.models import Analysis, Issue

RENEW, ALERT = "Renew the certificate on all hosts", "Alert two weeks before a certificate expires"
DOC = f"# Login fails\n\nNobody could log in.\n\n## Action items\n\n- [ ] {RENEW}\n- [ ] {ALERT}\n"


@pytest.fixture
def take_in(run, tmp_path):
    """Write bytes to a file and take it in."""

    def take_in(data: bytes | str, name: str = "login.md", form: str = "json"):
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return run("extract_issues", "--analysis-file", path, "--auto-add", "--format", form)

    return take_in


@pytest.fixture
def rows(db):
    """How many rows each table of the tracker has."""
    return lambda: {model.__name__: model.objects.count() for model in apps.get_app_config("tracker").get_models()}


def titles(ended) -> dict[str, int]:
    """The issues that the command printed: title → line."""
    assert ended.code == 0, ended.err
    return {issue["title"]: issue["line"] for issue in json.loads(ended.out)["issues"]}


def fails(ended, start: str) -> None:
    """The command ended with one sentence that starts so, and with nothing else."""
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(start)
    assert ended.err.endswith(".\n")
    assert ended.err.count("\n") == 1


# -- refused ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"", ": it is empty", id="an empty file"),
        pytest.param(b" \n\t\r\n  ", ": it is empty", id="white space alone"),
        pytest.param(b"\xef\xbb\xbf", ": it is empty", id="a byte-order mark alone"),
        pytest.param(b"word " * 600_000, ": larger than the limit of 2,097,152 bytes", id="3 MB in one line"),
        pytest.param(DOC.encode() * 20_000, ": larger than the limit", id="more than the limit in many lines"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ": this is binary data", id="a picture"),
        pytest.param(DOC.encode().replace(b"Renew", b"Re\0new"), ":7: a NUL character", id="a NUL character"),
        pytest.param(DOC.encode("utf-16-le"), ":1: a NUL character", id="UTF-16 without a byte-order mark"),
        pytest.param(DOC.encode("utf-16") + b"x", ": it begins like UTF-16 and is not", id="damaged UTF-16"),
        pytest.param("größe\n".encode() + b"gr\xfc\n", ":2: a damaged character", id="damaged UTF-8"),
    ],
)
def test_what_is_no_readable_analysis_is_refused_with_its_place_and_nothing_is_written(
    take_in, rows, tmp_path, data, told
):
    before = rows()

    fails(take_in(data), f"{tmp_path}/login.md{told}")

    assert rows() == before


def test_a_missing_file_is_refused(run, rows, tmp_path):
    before = rows()

    ended = run("extract_issues", "--analysis-file", tmp_path / "gone.md", "--auto-add")

    fails(ended, f"{tmp_path}/gone.md: there is no such file or folder")
    assert rows() == before


def test_a_folder_without_markdown_is_refused(run, tmp_path):
    (tmp_path / "notes.txt").write_text(DOC)

    fails(run("extract_issues", "--analysis-file", tmp_path), f"{tmp_path}: there is no Markdown file")


def test_a_file_that_cannot_be_read_is_refused(run):
    """Of the reasons, this one stops even root: the memory of a process has nothing at its beginning."""
    fails(run("extract_issues", "--analysis-file", "/proc/self/mem"), "/proc/self/mem: it cannot be read")


def test_an_endless_file_is_refused(run):
    fails(run("extract_issues", "--analysis-file", "/dev/zero"), "/dev/zero: larger than the limit")


# -- read correctly ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(DOC.encode("utf-8-sig"), id="a byte-order mark"),
        pytest.param(DOC.encode("utf-16"), id="UTF-16"),
        pytest.param(DOC.replace("\n", "\r\n").encode(), id="Windows line ends"),
        pytest.param(DOC.replace("\n", "\r").encode(), id="old Macintosh line ends"),
        pytest.param(DOC.replace("\n", "\r\n").encode("utf-16"), id="UTF-16 with Windows line ends"),
        pytest.param((DOC + "\nEs lief über, gestern abend.\n").encode("latin-1"), id="Latin-1"),
        pytest.param(DOC.rstrip().encode(), id="no line end at the end"),
        pytest.param((DOC + "\n```\n- [ ] Delete everything\n").encode(), id="an unclosed code fence"),
        pytest.param((DOC + "\n" * 100_000).encode(), id="100,000 empty lines"),
    ],
)
def test_the_same_issues_are_found_on_the_same_lines(take_in, data):
    assert titles(take_in(data)) == {RENEW: 7, ALERT: 8}


def test_a_text_that_differs_in_encoding_and_line_ends_alone_is_the_same_analysis(take_in):
    take_in(DOC)

    for data in (DOC.encode("utf-16"), DOC.replace("\n", "\r\n").encode(), DOC.encode("utf-8-sig")):
        assert titles(take_in(data)) == {RENEW: 7, ALERT: 8}
    assert (Analysis.objects.count(), Issue.objects.count()) == (1, 2)


def test_lists_nested_a_hundred_deep_are_read(take_in):
    nest = "".join(f"{'  ' * depth}- level {depth}\n" for depth in range(100))

    assert titles(take_in(f"{DOC}\n## Timeline\n\n{nest}")).keys() >= {RENEW, ALERT}


def test_a_table_with_ragged_rows_is_read(take_in):
    table = (
        "# Login fails\n\n## Action items\n\n| Action | Owner | Due |\n|---|---|---|\n"
        f"| {RENEW} | Dana Fox |\n| {ALERT} | Omar Haddad | 2026-03-31 | more | cells |\n| |\n"
    )

    assert titles(take_in(table)) == {RENEW: 7, ALERT: 8}


def test_right_to_left_text_and_emoji_are_kept_and_measured(take_in, run, tmp_path):
    words = "חדש את האישור 🚀 בכל השרתים"

    assert titles(take_in(DOC.replace(RENEW, words)))[words] == 7
    assert words in run("extract_issues", "--analysis-file", tmp_path).out


def test_scripts_and_script_links_stay_text(take_in):
    doc = DOC.replace(RENEW, "Escape `<script>alert(1)</script>` in names").replace(
        ALERT, "Fix the [help link](javascript:alert(1)) on the login page"
    )

    found = titles(take_in(doc))

    assert found == {"Escape <script>alert(1)</script> in names": 7, "Fix the help link on the login page": 8}


def test_one_line_of_three_megabytes_is_read_where_the_limit_allows_it(take_in, settings):
    settings.MAX_ANALYSIS_BYTES = 4 * 2**20

    assert titles(take_in(f"{DOC}\n## Notes\n\n{'word ' * 600_000}\n")).keys() >= {RENEW, ALERT}


# -- names and places -------------------------------------------------------------------------------------------------
def test_escape_codes_in_an_analysis_reach_no_terminal_raw(take_in, run, tmp_path):
    hostile = DOC.replace("Login fails", "\x1b]0;owned\x07Login").replace(RENEW, f"\x1b[2J\x1b[31m{RENEW}\u202e")

    ended = take_in(hostile, form="text")

    assert ended.code == 0
    assert not set(ended.out) & set("\x1b\x07\u202e")
    assert RENEW in ended.out
    assert "\x1b" not in take_in(hostile).out


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param(b"caf\xe9.md", "caf\\xe9.md", id="a byte that is no UTF-8"),
        pytest.param(b"new\nline.md", "new\\nline.md", id="a line end"),
        pytest.param(b"\x1b[31mred.md", "\\x1b[31mred.md", id="an escape code"),
        pytest.param("\u202egnp.md".encode(), "\\u202egnp.md", id="a change of direction"),
    ],
)
def test_a_file_name_of_any_bytes_is_taken_in_and_shown_printable(run, tmp_path, name, shown):
    path = os.path.join(os.fsencode(tmp_path), name)
    try:
        Path(os.fsdecode(path)).write_text(DOC)
    except OSError:
        pytest.skip("this file system does not allow the name")

    ended = run("extract_issues", "--analysis-file", os.fsdecode(path), "--auto-add")

    assert ended.code == 0
    assert f"{shown}:7" in ended.out
    assert "\x1b" not in ended.out
    assert Analysis.objects.get().source == f"{tmp_path}/{shown}"
    missing = run("extract_issues", "--analysis-file", os.fsdecode(path) + "x")
    assert missing.err == f"{tmp_path}/{shown}x: there is no such file or folder.\n"


def test_a_loop_of_folder_links_ends(run, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/login.md").write_text(DOC)
    (tmp_path / "deep/again").symlink_to(tmp_path)

    ended = run("extract_issues", "--analysis-file", tmp_path, "--format", "json")

    assert titles(ended) == {RENEW: 7, ALERT: 8}

"""How the commands end and what they write to a terminal, as a shell sees it."""

import json
import os
import pty
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from django.conf import settings as site

DOC = """# Login fails

## Action items

- [ ] Renew the certificate on all hosts
- [ ] Restart the login service on the second host
- [ ] Alert two weeks before a certificate expires
"""


@pytest.fixture
def doc(tmp_path) -> Path:
    path = tmp_path / "login.md"
    path.write_text(DOC)
    return path


@pytest.fixture
def shell(tmp_path):
    """Start the real program on a database of its own, which is not there yet."""
    environment = os.environ | {
        "ENV_FILE": str(Path(site.BASE_DIR) / "tests.env"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3",
    }

    def start(*arguments: object, **options) -> subprocess.Popen:
        command = [sys.executable, str(Path(site.BASE_DIR) / "manage.py"), *map(str, arguments)]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env=environment, cwd=tmp_path, text=True, **(pipes | options))

    return start


def ended(process: subprocess.Popen) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_without_a_database_default_deadlines_and_generic_systems_serve_and_no_database_is_made(shell, doc, tmp_path):
    code, out, err = ended(shell("extract_issues", "--analysis-file", "login.md", "--format", "json"))

    told = json.loads(out)
    assert code == 0
    assert [issue["line"] for issue in told["issues"]] == [5, 6, 7]
    assert all(issue["deadline"] for issue in told["issues"])
    assert err == "There is no database yet. Shown are default deadlines and generic systems.\n"
    assert not (tmp_path / "site.sqlite3").exists()


def test_a_database_that_is_not_migrated_is_told_once_and_refused_where_something_is_to_be_written(
    shell, doc, tmp_path
):
    (tmp_path / "site.sqlite3").touch()
    (tmp_path / "second.md").write_text(DOC)

    code, out, err = ended(shell("extract_issues", "--analysis-file", "login.md", "second.md"))
    assert code == 0
    assert "2 files: 6 issues" in out
    assert err.splitlines() == [
        "The database is not migrated: run `python manage.py migrate` first. "
        "Shown are default deadlines and generic systems."
    ]

    for arguments in (["extract_issues", "--analysis-file", "login.md", "--auto-add"], ["status"]):
        code, out, err = ended(shell(*arguments))
        assert (code, out) == (1, "")
        assert err == "The database is not migrated: run `python manage.py migrate` first.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["extract_issues"],
        ["extract_issues", "--analysis-file"],
        ["extract_issues", "--analysis-file", "login.md", "--format", "xml"],
        ["track", "--status", "planned"],
        ["track", "--issue-id", "P0-20260310-001", "--deadline", "soon"],
        ["status", "--colour"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two_and_shows_the_usage(run, arguments):
    result = run(*arguments)

    assert result.code == 2
    assert result.err.startswith("usage: ")


def test_a_reader_that_goes_away_ends_the_command_quietly(shell, tmp_path):
    (tmp_path / "many").mkdir()
    for number in range(40):
        (tmp_path / f"many/{number}.md").write_text(DOC * 20)

    process = shell("extract_issues", "--analysis-file", "many")
    process.stdout.readline()
    process.stdout.close()

    assert process.wait(60) == 141
    assert process.stderr.read() == "There is no database yet. Shown are default deadlines and generic systems.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_one_sentence(shell, doc):
    with open("/dev/full", "w") as full:
        code, _, err = ended(shell("extract_issues", "--analysis-file", doc, stdout=full))

    assert code == 1
    assert err.splitlines()[1:] == ["The output cannot be written: no space left on device."]


def test_ctrl_c_ends_the_command_quietly(shell):
    process = shell("extract_issues", "--analysis-file", "-", stdin=subprocess.PIPE)
    assert "no database" in process.stderr.readline()  # the last that it says before it reads

    process.send_signal(signal.SIGINT)

    code, out, err = ended(process)
    assert (code, out) == (130, "")
    assert "Traceback" not in err


def test_a_terminal_gets_lines_that_fit_and_a_progress_bar_for_many_files(shell, tmp_path):
    (tmp_path / "many").mkdir()
    for number in range(12):
        (tmp_path / f"many/{number}-{'x' * 60}.md").write_text(DOC)
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    process = shell("extract_issues", "--analysis-file", "many", stdout=theirs, stderr=theirs)
    os.close(theirs)

    shown = _all_of(ours)

    assert process.wait(60) == 0
    assert "/12" in shown
    rows = [line for line in shown.replace("\r", "\n").split("\n") if line.startswith("- ")]
    assert len(rows) == 36
    assert max(map(len, rows)) <= 80


def _all_of(terminal: int) -> str:
    data = b""
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # what Linux says when the other side has ended
            return data.decode()
        data += chunk

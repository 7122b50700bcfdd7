import os
import re
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from tracker.guard import parent_of
from tracker.validation import process
from tracker.validation.outcomes import HIDDEN, LAST_BYTES

ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
LONG = 60.0
# Ignores the request to end, and so does a child that has left for a session of its own; both tell their numbers.
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
os.write(1, b"pid %d\\n" % os.getpid())  # at once: print may write in pieces
time.sleep(600)
"""


def run(*argv, folder, **options):
    return process.run(argv, folder=folder, **{"timeout_seconds": LONG, "environment": ENVIRONMENT} | options)


def python(code, *, folder, **options):
    return run(sys.executable, "-c", code, folder=folder, **options)


def pids(text):
    return [int(number) for number in re.findall(r"pid (\d+)", text)]


def until_gone(numbers, seconds=30.0):
    end = time.monotonic() + seconds
    while alive := [pid for pid in numbers if parent_of(str(pid)) is not None]:
        assert time.monotonic() < end, f"still alive: {alive}"
        time.sleep(0.05)


class Stopped(Exception):
    pass


def stop_when_started(count):
    """Watches a command until so many of its processes have told their numbers, then stops it."""
    seen = []

    def tell(size, last_lines):
        seen[:] = pids(last_lines)
        if len(seen) >= count:
            raise Stopped

    return tell, seen


def test_a_command_gives_its_exit_code_and_what_it_wrote_on_both_streams(tmp_path):
    ended = python("import sys; print('out', flush=True); sys.stderr.write('err'); sys.exit(3)", folder=tmp_path)

    assert (ended.exit_code, ended.problem) == (3, "")
    assert ended.output.text == "out\nerr"
    assert ended.output.sha256 == sha256(b"out\nerr").hexdigest()


def test_a_command_runs_in_its_folder_with_nothing_to_read_and_no_variable_but_those_given(tmp_path):
    code = "import os, sys; print(os.getcwd(), repr(sys.stdin.read()), sorted(os.environ))"

    ended = run(sys.executable, "-I", "-c", code, folder=tmp_path, environment={"PATH": "/bin", "GIVEN": "1"})

    folder, rest = ended.output.text.split(" ", 1)
    assert (Path(folder), rest.strip()) in [
        (tmp_path, "'' ['GIVEN', 'PATH']"),
        (tmp_path, "'' ['GIVEN', 'LC_CTYPE', 'PATH']"),  # Python's own, where no language is set
    ]


def test_no_shell_reads_the_arguments(tmp_path):
    ended = run("echo", "$HOME; echo two > file `ls` *", folder=tmp_path)

    assert ended.output.text == "$HOME; echo two > file `ls` *\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("program", ["no-such-program-anywhere", "./missing", "/no/such/program"])
def test_a_missing_program_is_a_problem_in_words_and_no_exit_code(tmp_path, program):
    ended = run(program, "--version", folder=tmp_path)

    assert ended.exit_code is None
    assert f"The program {program} is missing" in ended.problem


def test_a_program_that_the_system_cannot_execute_is_a_problem(tmp_path):
    (tmp_path / "tool").write_text("#!/no/such/interpreter\n")
    (tmp_path / "tool").chmod(0o755)

    ended = run("./tool", folder=tmp_path)

    assert "could not start" in ended.problem


def test_a_folder_that_has_vanished_is_a_problem(tmp_path):
    assert "is not there" in run("true", folder=tmp_path / "gone").problem


def test_of_five_megabytes_the_last_64_kib_are_kept_and_all_are_hashed(tmp_path):
    written = b"".join(b"line %07d\n" % number for number in range(370_000))

    ended = python(
        "import sys; sys.stdout.write(''.join('line %07d\\n' % number for number in range(370_000)))", folder=tmp_path
    )

    assert ended.output.size == len(written) > 4_500_000
    assert ended.output.sha256 == sha256(written).hexdigest()
    assert ended.output.text == written[-LAST_BYTES:].decode()
    assert ended.output.truncated


def test_the_secrets_of_an_entry_are_hidden_in_the_output(tmp_path):
    ended = python("print('token=correct-horse-battery')", folder=tmp_path, secrets=("correct-horse-battery",))

    assert ended.output.text == f"token={HIDDEN}\n"


def test_a_command_that_takes_too_long_is_ended_and_has_no_exit_code(tmp_path):
    ended = run("sleep", "600", folder=tmp_path, timeout_seconds=0.2)

    assert ended.exit_code is None
    assert ended.problem == "sleep took longer than 0.2 s and was ended."


def test_a_command_may_end_in_order_when_its_time_is_over(tmp_path):
    shell = shutil.which("sh")
    code = "trap 'echo cleaned up; exit 0' TERM; echo started; while :; do sleep 0.1; done"

    ended = run(shell, "-c", code, folder=tmp_path, timeout_seconds=2)

    assert ended.output.text.endswith("cleaned up\n")
    assert "took longer" in ended.problem


@pytest.mark.process
def test_what_ignores_the_request_to_end_is_killed_with_all_its_descendants(tmp_path):
    ended = python(STUBBORN, folder=tmp_path, timeout_seconds=4, grace_seconds=0.2)

    assert len(pids(ended.output.text)) == 3
    until_gone(pids(ended.output.text), seconds=1)


@pytest.mark.process
def test_processes_that_a_command_leaves_behind_end_with_it(tmp_path):
    code = f"import subprocess, sys\nprint(subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]).stdout)"

    ended = python(code, folder=tmp_path)

    assert ended.exit_code == 0
    until_gone(pids(ended.output.text), seconds=1)


@pytest.mark.process
def test_a_crowd_of_processes_that_ignore_the_request_to_end_is_killed(tmp_path):
    code = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "for _ in range(5):\n    os.fork()\n"
        "os.write(1, b'pid %d\\n' % os.getpid())\n"
        "time.sleep(600)\n"
    )
    tell, seen = stop_when_started(20)  # as many lines as are shown to people who watch

    with pytest.raises(Stopped):
        python(code, folder=tmp_path, tell=tell)

    until_gone(seen, seconds=1)


@pytest.mark.process
def test_an_exception_of_those_who_watch_ends_the_command(tmp_path):
    tell, seen = stop_when_started(3)

    with pytest.raises(Stopped):
        python(STUBBORN, folder=tmp_path, tell=tell)

    assert len(seen) == 3
    until_gone(seen, seconds=1)


@pytest.mark.process
def test_a_command_ends_with_the_worker_that_is_killed(tmp_path):
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom tracker.validation import process\n"
        f"process.run([sys.executable, '-c', {STUBBORN!r}], folder=Path({str(tmp_path)!r}), timeout_seconds=60,\n"
        "    environment=dict(os.environ), tell=lambda size, lines: print(lines.replace('\\n', ' '), flush=True))"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    line = next((line for line in worker.stdout if len(pids(line)) == 3), "")
    assert line, "the processes of the command did not all start"

    worker.send_signal(signal.SIGKILL)

    worker.wait()
    worker.stdout.close()
    until_gone(pids(line))


def test_progress_is_told_while_a_command_is_silent_too(tmp_path):
    told = []

    def tell(size, last_lines):
        told.append((size, last_lines))
        if len(told) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        run("sleep", "600", folder=tmp_path, tell=tell)

    assert told == [(0, ""), (0, "")]


def test_an_exit_code_is_told_with_its_signal():
    assert process.exit_words(1) == "exit code 1"
    assert process.exit_words(137) == "exit code 137 (SIGKILL)"
    assert process.exit_words(255) == "exit code 255"

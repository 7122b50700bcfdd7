"""tools/find-python, by which `make install` chooses an interpreter."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from remediation_site.tests.conftest import BASE_DIR


@pytest.fixture
def folder(tmp_path):
    """A folder that is all of PATH: a shell's own words need no more."""
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def find(folder: Path, **environment: str) -> subprocess.CompletedProcess:
    command = [shutil.which("sh"), str(BASE_DIR / "tools" / "find-python")]
    environment = {"PATH": str(folder), **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_name_behind_which_nothing_is_installed_is_passed_over(folder):
    put(folder, "python3.13", "echo 'command not found' >&2; exit 127")
    put(folder, "python3.12", "exit 1")  # too old, or without venv
    put(folder, "python3", f'exec "{sys.executable}" "$@"')

    done = find(folder)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, str(folder / "python3"), "")


def test_a_machine_without_a_usable_python_is_told_so_in_one_sentence(folder):
    put(folder, "python3", "exit 1")

    done = find(folder)

    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 or newer")
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_interpreter_that_was_named_and_does_not_do_is_not_replaced_by_another(folder):
    put(folder, "python3", f'exec "{sys.executable}" "$@"')

    done = find(folder, PYTHON=os.devnull)

    assert done.returncode == 1
    assert done.stderr.startswith(f"PYTHON={os.devnull} is not a Python 3.11")

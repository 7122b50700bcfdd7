"""tools/write_env.py, as `make install` runs it."""

import shutil
import stat
import subprocess
import sys

import pytest

from remediation_site.tests.conftest import BASE_DIR


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tools").mkdir()
    shutil.copy(BASE_DIR / "tools" / "write_env.py", tmp_path / "tools")
    shutil.copy(BASE_DIR / ".env.example", tmp_path)
    return tmp_path


def write_env(folder) -> str:
    command = [sys.executable, str(folder / "tools" / "write_env.py")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def secret(folder) -> str:
    lines = (folder / ".env").read_text().splitlines()
    return next(line.removeprefix("SECRET_KEY=") for line in lines if line.startswith("SECRET_KEY="))


def test_a_new_env_has_a_secret_of_its_own_that_only_its_owner_reads(folder):
    assert "random SECRET_KEY" in write_env(folder)

    first = secret(folder)
    assert len(first) >= 50
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    (folder / ".env").unlink()
    write_env(folder)
    assert secret(folder) != first


def test_an_env_that_is_there_is_left_alone(folder):
    (folder / ".env").write_text("mine\n")

    assert write_env(folder) == ""

    assert (folder / ".env").read_text() == "mine\n"

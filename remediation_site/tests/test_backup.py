"""Copies of the database that can be gone on with: made while somebody writes, put back, and looked at by a site."""

import os
import shutil
import sqlite3
import stat
import subprocess
from contextlib import closing

import pytest
from django.conf import settings
from django.db import connection

from remediation_site.tests.conftest import postgres_database, run_manage

ADD = "from tracker.models import Owner; Owner.objects.create(name={name!r})"
COUNT = "from tracker.models import Owner; print(list(Owner.objects.order_by('pk').values_list('name', flat=True)))"


def shell(environment, code):
    done = run_manage("shell", "--no-imports", "-c", code, environment=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has a program of its own for this")
def test_a_copy_of_sqlite_has_what_the_write_ahead_log_has_and_is_gone_on_with(site_environment, tmp_path):
    copy, path = tmp_path / "copy.sqlite3", site_environment["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as held:  # while it is open, rows stay in the write-ahead log
        held.execute("SELECT count(*) FROM tracker_owner").fetchone()
        shell(site_environment, ADD.format(name="Olga"))
        done = run_manage("backup", str(copy), environment=site_environment)
    again = run_manage("backup", str(copy), environment=site_environment)
    shell(site_environment, ADD.format(name="Nils"))

    assert done.returncode == 0, done.stderr
    assert "and checked" in done.stdout
    assert stat.S_IMODE(copy.stat().st_mode) & 0o077 == 0
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert copy.read_bytes()[18:20] == b"\x02\x02", "it has a write-ahead log already"
    restored = site_environment | {"DATABASE_URL": f"sqlite:///{copy}"}
    assert shell(restored, COUNT) == "['Olga']"
    assert run_manage("migrate", "--check", environment=restored).returncode == 0


@pytest.mark.skipif(connection.vendor != "postgresql", reason="for PostgreSQL")
@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not installed")
def test_a_dump_of_postgresql_is_gone_on_with(site_environment, tmp_path):
    shell(site_environment, ADD.format(name="Olga"))
    dump = tmp_path / "site.dump"
    url = site_environment["DATABASE_URL"]

    subprocess.run(["pg_dump", "--format=custom", f"--file={dump}", f"--dbname={url}"], check=True, timeout=60)

    with postgres_database() as fresh:
        subprocess.run(["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={fresh}", str(dump)], check=True)
        restored = site_environment | {"DATABASE_URL": fresh}
        assert shell(restored, COUNT) == "['Olga']"
        assert run_manage("migrate", "--check", environment=restored).returncode == 0


@pytest.mark.skipif(connection.vendor != "postgresql", reason="for PostgreSQL")
def test_the_command_names_the_program_of_postgresql(run):
    ended = run("backup", "x.sqlite3")

    assert (ended.code, "use pg_dump" in ended.err) == (1, True)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    where = {"ENV_FILE": str(settings.BASE_DIR / "tests.env"), "DATABASE_URL": f"sqlite:///{tmp_path}/a"}

    done = run_manage("backup", str(tmp_path / "no" / "copy"), environment=os.environ | where)

    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1

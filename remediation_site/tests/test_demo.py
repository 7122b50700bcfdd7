"""`manage.py demo`: the story comes true in a process of its own, and touches nothing else."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from remediation_site.demo import playing

pytestmark = pytest.mark.process
MANAGE = str(Path(settings.BASE_DIR) / "manage.py")


def play(*arguments: object, environment: dict[str, str]) -> subprocess.CompletedProcess:
    command = [sys.executable, MANAGE, "demo", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_whole_story_comes_true_and_leaves_the_sites_own_database_alone(tmp_path):
    own, folder = tmp_path / "own.sqlite3", tmp_path / "demo"
    own.write_bytes(b"the site's own rows")
    tests_env = str(Path(settings.BASE_DIR) / "tests.env")
    site = {**os.environ, "DATABASE_URL": f"sqlite:///{own}", "ENV_FILE": tests_env}

    ended = play("--output", folder, environment=site)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Everything came true" in ended.stdout
    assert own.read_bytes() == b"the site's own rows"
    assert {"dashboard.html", "report.md", "report.html", "demo.sqlite3"} <= {path.name for path in folder.iterdir()}
    assert [path.suffix for path in (folder / playing.MAILS).iterdir()].count(".eml") > 10


@pytest.mark.parametrize("form", ["extract-only", "monitoring"])
def test_a_part_of_the_story_comes_true_by_itself(form, tmp_path):
    ended = play("--demo", form, "--output", tmp_path / "demo", environment=dict(os.environ))

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Everything came true" in ended.stdout


def test_a_story_that_breaks_says_where_and_ends_with_1(tmp_path):
    playing.prepare(tmp_path / "demo")
    stage = playing.environment(tmp_path / "demo")
    subprocess.run([sys.executable, MANAGE, "migrate", "--verbosity", "0"], env=stage, check=True)
    with contextlib.closing(sqlite3.connect(tmp_path / "demo" / playing.DATABASE)) as rows, rows:
        rows.execute("UPDATE alerts_channel SET active = 0")  # nobody can be told of anything

    ended = play("--demo", "monitoring", "--output", tmp_path / "demo", "--on-stage", environment=stage)

    assert ended.returncode == 1
    assert "BROKE" in ended.stdout
    assert "Everything came true" not in ended.stdout


def test_a_folder_that_holds_something_is_refused_in_a_sentence(run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    ended = run("demo", "--output", tmp_path)

    assert ended.code == 1
    assert "name another folder with --output" in ended.err
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_the_story_is_never_played_on_the_database_of_the_site(run, tmp_path, django_assert_num_queries):
    with django_assert_num_queries(0):
        ended = run("demo", "--output", tmp_path, "--on-stage")

    assert ended.code == 1
    assert "not played on the site's own database" in ended.err


def test_the_process_inherits_no_setting_of_the_site(tmp_path, monkeypatch):
    monkeypatch.setenv("HEARTBEAT_URL", "https://example.org/beat")
    monkeypatch.setenv("DATABASE_URL", "postgres://site@db/site")

    environment = playing.environment(tmp_path)

    assert "HEARTBEAT_URL" not in environment
    assert environment["DATABASE_URL"].startswith("sqlite:///")

"""What is written into .env, and what is said when it cannot be used."""

import os
import re
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from remediation_site.environment import Environment
from remediation_site.tests.conftest import BASE_DIR, run_manage

SECRET = "SECRET_KEY=" + "aZ3-kR8_" * 8


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read the text of an .env file into an environment of its own."""

    def read_text(text: str | bytes) -> Environment:
        path = tmp_path / ".env"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        monkeypatch.setattr(Environment, "ENVIRON", FileAwareMapping(env={}))
        env = Environment()
        env.read_file(str(path), required=True)
        return env

    return read_text


def test_comments_empty_lines_and_a_byte_order_mark_are_no_settings(read):
    env = read(b"\xef\xbb\xbf# first\n\nNAME=value\n#OTHER=x\n")

    assert env.str("NAME") == "value"
    assert env.str("OTHER", default="") == ""


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("DEBUG = true", id="spaces around the ="),
        pytest.param("DEBUG", id="no ="),
        pytest.param("  DEBUG=true", id="a space before the name"),
        pytest.param("<<<<<<< HEAD", id="the rest of a merge"),
    ],
)
def test_a_line_that_is_not_a_setting_is_named(read, line):
    with pytest.raises(ImproperlyConfigured, match="line 2 is not NAME=value"):
        read(f"ENVIRONMENT=local\n{line}\n")


def test_a_file_that_is_not_text_is_refused(read):
    with pytest.raises(ImproperlyConfigured, match="cannot be read as settings"):
        read(b"\xff\xfe\x00")


@pytest.mark.parametrize(
    ("word", "value"), [("true", True), ("Yes", True), ("1", True), ("on", True), ("off", False), ("FALSE", False)]
)
def test_words_for_true_and_false(read, word, value):
    assert read(f"DEBUG={word}\n").bool("DEBUG", default=not value) is value


@pytest.mark.parametrize("word", ["maybe", "2", "ture"])
def test_a_word_that_is_neither_true_nor_false_is_not_guessed(read, word):
    with pytest.raises(ImproperlyConfigured, match=r"DEBUG is .* write true or false"):
        read(f"DEBUG={word}\n").bool("DEBUG", default=False)


def test_an_empty_value_is_the_default(read):
    env = read("A=\nB=\nC= \n")

    assert (env.bool("A", default=True), env.number("B", 5), env.list("C", default=["x"])) == (True, 5, ["x"])


def test_a_list_loses_the_spaces_around_its_words(read):
    assert read("HOSTS=a.example, b.example,\n").list("HOSTS") == ["a.example", "b.example"]


@pytest.mark.parametrize("value", ["", "SECRET_KEY="], ids=["missing", "empty"])
def test_a_variable_without_default_is_asked_for_by_name(read, value):
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        read(f"{value}\n").str("SECRET_KEY")


def test_the_value_may_stand_in_a_file(read, tmp_path):
    (tmp_path / "secret").write_text("from a file")

    assert read(f"SECRET_KEY_FILE={tmp_path / 'secret'}\n").str("SECRET_KEY") == "from a file"


def test_a_file_of_a_value_that_is_missing_is_named(read):
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE cannot be read"):
        read("SECRET_KEY_FILE=/nowhere/secret\n").str("SECRET_KEY")


@pytest.mark.parametrize(("value", "sentence"), [("ten", "whole number"), ("0", "1 or more"), ("1.5", "whole number")])
def test_a_number_under_its_minimum_or_no_number_is_refused(read, value, sentence):
    with pytest.raises(ImproperlyConfigured, match=f"WORKERS is .*{sentence}"):
        read(f"WORKERS={value}\n").number("WORKERS", 2)


def test_a_time_zone_that_nobody_knows_is_refused(read):
    with pytest.raises(ImproperlyConfigured, match="SITE_TIME_ZONE is 'Europe/Atlantis'"):
        read("SITE_TIME_ZONE=Europe/Atlantis\n").time_zone("SITE_TIME_ZONE", "UTC")


@pytest.mark.parametrize("url", ["issues.example.org", "ftp://issues.example.org", "https://", "http://a:port"])
def test_an_address_of_the_site_that_is_none_is_refused(read, url):
    with pytest.raises(ImproperlyConfigured, match="SITE_URL is"):
        read(f"SITE_URL={url}\n").site_url("SITE_URL", "http://127.0.0.1:8000")


def test_postgres_and_sqlite_addresses_select_their_database(read):
    env = read("PG=postgres://ann:p%40ss@db.example:6543/tracker\nLITE=sqlite:////srv/site.sqlite3\n")

    postgres = env.database("PG", "")
    assert postgres["ENGINE"] == "django.db.backends.postgresql"
    assert (postgres["USER"], postgres["PASSWORD"], postgres["PORT"]) == ("ann", "p@ss", 6543)
    assert env.database("LITE", "")["NAME"] == "/srv/site.sqlite3"


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("redis", "redis://:p%40ss@redis.example:6379/0"),
        ("redis", "rediss://redis.example/1"),
        ("redis", "unix:///run/redis.sock"),
        ("dsn", "https://key@sentry.example/7"),
        ("dsn", "http://key@127.0.0.1:9000/under/7"),
    ],
)
def test_addresses_of_redis_and_sentry_are_taken_as_they_are(read, kind, url):
    assert getattr(read(f"X={url}\n"), kind)("X") == url
    assert getattr(read("X=\n"), kind)("X") == ""


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("redis", "http://:hunter2@redis.example/0"),
        ("redis", "redis://"),
        ("redis", "redis://:hunter2@redis:port/0"),
        ("redis", "hunter2"),
        ("dsn", "https://sentry.example/7"),
        ("dsn", "https://hunter2@sentry.example/project"),
        ("dsn", "hunter2"),
    ],
)
def test_other_addresses_are_refused_without_showing_them(read, kind, url):
    with pytest.raises(ImproperlyConfigured, match="X is not the address") as refused:
        getattr(read(f"X={url}\n"), kind)("X")

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ann:hunter2@db/x",
        "postgres://ann:hunter2@db:port/x",
        "postgres://ann:hunter2@db",
        "hunter2",
        "sqlite://",
    ],
)
def test_an_address_that_is_no_database_is_refused_without_showing_it(read, url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is not the address") as refused:
        read(f"DATABASE_URL={url}\n").database("DATABASE_URL", "")

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ENVIRONMENT=local\n", "SECRET_KEY is not set"),
        (f"{SECRET}\nENVIRONMENT=locl\n", "ENVIRONMENT is 'locl'"),
        (f"{SECRET}\nENVIRONMENT=local\nDEBUG=maybe\n", "DEBUG is 'maybe'"),
        (f"{SECRET}\nENVIRONMENT=local\nDATABASE_URL=nonsense\n", "DATABASE_URL is not"),
        (f"{SECRET}\nthis line is broken\n", "line 2 is not NAME=value"),
        (f"{SECRET}\nENVIRONMENT=production\n", "ALLOWED_HOSTS is empty"),
    ],
    ids=[
        "no secret",
        "a wrong word",
        "a wrong boolean",
        "a wrong address",
        "a broken line",
        "production without hosts",
    ],
)
@pytest.mark.parametrize("command", ["first_run", "up"])
def test_a_broken_env_file_ends_both_commands_with_one_sentence(tmp_path, command, text, sentence):
    (tmp_path / ".env").write_text(text)
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": str(tmp_path / ".env")}

    done = run_manage(command, environment=environment)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_web_server_alone_refuses_settings_that_cannot_work(tmp_path):
    (tmp_path / ".env").write_text(f"{SECRET}\nENVIRONMENT=production\n")
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": str(tmp_path / ".env")}

    done = subprocess.run(
        [sys.executable, "-c", "import remediation_site.wsgi"],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 4
    assert done.stderr.startswith("ALLOWED_HOSTS is empty")


def test_every_variable_that_the_settings_read_is_in_the_example_and_in_the_documentation():
    source = (BASE_DIR / "remediation_site" / "settings.py").read_text()
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source)) - {"ENV_FILE", "CLUSTER_TOKEN"}

    example = (BASE_DIR / ".env.example").read_text()
    documentation = (BASE_DIR / "docs" / "configuration.md").read_text()

    assert names == set(re.findall(r"(?m)^#?([A-Z_]+)=", example))
    assert names <= set(re.findall(r"`([A-Z_]+)`", documentation))


@pytest.mark.parametrize("command", ["first_run", "up"])
@pytest.mark.parametrize(
    "url",
    ["sqlite:////nowhere/site.sqlite3", "postgres://ann:hunter2@127.0.0.1:1/tracker"],
    ids=["a folder that is missing", "a server that does not answer"],
)
def test_a_database_that_cannot_be_used_ends_both_commands_with_one_sentence(url, command):
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": str(BASE_DIR / "tests.env"), "DATABASE_URL": url}

    done = run_manage(command, environment=environment)

    assert done.returncode == 1
    assert "The database of DATABASE_URL cannot be used" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "hunter2" not in done.stderr

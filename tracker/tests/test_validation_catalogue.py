import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tracker.validation.catalogue import Catalogue, CatalogueRefused, load, propose
from tracker.validation.entries import CheckKind, Manual

EXAMPLE = Path(settings.BASE_DIR) / "validation.example.toml"


@pytest.fixture
def write(tmp_path):
    def write_catalogue(text):
        path = tmp_path / "validation.toml"
        path.write_text(text)
        return path

    return write_catalogue


def mistakes(path):
    with pytest.raises(CatalogueRefused) as refused:
        load(path)
    return list(refused.value.reasons)


def entry(kind, **lines):
    given = {
        "test_suite": {"argv": '["pytest"]', "folder": '"."', "junit_xml": '"report.xml"'},
        "command": {"argv": '["make", "check"]', "folder": '"."'},
        "http": {"url": '"https://shop.example.com/health"'},
        "docker": {"containers": '["shop"]'},
        "websocket": {"url": '"wss://shop.example.com/live"', "reply": '"pong"'},
        "manual": {},
    }[kind] | lines
    text = "\n".join(f"{key} = {value}" for key, value in given.items() if value)
    return f'[entries.shop]\nkind = "{kind}"\n{text}\n'


def test_the_example_shows_every_kind_and_is_right_but_for_its_folders(tmp_path):
    text = EXAMPLE.read_text().replace("/srv/shop", str(tmp_path))
    path = tmp_path / "validation.toml"
    path.write_text(text)

    catalogue = load(path)

    assert {each.kind for each in catalogue.entries.values()} == set(CheckKind)
    assert catalogue.entries["shop-tests"].passes == 3
    assert catalogue.allow_hosts == ("127.0.0.1:8000", "status.internal.example")


def test_without_a_configured_file_nothing_may_be_executed():
    assert load("") == Catalogue()
    assert not load("").entries


@pytest.mark.parametrize("kind", list(CheckKind), ids=str)
def test_an_entry_needs_no_more_than_what_its_kind_cannot_do_without(write, kind):
    (name, value), *others = load(write(entry(kind.value))).entries.items()

    assert (name, value.kind, value.passes, others) == ("shop", kind, 1, [])


def test_folders_are_absolute_or_below_the_folder_of_the_catalogue(write, tmp_path):
    (tmp_path / "below").mkdir()

    assert load(write(entry("command", folder='"below"'))).entries["shop"].folder == tmp_path / "below"
    assert load(write(entry("command", folder=f'"{tmp_path}"'))).entries["shop"].folder == tmp_path


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        pytest.param(entry("command", argv='"make check"'), "argv", "no shell is used", id="a line for a shell"),
        pytest.param(entry("command", argv="[]"), "argv", "must name a program", id="no program"),
        pytest.param(entry("command", argv='["make", 1]'), "argv", "must be a text", id="an argument that is no text"),
        pytest.param(entry("command", shell="true"), "shell", "is unknown", id="an unknown key"),
        pytest.param(entry("command", junit_xml='"r.xml"'), "junit_xml", "is unknown", id="a key of another kind"),
        pytest.param(entry("command", argv=""), "argv", "is missing", id="a missing key"),
        pytest.param(entry("command", folder='"gone"'), "folder", "must be an existing folder", id="a missing folder"),
        pytest.param(entry("command", folder='"../.."'), "folder", 'no ".."', id="a folder above the catalogue"),
        pytest.param(entry("command", environment='["A=1"]'), "environment", "without values", id="a variable's value"),
        pytest.param(entry("command", exit_code="256"), "exit_code", "from 0 to 255", id="an impossible exit code"),
        pytest.param(entry("command", passes="true"), "passes", "whole number", id="true is no number"),
        pytest.param(entry("command", passes="0"), "passes", "from 1 to 20", id="no pass at all"),
        pytest.param(entry("command", timeout_seconds="0"), "timeout_seconds", "from 1", id="no time at all"),
        pytest.param(entry("command", words='"login"'), "words", "list of texts", id="words that are no list"),
        pytest.param(entry("test_suite", junit_xml='"../r.xml"'), "junit_xml", "below", id="a report elsewhere"),
        pytest.param(entry("test_suite", junit_xml='"/r.xml"'), "junit_xml", "below", id="an absolute report"),
        pytest.param(entry("test_suite", junit_xml='"main.py"'), "junit_xml", ".xml", id="a source as report"),
        pytest.param(entry("http", url='"ftp://shop.example.com"'), "url", "begins with", id="another scheme"),
        pytest.param(entry("http", url='"https://a:b@shop.example.com"'), "url", "credentials", id="credentials"),
        pytest.param(entry("http", url='"https://"'), "url", "begins with", id="an address without a host"),
        pytest.param(entry("http", method='"get"'), "method", "must be one of", id="an unknown method"),
        pytest.param(entry("http", headers='{ "a b" = "c" }'), "headers", "table of headers", id="no header name"),
        pytest.param(
            entry("http", secret_headers='{ A = "to ken" }'), "secret_headers", "never the secret", id="a secret"
        ),
        pytest.param(entry("websocket", url='"https://a.example"'), "url", "wss://", id="https for a WebSocket"),
        pytest.param(entry("websocket", reply=""), "reply", "is missing", id="no expected reply"),
        pytest.param(entry("manual", passes="2"), "passes", "is unknown", id="a person does not pass three times"),
        pytest.param(entry("manual").replace("manual", "magic"), "kind", "must be one of", id="an unknown kind"),
    ],
)
def test_a_mistake_is_one_sentence_with_the_entry_and_the_key(write, text, key, words):
    [sentence] = mistakes(write(text))

    assert sentence.startswith(f'validation.toml: entry "shop", key "{key}" ')
    assert words in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(entry("docker", containers=""), "exactly one of them", id="no containers"),
        pytest.param(entry("docker", label='"shop"'), "exactly one of them", id="containers and a label"),
        pytest.param(entry("http", json_path='"a.b"'), "must be given together", id="a path without its value"),
        pytest.param(entry("http", method='"HEAD"', contains='"a"'), "no body", id="text in the reply to HEAD"),
        pytest.param('allow_host = ["a"]', 'key "allow_host" is unknown', id="an unknown key above the entries"),
        pytest.param('allow_hosts = ["*"]', 'key "allow_hosts" must list hosts', id="every host"),
        pytest.param('allow_hosts = ["http://a"]', 'key "allow_hosts" must list hosts', id="a host with a scheme"),
        pytest.param('docker_host = "ssh://a"', 'key "docker_host" must be', id="an engine by ssh"),
        pytest.param("entries = 1", "entries must be", id="entries that are none"),
        pytest.param("[entries]\nshop = 1", 'entry "shop" must be a table', id="an entry that is no table"),
        pytest.param('[entries."Shop Tests"]\nkind = "manual"', "small letters", id="a name with a space"),
        pytest.param("a = = 1", "Invalid value", id="no TOML"),
        pytest.param("x = " + "[" * 100_000, "", id="nested without an end"),
        pytest.param("#" * 300_000, "larger than 256 KiB", id="too large"),
        pytest.param('"\x1b[31m" = 1', "\\x1b", id="a key that would colour a terminal"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(write, text, words):
    [sentence] = mistakes(write(text))

    assert sentence.startswith("validation.toml: ")
    assert words in sentence
    assert sentence.isprintable()


def test_all_mistakes_are_told_at_once(write):
    text = entry("command", argv='"make"', folder='"gone"') + '[entries.other]\nkind = "http"\n'

    assert len(mistakes(write(text))) == 3


def test_a_catalogue_that_is_missing_is_told_with_its_path(tmp_path):
    assert "cannot be read (No such file or directory)" in mistakes(tmp_path / "none.toml")[0]


def test_a_link_out_of_the_folder_of_the_catalogue_is_no_folder_below_it(write, tmp_path, tmp_path_factory):
    (tmp_path / "link").symlink_to(tmp_path_factory.mktemp("elsewhere"))

    assert "leads out of it" in mistakes(write(entry("command", folder='"link"')))[0]


def catalogue_of(**entries):
    return Catalogue(entries={name: Manual(name=name, **facts) for name, facts in entries.items()})


@pytest.mark.parametrize(
    ("text", "systems", "expected"),
    [
        pytest.param("Login works after a restart", [], "login", id="a whole word in any case"),
        pytest.param("The loginfo table is full", [], None, id="a part of a word"),
        pytest.param("Sign-in page answers", [], "login", id="a phrase with other marks between its words"),
        pytest.param("In the sign", [], None, id="the words of a phrase in another order"),
        pytest.param("Live prices and login", [], "prices", id="the longer match"),
        pytest.param("Startup and login", [], None, id="two that fit as well as each other"),
        pytest.param("Clear the cache", [], "cache", id="an entry of a system, for a check of no known system"),
        pytest.param("Clear the cache", ["Cache"], "cache", id="an entry of the same system"),
        pytest.param("Clear the cache", ["database"], None, id="an entry of another system"),
        pytest.param("Cache after login", ["cache"], "cache", id="of two the one of the check's system"),
        pytest.param("Nothing of this", [], None, id="no word at all"),
        pytest.param("", [], None, id="an empty text"),
    ],
)
def test_the_words_of_a_check_propose_an_entry(text, systems, expected):
    catalogue = catalogue_of(
        login={"words": ("login", "sign in")},
        prices={"words": ("live prices",)},
        startup={"words": ("startup",)},
        cache={"words": ("cache",), "systems": ("cache",)},
        silent={},
    )

    assert propose(text, systems, catalogue) == expected


def test_a_catalogue_is_checked_without_the_site(write):
    run = [sys.executable, "-m", "tracker.validation", str(write(entry("command", argv='"make"')))]

    checked = subprocess.run(run, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)

    assert checked.returncode == 1
    assert 'entry "shop", key "argv"' in checked.stderr
    assert "Traceback" not in checked.stderr

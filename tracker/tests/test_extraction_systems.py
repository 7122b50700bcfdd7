"""Which systems a text names."""

import pytest

from tracker.extraction.systems import GENERIC_SYSTEMS, affected_systems
from tracker.extraction.values import SystemWords


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The database was locked", ("database",)),
        ("the DATABASE was locked.", ("database",)),
        ("databased decisions", ()),
        ("A Web-Socket closed", ("websocket",)),
        ("Health-check of the front\nend", ("health checks", "frontend")),
        ("cache, then database, then cache", ("cache", "database")),
        ("no system here", ()),
        ("", ()),
    ],
)
def test_systems_are_found_by_whole_words_in_the_order_of_the_text(text, names):
    assert affected_systems(text) == names


def test_the_generic_systems_are_those_that_any_team_has():
    assert [system.name for system in GENERIC_SYSTEMS] == [
        "database",
        "cache",
        "websocket",
        "authentication",
        "containers",
        "frontend",
        "backend",
        "health checks",
    ]


def test_a_teams_own_words_name_its_own_systems():
    systems = (SystemWords("billing", ("ledger", "invoice run")), SystemWords("mail", ("smtp.relay",)))

    assert affected_systems("The invoice run waits for smtp.relay", systems) == ("billing", "mail")


def test_characters_that_patterns_give_a_meaning_are_plain_letters_in_keywords():
    assert affected_systems(
        "we use c++ (and more)", [SystemWords("native", ("c++",)), SystemWords("odd", ("(and",))]
    ) == (
        "native",
        "odd",
    )


def test_no_systems_name_nothing():
    assert affected_systems("database", ()) == ()

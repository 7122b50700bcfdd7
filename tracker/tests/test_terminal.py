"""What a terminal is shown: harmless, in columns."""

import pytest

from tracker import terminal


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param("Raise the pool size", "Raise the pool size", id="plain words stay"),
        pytest.param("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m", id="a colour code is written out"),
        pytest.param("\x1b]0;title\x07", "\\x1b]0;title\\x07", id="a window title is not set"),
        pytest.param("\x9b31m", "\\x9b31m", id="an eight-bit escape is written out"),
        pytest.param("one\r\ntwo\tthree", "one\\r\\ntwo\\tthree", id="line ends and tabs are written out"),
        pytest.param("ok\u202egnp.exe", "ok\\u202egnp.exe", id="a change of direction is written out"),
        pytest.param("caf\udce9.md", "caf\\xe9.md", id="a byte that is no UTF-8 shows as its byte"),
        pytest.param("\ud800", "\\ud800", id="half of a pair shows as its code"),
        pytest.param("שלום 🚀 é", "שלום 🚀 é", id="letters of other scripts and emoji stay"),
    ],
)
def test_what_a_terminal_would_act_on_is_written_as_an_escape(raw, shown):
    assert terminal.printable(raw) == shown


@pytest.mark.parametrize(
    ("text", "width"),
    [("pool", 4), ("日本", 4), ("e\u0301", 1), ("🚀", 2), ("\u200b", 0), ("שלום", 4)],
)
def test_a_text_is_as_wide_as_the_terminal_draws_it(text, width):
    assert terminal.columns(text) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("exact", 5, "exact"),
        ("longer", 5, "long…"),
        ("two words", 5, "two…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
    ],
)
def test_a_text_that_is_too_wide_loses_its_end(text, width, shown):
    assert terminal.fit(text, width) == shown


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("a.md:12", 7, "a.md:12"),
        ("folder/a.md:12", 8, "…a.md:12"),
        ("日本語.md", 6, "…語.md"),
        ("日本語.md", 5, "….md"),
    ],
)
def test_a_place_that_is_too_wide_loses_its_beginning(text, width, shown):
    assert terminal.fit_end(text, width) == shown


def test_cells_stand_in_columns_whatever_script_they_are_in():
    lines = terminal.table([("語", "P0", "7"), ("pool", "P1", "12")], right=[2])

    assert lines == ["語    P0   7", "pool  P1  12"]


def test_no_line_ends_in_blanks():
    assert terminal.table([("a", "b"), ("a", "")]) == ["a  b", "a"]


def test_cells_are_made_printable():
    assert terminal.table([("\x1b[2J", "b")]) == ["\\x1b[2J  b"]


PLACE_THEN_TITLE = (terminal.Shrinking(2, terminal.fit_end, 5), terminal.Shrinking(1, terminal.fit, 8))
ROW = ("P1", "Raise the pool size", "docs/login.md:12")


@pytest.mark.parametrize(
    ("width", "line"),
    [
        pytest.param(None, "P1  Raise the pool size  docs/login.md:12", id="no limit"),
        pytest.param(41, "P1  Raise the pool size  docs/login.md:12", id="just room enough"),
        pytest.param(40, "P1  Raise the pool size  …cs/login.md:12", id="one column short"),
        pytest.param(30, "P1  Raise the pool size  …d:12", id="the place gives way first"),
        pytest.param(25, "P1  Raise the poo…  …d:12", id="then the title"),
        pytest.param(1, "P1  Raise t…  …d:12", id="neither is cut beyond use"),
    ],
)
def test_where_room_is_short_columns_give_way_in_turn(width, line):
    assert terminal.table([ROW], width=width, shrinking=PLACE_THEN_TITLE) == [line]

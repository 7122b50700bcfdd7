import re
import time

import pytest

from tracker.validation.outcomes import ESCAPES, HIDDEN, LAST_BYTES, LONGEST_SECRET, Tail, captured, readable


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"\x1b[31mred\x1b[0m \x1b]0;title\x07done", "red done", id="colours and window titles vanish"),
        pytest.param(b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n", id="every line end is a line feed"),
        pytest.param(b"nul \x00 bell \x07", "nul \\x00 bell \\x07", id="control characters are made visible"),
        pytest.param("\u202eright".encode(), "\\u202eright", id="marks of direction are made visible"),
        pytest.param(b"\xff broken", "\ufffd broken", id="bytes that are no UTF-8 are replaced"),
        pytest.param(b"a\tb", "a   b", id="tabs become spaces"),
        pytest.param(b"<b>bold</b>", "<b>bold</b>", id="markup stays text"),
    ],
)
def test_an_output_is_shown_as_harmless_text(data, text):
    assert readable(data) == text


def test_an_output_of_escapes_only_is_read_in_good_time():
    began = time.process_time()
    ESCAPES.sub("", "\x1b]" * 100_000)
    ESCAPES.sub("", "\x1b[" + "0" * 200_000)
    assert time.process_time() - began < 5


def test_an_output_at_the_limit_is_whole_and_one_byte_more_is_cut():
    assert not captured(b"x" * LAST_BYTES).truncated
    longer = captured(b"a" + b"x" * LAST_BYTES)
    assert longer.truncated
    assert longer.text == "x" * LAST_BYTES


def test_text_that_grows_when_made_visible_still_fits_the_limit():
    text = captured(b"\x00\xff" * LAST_BYTES).text

    assert len(text.encode()) <= LAST_BYTES
    assert re.fullmatch(r"\S*", text)


def test_a_secret_that_lies_across_the_cut_is_hidden():
    secret = "correct-horse-battery-staple"
    tail = Tail([secret])
    tail.feed(secret.encode() + b"x" * (LAST_BYTES - 10))

    assert "staple" not in tail.output().text
    assert HIDDEN in tail.output().text


def test_short_values_are_words_of_any_output_and_not_hidden():
    assert captured(b"it is true", secrets=["true"]).text == "it is true"


def test_memory_does_not_grow_with_the_output():
    tail = Tail()
    for _ in range(200):
        tail.feed(b"x" * 65536)

    assert len(tail._kept) == LAST_BYTES + LONGEST_SECRET
    assert tail.size == 200 * 65536


def test_those_who_watch_see_the_last_lines():
    tail = Tail()
    tail.feed(b"one\ntwo\nthree\n")

    assert tail.last_lines(2) == "two\nthree"

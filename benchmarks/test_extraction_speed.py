"""How long the extraction takes, as a multiple of what markdown-it-py needs merely to tokenise the same documents.

Run with `pytest benchmarks/test_extraction_speed.py -s`. Without the labelled data the samples are measured.
"""

import sys
import time
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tracker.extraction import extract

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "extraction" / "docs"
MOST_GROWTH = 12.0  # of the number of calls for ten times the text; times are printed, never asserted


@pytest.fixture(scope="module")
def texts():
    folder = SHARED if SHARED.is_dir() else ROOT / "samples"
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))]


def seconds(run):
    """The best of three runs: the others were disturbed."""
    return min(_once(run) for _ in range(3))


def _once(run):
    started = time.process_time()
    run()
    return time.process_time() - started


def test_extraction_beside_a_tokeniser(benchmark, texts):
    tokeniser = MarkdownIt("commonmark").enable("table")
    tokens = seconds(lambda: [tokeniser.parse(text) for text in texts])

    found = benchmark.pedantic(lambda: [extract(text) for text in texts], rounds=3, warmup_rounds=1)

    needed = seconds(lambda: [extract(text) for text in texts])  # processor time: other programs do not count
    ratio = needed / tokens
    megabytes = sum(map(len, texts)) / 1e6 / needed
    benchmark.extra_info["times the tokeniser"] = round(ratio, 2)
    print(f"\nextraction takes {ratio:.2f} times what markdown-it-py needs to tokenise ({megabytes:.2f} MB/s)")
    assert len(found) == len(texts)
    assert sum(bool(analysis.issues) for analysis in found) > len(texts) / 2


def calls(run):
    """How many functions are called: work that is the same on every machine."""
    counted = 0

    def count(frame, event, argument):
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return counted


def sized(texts, size):
    whole = "\n\n".join(texts)
    return (whole * (1 + size // len(whole)))[:size]


def test_ten_times_the_text_takes_at_most_twelve_times_the_calls(texts):
    small = sized(texts, 50_000)

    growth = calls(lambda: extract((small + "\n\n") * 10)) / calls(lambda: extract(small))

    print(f"\n500 kB take {growth:.1f} times the calls of 50 kB")
    assert growth < MOST_GROWTH


def test_the_time_for_ten_times_the_text_is_told(texts):
    small = sized(texts, 500_000)
    large = (small + "\n\n") * 10

    short, long = seconds(lambda: extract(small)), _once(lambda: extract(large))

    print(f"\n5 MB take {long / short:.1f} times as long as 500 kB")
    assert len(extract(large).issues) > len(extract(small).issues)

"""No pattern of the fields can be made slow: the time for a text grows with its length, whatever the text."""

import importlib
import re
import signal

import pytest

from tracker.extraction.blocks import parse
from tracker.extraction.causes import root_cause
from tracker.extraction.impact import impact
from tracker.extraction.opening import analysis_date, title
from tracker.extraction.priorities import incident_priority
from tracker.extraction.whys import whys

MODULES = (
    "assignments",
    "cause_wording",
    "causes",
    "completion",
    "fields",
    "impact",
    "opening",
    "priorities",
    "restated",
    "whys",
)
LENGTH = 200_000
# The longest takes about three seconds; a pattern that backtracks would take hours, so the alarm only ends the wait.
PATIENCE_SECONDS = 60
SEEDS = (" ", "(", "[", "*", "-", ".", ":", ",", "_", "1", "a", "A", "a ", "Ab ", "1.", "1,", "0-", "(a", "$", "\u2705")
WORDS = (
    "why 1 ",
    "root cause x ",
    "the cause of ",
    "due by ",
    "the x team ",
    "we have ",
    "within 1 ",
    "@a.",
    "Aa, Bb ",
)


def patterns():
    for name in MODULES:
        for variable, value in vars(importlib.import_module(f"tracker.extraction.{name}")).items():
            for pattern in flattened(value):
                yield pytest.param(pattern, id=f"{name}.{variable}")


def flattened(value):
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict | tuple) and len(value) < 40:
        for part in value.values() if isinstance(value, dict) else value:
            yield from flattened(part)


@pytest.fixture
def alarm():
    def stop(*_):
        pytest.fail(f"took more than {PATIENCE_SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(PATIENCE_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("pattern", list(patterns()))
def test_no_pattern_backtracks_on_a_hostile_text(pattern, alarm):
    for seed in SEEDS + WORDS:
        text = (seed * (LENGTH // len(seed) + 1))[: LENGTH // 60]
        sum(1 for _ in pattern.finditer(f"{text}!"))
        pattern.fullmatch(f"{text}!")
    text = "".join(seed * 40 for seed in SEEDS + WORDS)
    sum(1 for _ in pattern.finditer((text * (LENGTH // len(text) + 1))[:LENGTH]))


@pytest.mark.parametrize(
    "seed", [*SEEDS, *WORDS, "# Root cause\n", "- why?\n", "| a ", "**Why 1:** x\n\n", "\u202ewhy \U0001f525"]
)
def test_no_document_of_hostile_text_is_slow_or_stumbles(seed, alarm):
    document = parse((seed * (LENGTH // len(seed) + 1))[:LENGTH])

    chains = whys(document)
    root_cause(document, chains)
    impact(document)
    incident_priority(document)
    analysis_date(document)
    title(document)

"""What the models see of a block."""

import pytest

from tracker.extraction.blocks import parse
from tracker.extraction.features import describe, names_of
from tracker.extraction.topics import main_topic, topics
from tracker.extraction.traits import traits


def names(markdown, text):
    blocks, features, _ = describe(parse(markdown))
    return next(
        set(names_of(each)) for block, each in zip(blocks, features, strict=True) if block.text.startswith(text)
    )


@pytest.mark.parametrize(
    ("heading", "topic"),
    [
        ("Action items", "action"),
        ("What went well", "well"),
        ("Success criteria", "criteria"),
        ("Timeline (UTC)", "timeline"),
        ("Why 3: Why was it full?", "why"),
        ("Follow-ups", "action"),
        ("❌ Forbidden actions", "forbidden"),
        ("Lessons learned", "lesson"),
        ("Validation steps", "check"),
        ("Blue elephants", "nothing"),
    ],
)
def test_the_main_topic_of_a_heading(heading, topic):
    assert main_topic(topics(heading)) == topic


@pytest.mark.parametrize(
    ("text", "form", "verb"),
    [
        ("Add an alarm", "base", "add"),
        ("**Alarm:** add one", "base", "add"),
        ("Added an alarm", "past", "add"),
        ("Adding an alarm", "ing", "add"),
        ("Rewrote the importer", "past", "rewrite"),
        ("We were lucky", "word we", ""),
        ("The cache was full", "other", ""),
        ("Identification of owners", "-tion", ""),
    ],
)
def test_the_form_of_the_first_verb(text, form, verb):
    seen = traits(parse(f"- {text}\n").blocks[0])

    assert (seen.form, seen.verb) == (form, verb)


def test_an_entry_is_described_by_its_headings_its_list_and_its_words():
    found = names("# Report\n## Action items\nWe will:\n- Add an alarm\n- Empty the cache\n", "Add")

    assert {"near action & entry", "form base & near action", "lead-in colon", "peers order 2", "verb add"} <= found


def test_the_title_says_nothing_about_the_entries_below_it():
    assert not {name for name in names("# Action plan\n- Add an alarm\n", "Add") if name.startswith("above action")}


def test_words_that_come_from_a_document_are_used_for_headings_only():
    found = names("## Zebra actions\n- Paint the gnu\n", "Paint")

    assert "hw zebra" in found
    assert not any("gnu" in name for name in found)


def test_what_documents_share_is_described_once():
    shared = {}
    _, (first, *_), _ = describe(parse("- Add an alarm\n"), shared)
    _, (second, *_), _ = describe(parse("- Add an alarm\n"), shared)

    assert {id(part) for part in first} & {id(part) for part in second}
    assert names_of(first) == names_of(second)


def test_code_front_matter_and_empty_entries_are_no_candidates():
    blocks, _, _ = describe(parse("---\ntitle: x\n---\n```\nls\n```\n-\n- a\n"))

    assert [block.text for block in blocks] == ["a"]

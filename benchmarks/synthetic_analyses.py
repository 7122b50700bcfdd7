"""Plausible analyses in any number, the same ones for the same seed: invented systems that fail in a few ways."""

import random
from collections.abc import Iterator

ONSETS = "b br c cl d dr f fl g gr h j k kr l m n p pl qu r s sk sl st t tr v w z".split()  # noqa: SIM905
VOWELS = "a e i o u ai ea ou".split()  # noqa: SIM905
ENDS = ["", "n", "r", "s", "t", "x", "l", "m", "nd", "rt"]
PARTS = ["gateway", "queue", "cache", "worker", "scheduler", "ledger", "router", "index", "broker", "session"]
FAULTS = [
    "rejects the {thing} after its {other} expired",
    "keeps the {thing} of a closed {other}",
    "reads the {thing} before the {other} is ready",
    "drops every {thing} that waits longer than the {other}",
    "answers {code} because the {other} has no {thing}",
    "writes the {thing} twice when the {other} is retried",
]
FILLERS = [
    "The alert came late, because nobody watched the {thing}.",
    "Customers saw the failure in the {other} first.",
    "A rollback of the {thing} brought the {other} back within the hour.",
    "The runbook did not mention the {thing}.",
    "Logs of the {other} show `{error}` at the same minute.",
    "The review of the change had looked at the {other} alone.",
]
SECTIONS = ["Summary", "Impact", "Evidence", "Contributing factors", "What went well", "Actions"]


def invented(random_words: random.Random) -> str:
    return "".join(
        random_words.choice(ONSETS) + random_words.choice(VOWELS) + random_words.choice(ENDS)
        for _ in range(random_words.randint(2, 3))
    )


def analyses(number: int, seed: int = 20261123) -> Iterator[tuple[str, str]]:
    """(name, Markdown) of so many analyses of about eight kilobytes; one in twenty tells of an earlier one's fault."""
    chance = random.Random(seed)
    systems = [f"{invented(chance)} {part}" for _ in range(60) for part in PARTS]
    faults: list[dict[str, str]] = []
    for count in range(number):
        if faults and chance.random() < 0.05:
            fault = chance.choice(faults)
        else:
            fault = {
                "system": chance.choice(systems),
                "thing": f"{invented(chance)} {chance.choice(('token', 'lock', 'record', 'handle', 'lease'))}",
                "other": f"{invented(chance)} {chance.choice(('window', 'replica', 'bucket', 'channel', 'quota'))}",
                "code": str(chance.choice((401, 403, 409, 429, 500, 502, 503, 504))),
                "error": f"{invented(chance).title()}{chance.choice(('Error', 'Exception', 'Timeout'))}",
                "fault": chance.choice(FAULTS),
            }
            faults.append(fault)
        yield f"{count:05d}_{fault['system'].replace(' ', '_')}.md", _markdown(fault, chance)


def _markdown(fault: dict[str, str], chance: random.Random) -> str:
    said = fault["fault"].format_map(fault)
    lines = [f"# Five whys: the {fault['system']} {said}", "", f"Root cause: the {fault['system']} {said}.", ""]
    for why in range(1, 6):
        lines += [f"## Why {why}: why does it fail so?", "", f"Because the {fault['system']} {said}.", ""]
        lines += _paragraph(fault, chance, 6)
    for section in SECTIONS:
        lines += [f"## {section}", "", *_paragraph(fault, chance, 8)]
    return "\n".join(lines)


def _paragraph(fault: dict[str, str], chance: random.Random, sentences: int) -> list[str]:
    words = fault | {"thing": chance.choice((fault["thing"], invented(chance))), "error": fault["error"]}
    told = (
        f"{chance.choice(FILLERS).format_map(words)} {invented(chance)} {invented(chance)}" for _ in range(sentences)
    )
    text = [f"- {each}." for each in told]
    return [*text, ""]

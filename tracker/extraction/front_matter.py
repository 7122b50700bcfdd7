"""The YAML block that blogs and wikis put in front of a text."""

import re

FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?=[\w-]{1,40}:|[ \t]*\r?\n[\w-]{1,40}:)")
FRONT_MATTER_LINES = 200


def split_front_matter(text: str) -> tuple[str, int]:
    """(the text after the YAML front matter, how many lines that has)."""
    if not FRONT_MATTER.match(text):
        return text, 0
    lines = text.split("\n", FRONT_MATTER_LINES)
    for number, line in enumerate(lines[1:FRONT_MATTER_LINES], 2):
        if line.rstrip() in ("---", "..."):
            return "\n".join(lines[number:]), number
    return text, 0

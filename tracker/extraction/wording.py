"""Features in words that people understand: the reasons beside a score."""

from collections.abc import Mapping
from functools import lru_cache

from tracker.extraction.features import Features, Part
from tracker.extraction.model import Pair
from tracker.extraction.values import Reason

SHOWN = 3
LEAST = 0.15
NEIGHBOURS = "the entries around it"
TOPIC_WORDS = {
    "action": "actions", "recommend": "recommendations", "fix": "a fix", "solution": "a solution",
    "mitigate": "mitigation", "prevent": "prevention", "plan": "a plan", "now": "urgent work", "soon": "near-term work",
    "later": "long-term work", "check": "checks", "test": "tests", "monitor": "monitoring",
    "investigate": "an investigation", "lesson": "lessons", "well": "what went well", "poorly": "what went badly",
    "why": "a why", "cause": "causes", "evidence": "evidence", "timeline": "the timeline", "impact": "impact",
    "summary": "a summary", "status": "status", "done": "finished work", "code": "technical detail",
    "reference": "references", "expected": "expected results", "process": "processes", "owner": "people",
    "deadline": "deadlines", "time": "times", "response": "the response", "question": "open questions",
}  # fmt: skip
FORM_WORDS = {
    "base": "it reads as an order", "past": "it reads as a report of the past", "ing": "it begins with an -ing form",
    "third": "it describes what something does", "none": "it has no words", "other": "it begins with a noun",
}  # fmt: skip
STARTS = (
    ("w ", "its words"), ("first ", "its first word"), ("verb ", "its verb"), ("hw ", "words of its headings"),
    ("nw ", "words of its heading"), ("ow ", "words of the heading"), ("length ", "its length"),
    ("sign ", "its small words"), ("has ", "its verbs"), ("mark ", "its mark or emoji"), ("box", "its check box"),
    ("label ", "its bold label"), ("peers", "the other entries of its list"),
    ("holds", "what stands below it"), ("children", "what stands below it"), ("code below", "what stands below it"),
    ("heading peers", "the headings beside it"), ("parent", "the entry around it"),
    ("column", "the columns of its table"),
    ("cells", "the columns of its table"), ("lead-in", "the line that introduces it"), ("kind ", "its place as such"),
    ("ends ", "how it ends"), ("section depth", "its depth"), ("we ", "it says what we will do"),
)  # fmt: skip
TOPIC_STARTS = (
    ("near ", "its heading is about {}"), ("above ", "its headings are about {}"), ("own short ", "it is about {}"),
    ("own ", "it is about {}"), ("lead ", "its list is introduced as {}"),
)  # fmt: skip


@lru_cache(maxsize=8192)
def phrase(name: str) -> str:
    """What a feature says, in a few words; features of one cause share their words."""
    base = (
        name.rsplit(" & ", maxsplit=1)[-1]
        if name.startswith("form ") and " & " in name
        else name.split(" & ", maxsplit=1)[0]
    )
    for start, words in TOPIC_STARTS:
        if base.startswith(start):
            return words.format(TOPIC_WORDS.get(base.removeprefix(start), "nothing known"))
    if base.startswith("form "):
        return FORM_WORDS.get(base.removeprefix("form "), "the form of its first word")
    return next((words for start, words in STARTS if base.startswith(start)), "its shape")


def strongest(features: Features, weights: Mapping[str, Pair], side: int, neighbours: float) -> tuple[Reason, ...]:
    """The strongest reasons for or against: side 0 for an issue, 1 for a check.

    neighbours: what the second model adds to the log-odds of the first one.
    """
    sums = {NEIGHBOURS: neighbours}
    for part in features:
        for words, weight in (part.phrases or _phrases(part, weights))[side]:
            sums[words] = sums.get(words, 0.0) + weight
    best = sorted(sums.items(), key=_strength, reverse=True)[:SHOWN]
    return tuple([Reason(words, round(weight, 2)) for words, weight in best if abs(weight) >= LEAST])


def _strength(item: tuple[str, float]) -> float:
    return abs(item[1])


def _phrases(part: Part, weights: Mapping[str, Pair]) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    """For an issue and for a check: what the features of a part say in words, with their sums. Kept with the part."""
    issue: dict[str, float] = {}
    check: dict[str, float] = {}
    for name in part.names:
        if pair := weights.get(name):
            words = phrase(name)
            issue[words] = issue.get(words, 0.0) + pair[0]
            check[words] = check.get(words, 0.0) + pair[1]
    part.phrases = list(issue.items()), list(check.items())
    return part.phrases

"""Features in words that people understand: the reasons beside a score."""

from collections.abc import Mapping
from functools import lru_cache

from tracker.extraction.features import Features, Part
from tracker.extraction.model import Pair
from tracker.extraction.values import Reason
from tracker.translation import gettext, gettext_noop

SHOWN = 3
LEAST = 0.15
NEIGHBOURS = gettext_noop("the entries around it")
NOTHING_KNOWN = gettext_noop("nothing known")
FORM = gettext_noop("the form of its first word")
SHAPE = gettext_noop("its shape")
TOPIC_WORDS = {
    "action": gettext_noop("actions"),
    "recommend": gettext_noop("recommendations"),
    "fix": gettext_noop("a fix"),
    "solution": gettext_noop("a solution"),
    "mitigate": gettext_noop("mitigation"),
    "prevent": gettext_noop("prevention"),
    "plan": gettext_noop("a plan"),
    "now": gettext_noop("urgent work"),
    "soon": gettext_noop("near-term work"),
    "later": gettext_noop("long-term work"),
    "check": gettext_noop("checks"),
    "test": gettext_noop("tests"),
    "monitor": gettext_noop("monitoring"),
    "investigate": gettext_noop("an investigation"),
    "lesson": gettext_noop("lessons"),
    "well": gettext_noop("what went well"),
    "poorly": gettext_noop("what went badly"),
    "why": gettext_noop("a why"),
    "cause": gettext_noop("causes"),
    "evidence": gettext_noop("evidence"),
    "timeline": gettext_noop("the timeline"),
    "impact": gettext_noop("impact"),
    "summary": gettext_noop("a summary"),
    "status": gettext_noop("status"),
    "done": gettext_noop("finished work"),
    "code": gettext_noop("technical detail"),
    "reference": gettext_noop("references"),
    "expected": gettext_noop("expected results"),
    "process": gettext_noop("processes"),
    "owner": gettext_noop("people"),
    "deadline": gettext_noop("deadlines"),
    "time": gettext_noop("times"),
    "response": gettext_noop("the response"),
    "question": gettext_noop("open questions"),
}
FORM_WORDS = {
    "base": gettext_noop("it reads as an order"),
    "past": gettext_noop("it reads as a report of the past"),
    "ing": gettext_noop("it begins with an -ing form"),
    "third": gettext_noop("it describes what something does"),
    "none": gettext_noop("it has no words"),
    "other": gettext_noop("it begins with a noun"),
}
STARTS = (
    ("w ", gettext_noop("its words")),
    ("first ", gettext_noop("its first word")),
    ("verb ", gettext_noop("its verb")),
    ("hw ", gettext_noop("words of its headings")),
    ("nw ", gettext_noop("words of its heading")),
    ("ow ", gettext_noop("words of the heading")),
    ("length ", gettext_noop("its length")),
    ("sign ", gettext_noop("its small words")),
    ("has ", gettext_noop("its verbs")),
    ("mark ", gettext_noop("its mark or emoji")),
    ("box", gettext_noop("its check box")),
    ("label ", gettext_noop("its bold label")),
    ("peers", gettext_noop("the other entries of its list")),
    ("holds", gettext_noop("what stands below it")),
    ("children", gettext_noop("what stands below it")),
    ("code below", gettext_noop("what stands below it")),
    ("heading peers", gettext_noop("the headings beside it")),
    ("parent", gettext_noop("the entry around it")),
    ("column", gettext_noop("the columns of its table")),
    ("cells", gettext_noop("the columns of its table")),
    ("lead-in", gettext_noop("the line that introduces it")),
    ("kind ", gettext_noop("its place as such")),
    ("ends ", gettext_noop("how it ends")),
    ("section depth", gettext_noop("its depth")),
    ("we ", gettext_noop("it says what we will do")),
)
TOPIC_STARTS = (
    ("near ", gettext_noop("its heading is about {}")),
    ("above ", gettext_noop("its headings are about {}")),
    ("own short ", gettext_noop("it is about {}")),
    ("own ", gettext_noop("it is about {}")),
    ("lead ", gettext_noop("its list is introduced as {}")),
)


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
            topic = gettext(TOPIC_WORDS.get(base.removeprefix(start), NOTHING_KNOWN))
            return gettext(words).format(topic)
    if base.startswith("form "):
        return gettext(FORM_WORDS.get(base.removeprefix("form "), FORM))
    return gettext(next((words for start, words in STARTS if base.startswith(start)), SHAPE))


def strongest(features: Features, weights: Mapping[str, Pair], side: int, neighbours: float) -> tuple[Reason, ...]:
    """The strongest reasons for or against: side 0 for an issue, 1 for a check.

    neighbours: what the second model adds to the log-odds of the first one.
    """
    sums = {gettext(NEIGHBOURS): neighbours}
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

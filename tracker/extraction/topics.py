"""What a heading, a lead-in or a label is about: a table of topics with the words that tell them."""

# ruff: noqa: E501 - a table of patterns is read more easily in this form

import re
from functools import lru_cache

# Matched against single words; a text can be about several things.
TOPICS: tuple[tuple[str, str], ...] = (
    ("action", r"^action(?!able)|^todos?$|^tasks?$|^tickets?$|^backlog|^measures?$|^followups?$"),
    ("improve", r"^improve|^enhanc|^optimi[sz]|^moderni[sz]|^better$"),
    ("recommend", r"^recommend|^suggest|^propos|^should$|^opportunit|^required?$|^requirement"),
    ("fix", r"^fix|^remed|^repair|^correct|^resolve$|^patch|^hotfix|^rollback|^restor|^recover"),
    ("solution", r"^solutions?$|^resolution|^workaround|^option|^alternative"),
    ("mitigate", r"^mitigat|^contain(?:ment|ing)"),
    ("prevent", r"^prevent|^safeguard|^harden|^guard|^recurrence|^resilien"),
    ("plan", r"^plan|^strategy|^roadmap|^priorit|^milestone|^sprint|^approach"),
    ("phase", r"^phase|^steps?$|^stage|^layer|^implementation"),
    ("now", r"^immediate|^urgent|^emergency|^critical|^asap$|^today|^24h|^now$|^p0$|^quick"),
    ("soon", r"^weeks?$|^p1$|^high$"),
    ("later", r"^strategic|^future|^month|^quarter|^p[23]$"),
    ("check", r"^(?:re)?validat|^verif|^confirm|^effectiveness"),
    ("criteria", r"^criteri|^checklist|^acceptance|^kpis?$|^goals?$|^target"),
    ("test", r"^tests?$|^testing|^coverage|^regression|^scenario"),
    ("monitor", r"^monitor|^alert|^detect|^observab|^dashboard|^telemetry"),
    ("metric", r"^metrics?$|^numbers$|^statistics|^stats$|^performance|^measure$"),
    ("investigate", r"^investigat|^diagnos|^research|^explor|^examin"),
    ("analysis", r"^analys|^finding|^discover|^audit|^review|^assessment"),
    ("lesson", r"^lesson|^learn|^takeaway|^insight|^reflection|^retrospect|^principle"),
    ("well", r"^well$|^worked$|^good|^positive|^lucky|^luck$|^thank"),
    ("poorly", r"^poor|^wrong|^badly|^didn't|^difficult|^gaps?$|^weakness|^challeng"),
    ("forbidden", r"^forbid|^prohibit|^antipattern|^never$|^don't$|^mistake"),
    ("why", r"^whys?$|^why's$"),
    ("cause", r"^causes?$|^root|^factor|^trigger|^origin|^reason|^fault|^hypothes|^theory"),
    ("evidence", r"^evidence|^logs?$|^proof|^data$|^symptom|^observ|^errors?$|^patterns?$|^failures?$|^bugs?$|^stack|^trace"),
    ("problem", r"^problem|^issue|^incident$|^violation|^outage"),
    ("timeline", r"^timeline|^chronolog|^history|^sequence|^events?$|^cascade"),
    ("impact", r"^impact|^affect|^damage|^severity|^scope|^blast|^consequence"),
    ("business", r"^business|^revenue|^customer|^costs?$|^users?$|^value|^financial"),
    ("risk", r"^risks?$|^concern|^threat"),
    ("summary", r"^summary|^overview|^abstract|^introduction|^background|^context|^description|^statement|^conclusion|^outcome"
                r"|^closing|^tldr$"),
    ("status", r"^status|^progress|^current|^state$|^achiev|^report|^update|^resolved$|^confirmed|^operational"),
    ("results", r"^results?$|^expected|^benefit|^objective|^ideal|^desired|^vision"),
    ("done", r"^done$|^completed?$|^implemented|^fixed$|^applied|^taken$|^deployed|^finished|^delivered"),
    ("code", r"^codes?$|^files?$|^modified|^changed|^scripts?$|^configur|^technical|^details?$|^architectur|^diagram|^example"
             r"|^commands?$|^before$|^patterns?$"),
    ("reference", r"^reference|^related|^links?$|^documents?$|^resource|^appendix|^attachment|^sources?$|^glossary|^contact"),
    ("people", r"^attendee|^authors?$|^participant|^teams?$|^who$|^owner|^assign|^responsib|^people|^distribution"),
    ("label", r"^labels?$|^metadata|^tags?$|^title"),
    ("process", r"^process|^procedure|^policy|^governance|^training|^communicat|^organi[sz]ation|^culture|^documentation"),
    ("response", r"^response|^detection|^escalat|^handling"),
    ("question", r"^question|^unknown|^unclear|^open$|^remaining|^outstanding"),
    ("time", r"^utc$|^gmt$|^[ap]m$"),
)  # fmt: skip
# Of several words: topic, the first words, the whole.
PHRASES: tuple[tuple[str, str, str], ...] = (
    ("action", "next follow work to", r"next steps?|follow.ups?|work items?|to.dos?\b"),
    ("recommend", "could what", r"could (?:we|be)|what (?:we )?could"),
    ("fix", "hot", r"hot.fix"),
    ("prevent", "never not", r"never again|not happen again"),
    ("phase", "part", r"part \d"),
    ("now", "right 24", r"right away|24.h"),
    ("soon", "short shorter near", r"short(?:er)?.term|near.term"),
    ("later", "long longer medium mid moving going", r"(?:long(?:er)?|medium|mid).term|(?:moving|going) forward"),
    ("check", "test sign", r"test plan|sign.off"),
    ("criteria", "definition success", r"definition of (?:done|success)|success (?:metric|factor|indicator|measure)"),
    ("investigate", "look", r"look at"),
    ("lesson", "best", r"best practice"),
    ("well", "went", r"went right"),
    ("poorly", "did could didn", r"(?:did|could) not|did ?n[o']t"),
    ("forbidden", "anti do what", r"anti.pattern|do not|what not"),
    ("timeline", "what log first following", r"what happened|log of|first hours|following (?:week|days?)"),
    ("results", "after proposed target", r"after (?:the )?fix|(?:proposed|target) state"),
    ("done", "change changes so", r"changes? made|so far"),
    ("reference", "see further", r"see also|further reading"),
    ("response", "did we on steps", r"(?:did )?we d[io]d?\b|on the spot|steps taken"),
    ("question", "not", r"not (?:yet )?know"),
)
# The first of these that a heading is about is its main topic: a "success criteria" heading is no list of actions.
MAIN_TOPICS = (
    "forbidden", "timeline", "time", "why", "criteria", "well", "poorly", "results", "lesson", "risk", "check", "evidence",
    "cause", "impact", "reference", "people", "label", "question", "status", "action", "recommend", "prevent", "mitigate",
    "improve", "fix", "solution", "investigate", "monitor", "test", "process", "plan", "phase", "now", "soon", "later",
    "done", "business", "metric", "code", "response", "analysis", "problem", "summary", "asked",
)  # fmt: skip
RANK = {name: rank for rank, name in enumerate(MAIN_TOPICS)}
MARKS = (("❌", "forbidden"), ("✅", "done"))
TOKEN = re.compile(r"[^\W_]+(?:'[a-z]+)?")
CLOCK = re.compile(r"\d[:h]\d\d|20\d\d-\d\d")
WORD_PATTERNS = tuple((name, re.compile(words)) for name, words in TOPICS)
PHRASES_BY_WORD: dict[str, list[tuple[str, re.Pattern]]] = {}
for _name, _firsts, _words in PHRASES:
    for _first in _firsts.split():
        PHRASES_BY_WORD.setdefault(_first, []).append((_name, re.compile(_words)))


@lru_cache(maxsize=16384)
def _of_word(word: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in WORD_PATTERNS if pattern.search(word))


@lru_cache(maxsize=4096)
def topics(text: str) -> tuple[str, ...]:
    """The topics of a text, each once."""
    lower = text.lower().replace("\u2019", "'")
    found: dict[str, None] = {}
    for word in TOKEN.findall(lower):
        found.update(dict.fromkeys(_of_word(word)))
        if phrases := PHRASES_BY_WORD.get(word):
            found.update(dict.fromkeys(name for name, pattern in phrases if pattern.search(lower)))
    found.update(dict.fromkeys(_of_marks(lower)))
    return tuple(found)


def _of_marks(lower: str) -> list[str]:
    out = ["asked"] if lower.endswith("?") else []
    if CLOCK.search(lower):
        out.append("time")
    return out if lower.isascii() else out + [name for mark, name in MARKS if mark in lower]


def main_topic(found: tuple[str, ...]) -> str:
    """The one topic that tells most about what stands below a heading, "nothing" without any."""
    return min(found, key=RANK.__getitem__, default="nothing")

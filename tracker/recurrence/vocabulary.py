"""What an analysis is compared by: the phrases it repeats, the words of its causes, its error signatures, its names.

The phrases that a document uses again and again are what it is about; a phrase that it uses once is mostly phrasing.
That holds for any subject, product and house style, so no list of names is needed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import PurePath

from tracker.extraction import causes, whys
from tracker.extraction.blocks import parse
from tracker.extraction.document import BlockKind, Document
from tracker.extraction.opening import analysis_date

MOST_PHRASES = 600
MOST_CAUSE_WORDS = 64
MOST_SIGNATURES = 64
MOST_CHARACTERS = 400_000  # of a longer text the rest is not compared
LONGEST_TERM = 80
PHRASE_LENGTHS = (2, 3)

WORD = re.compile(r"\w{2,}")
PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_]+")
STOP_WORDS = frozenset(
    """
a all also an and any are as at be because been but by can could did do does each else for from had has have he her here
how i if in into is it its just may might more most must no not now of on only or other our out over shall she should so
some such than that the their them then there these they this those to too under up very was we were what when where
which who why will with would you your
""".split()  # noqa: SIM905 - a block of words is read more easily than a list of strings
)
SUFFIXES = tuple("ization isation ations ation ingly ments edly ment ing ied ies ed es ly s".split())  # noqa: SIM905
SHORTEST_STEM = 4

# Words written as programs write them, names of files, numbers that may be a code, a port or an issue.
SIGNATURE = re.compile(
    r"(?<!\w)(?:_{0,2}[A-Za-z]+(?:_[A-Za-z0-9]+)+|_{1,2}[a-z]\w+|[A-Z]?[a-z]+(?:[A-Z][a-z0-9]+)+\w*|[A-Z]{2,}[a-z]\w+)\b"
    r"|\b\d{3,5}\b"
    r"|(?<![\w-])[\w-]{1,80}\.(?:py|tsx?|jsx?|ya?ml|md|json|toml|ini|sh|sql|txt|go|java|rb|rs|cs|php|cfg|conf|env|log|xml|html|css)\b"
)
CODE = re.compile(
    r"\b(?:https?|status|errors?|codes?|ports?|exit|signal)[\s:=#(`*\"']{1,4}([1-9]\d{1,4})(?![\w.,]\d|\w)",
    re.IGNORECASE,
)
ISSUE_NUMBER = re.compile(r"(?:#|\b(?:issue|ticket|incident|bug|pr)[\s_#-]{1,3})(\d{2,7})(?!\d)", re.IGNORECASE)
FILE_NAME = re.compile(r"([\w-]{8,120})\.(?:md|markdown|txt|html|pdf)\b", re.IGNORECASE)
TELLING_NAME = re.compile(r"[\W_]|\d")  # "postmortem" names any analysis, "login_outage" names one


@dataclass(frozen=True, slots=True)
class Terms:
    """What an analysis is compared by. Keys of the three bags are normalised; `spelling` has their first written form.

    names: what others may call this analysis (file name, own issue numbers); mentions: the names that its text uses;
    stated_on: the date as the document states it.
    """

    phrases: dict[str, int]
    cause_words: dict[str, int]
    signatures: dict[str, int]
    names: frozenset[str] = frozenset()
    mentions: frozenset[str] = frozenset()
    stated_on: date | None = None
    spelling: dict[str, str] = field(default_factory=dict, compare=False)


def terms(text: str, source: str = "") -> Terms:
    """Read an analysis; `source` is its path or name, which other analyses may mention."""
    text = text[:MOST_CHARACTERS]
    document = parse(text)
    title = next((block.text for block in document.blocks if block.kind is BlockKind.HEADING), "")
    spelling: dict[str, str] = {}
    phrases: Counter[str] = Counter()
    for words in (_words(title), _words(text)):
        phrases.update(_phrases(words, spelling))
    return Terms(
        phrases=dict(phrases.most_common(MOST_PHRASES)),
        cause_words=_cause_words(document, title, spelling),
        signatures=dict(Counter(_signatures(text)).most_common(MOST_SIGNATURES)),
        names=_names(title, source),
        mentions=_mentions(text),
        stated_on=analysis_date(document),
        spelling=spelling,
    )


@lru_cache(maxsize=1 << 15)
def stem(word: str) -> str:
    """The word in lower case without its ending, so that "fails" and "failing" are one; crude and quick."""
    word = word.lower()
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= SHORTEST_STEM:
            return word[: -len(suffix)]
    return word


@lru_cache(maxsize=1 << 15)
def _parts(word: str) -> tuple[tuple[str, str], ...]:
    """(stem, written form) of the words in a word: `getUserName` and `get_user_name` have three."""
    found = [part for part in PART.findall(word) if len(part) > 1 and part.lower() not in STOP_WORDS]
    return tuple((stem(part), part) for part in found if len(part) <= LONGEST_TERM)


def _words(text: str) -> list[tuple[str, str]]:
    return [part for word in WORD.findall(text) for part in _parts(word)]


def _phrases(words: Sequence[tuple[str, str]], spelling: dict[str, str]) -> Iterable[str]:
    """The phrases of two words, then those of three: where too many are found, the short ones of equal count stay."""
    stems = [word for word, _ in words]
    for length in PHRASE_LENGTHS:
        for place in range(len(words) - length + 1):
            phrase = " ".join(stems[place : place + length])
            if phrase not in spelling:
                spelling[phrase] = " ".join(written for _, written in words[place : place + length])
            yield phrase


def _cause_words(document: Document, title: str, spelling: dict[str, str]) -> dict[str, int]:
    """The words of the whys and of the root cause, those of the title where the analysis has neither."""
    chain = whys.whys(document)
    cause = causes.root_cause(document, chain)
    said = [text for why in chain for text in (why.question, why.answer)] + ([cause.text] if cause else [])
    words = _words(" . ".join(said) or title)
    for word, written in words:
        spelling.setdefault(word, written)
    return dict(Counter(word for word, _ in words).most_common(MOST_CAUSE_WORDS))


def _signatures(text: str) -> Iterable[str]:
    for found in SIGNATURE.findall(text):
        if len(found) <= LONGEST_TERM:
            yield found.strip("_-")
    for code in CODE.findall(text):
        yield f"code {code}"


def _names(title: str, source: str) -> frozenset[str]:
    stem_of_file = PurePath(source).stem.lower()
    names = {f"#{number}" for number in ISSUE_NUMBER.findall(f"{title}\n{stem_of_file}")}
    if len(stem_of_file) >= 8 and TELLING_NAME.search(stem_of_file):
        names.add(stem_of_file)
    return frozenset(names)


def _mentions(text: str) -> frozenset[str]:
    files = {name.lower() for name in FILE_NAME.findall(text)}
    return frozenset(files | {f"#{number}" for number in ISSUE_NUMBER.findall(text)})

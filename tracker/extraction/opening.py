"""What an analysis says about itself as a document: its title and its date."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import zip_longest

from tracker.extraction.document import BlockKind, Document
from tracker.extraction.fields import shortened
from tracker.extraction.labelled import LABEL

TITLE_LENGTH = 200
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?P<{}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
YEAR = r"(?P<{}>(?:19|20)\d{{2}})"
DATE = re.compile(
    rf"(?<![\d.])(?:{YEAR.format('y1')}[-/._]?(?P<m1>[01]\d)[-/._]?(?P<d1>[0-3]\d)(?!\d)"
    rf"|{YEAR.format('y2')}[-/.](?P<m2>\d{{1,2}})[-/.](?P<d2>\d{{1,2}})(?!\d)"
    rf"|(?P<a>\d{{1,2}})(?P<sign>[-/.])(?P<b>\d{{1,2}})(?P=sign){YEAR.format('y3')}(?!\.?\d)"
    rf"|(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?{MONTH.format('m4')},?\s{YEAR.format('y4')}"
    rf"|{MONTH.format('m5')}\s(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?(?:\s?,\s?|\s){YEAR.format('y5')})",
    re.IGNORECASE,
)
OF_ANALYSIS = (
    r"(?:analysis|report|assessment|audit|review|post-?\s?mortem|retro(?:spective)?|document|investigation"
    r"|publication|rca)"
)
WRITTEN = r"(?:completed|generated|written|created|held|performed|published)"
OF_INCIDENT = r"(?:incident|event|outage|occurrence)"
LABELS = (
    re.compile(
        rf"[\W_]{{0,12}}(?:date of (?:the |this )?{OF_ANALYSIS}|{OF_ANALYSIS}(?: date| {WRITTEN}(?: on)?)"
        rf"|{WRITTEN}(?: on)?|pub_?date)\b\W{{1,8}}",
        re.IGNORECASE,
    ),
    re.compile(r"[\W_]{0,12}(?:date(?:\s?/\s?time| and time|\(s\))?)\b\W{1,8}", re.IGNORECASE),
    re.compile(
        rf"[\W_]{{0,12}}(?:{OF_INCIDENT} (?:date|start)|date of (?:the )?{OF_INCIDENT}|{OF_INCIDENT}"
        r"|(?:started|occurred|happened)(?: on)?|(?:last )?updated|timestamp)\b\W{1,8}",
        re.IGNORECASE,
    ),
)
DUE_DATE = re.compile(
    r"(?<![\w-])(?:by|due(?: date| by| on)?|until|till|before|no later than|deadline|eta|target(?: date)?)[\s:*_=]{1,4}"
    rf"(?:the |on )?(?:\w{{3,6}}day,? )?{DATE.pattern}",
    re.IGNORECASE,
)
WRITTEN_ON = re.compile(r"\b(?:written|prepared|compiled)(?: down| up)? on\b\W{1,8}", re.IGNORECASE)
REVIEW_HEADING = re.compile(rf"[\W\d_]{{0,12}}{OF_ANALYSIS}(?: meeting)?[\W_]{{0,12}}", re.IGNORECASE)
HEAD_LINES, TAIL_LINES, PREFACE_BLOCKS = 120, 20, 8
LINE_LENGTH = 160
NARRATIVE = re.compile(r"\W{0,12}(?:on|at|between|from|in|since|during|after|before|yesterday|when)\b", re.IGNORECASE)
FRONT_FIELD = re.compile(r"([A-Za-z_]{1,30})\s{0,2}:\s{0,4}(.{1,300})")
FRONT_DATES = ("date", "pubdate", "publishdate", "published", "created", "publish_date", "pub_date")
MARKS = re.compile("[\\s*_#\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f]+")


def title(document: Document) -> str:
    """The title of the analysis: of its front matter, else its first heading, else its first words; "" without any."""
    if named := _front_matter(document).get("title", "").strip("\"' "):
        return shortened(named, TITLE_LENGTH)
    heading = next((block.text for block in document.blocks if block.kind is BlockKind.HEADING), "")
    text = heading or next((block.text for block in document.blocks if block.text), "")
    marks = MARKS.match(text)
    return shortened((text[marks.end() :] if marks else text).strip() or text, TITLE_LENGTH)


def analysis_date(document: Document) -> date | None:
    """The date that the document gives itself, None without one.

    Where it may stand, the surest first: the front matter; a line, cell or entry "Analysis date"; one "Date"; one of
    the incident; the title or the heading below it. A date in running text is not the document's.
    """
    fields = _front_matter(document)
    for name in FRONT_DATES:
        if found := parsed(fields.get(name, "")):
            return found
    lines = [line for line in _labelled(document) if "20" in line or "19" in line]
    for find in (LABELS[0].match, LABELS[1].match, WRITTEN_ON.search, LABELS[2].match):
        if found := _after(find, lines):
            return found
    headings = [block.text for block in document.blocks[:HEAD_LINES] if block.kind is BlockKind.HEADING]
    titles = (fields.get("title", ""), *headings[:2], *_preface(document))
    return next((found for text in titles if (found := parsed(text))), None)


def _after(find: Callable[[str], re.Match | None], lines: Sequence[str]) -> date | None:
    """The first date that follows right after what is looked for."""
    dates = (parsed(text[found.end() : found.end() + 60]) for text in lines if (found := find(text)))
    return next(filter(None, dates), None)


def parsed(text: str) -> date | None:
    """The first date of a text with day, month and year. In 3/4/2025 the month stands first, in 3.4.2025 the day."""
    for found in DATE.finditer(text):
        if value := _value(found):
            return value
    return None


def _value(found: re.Match) -> date | None:
    part = found.groupdict()
    if part["a"]:
        first, second = int(part["a"]), int(part["b"])
        month_first = part["sign"] == "/" and first <= 12
        year, month, day = int(part["y3"]), *((first, second) if month_first else (second, first))
    else:
        form = next(number for number in "1245" if part[f"y{number}"])
        name = part[f"m{form}"].lower()
        month = int(name) if name.isdigit() else MONTHS.index(name[:3]) + 1
        year, day = int(part[f"y{form}"]), int(part[f"d{form}"])
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _labelled(document: Document) -> Iterator[str]:
    """The lines at both ends of the document that could be "label: value", and the cells of tables with their columns.

    A line below a heading such as "Post-mortem" speaks of that ("Post-mortem date: ...").
    """
    lines = document.lines
    ends = lines if len(lines) <= HEAD_LINES + TAIL_LINES else (*lines[:HEAD_LINES], *lines[-TAIL_LINES:])
    about = ""
    for line, following in zip_longest(ends, ends[1:], fillvalue=""):
        text = line[:LINE_LENGTH]
        if text.startswith("#"):
            about = text.strip("# ")
            yield f"{about}: {following[:LINE_LENGTH]}" if "date" in about.lower() else ""
        elif REVIEW_HEADING.fullmatch(about):
            yield f"{about} {text.lstrip(' |*_-')}"
        else:
            yield text
    for block in document.blocks[:HEAD_LINES]:
        yield from (f"{name}: {cell}" for name, cell in block.cells if name)


def _preface(document: Document) -> Iterator[str]:
    """The short lines between the title and the first section that are no narrative ("On 3 May we ...") and no work.

    Until when something is to be done is not when the document was written.
    """
    first = next((block.index for block in document.blocks if block.kind is BlockKind.HEADING), 0)
    for block in document.blocks[first + 1 : first + PREFACE_BLOCKS]:
        if block.kind is BlockKind.HEADING:
            return
        work = block.checked is not None or any(map(LABEL.match, (block.text, *(cell for _, cell in block.cells))))
        if len(block.text) <= LINE_LENGTH and not work and not NARRATIVE.match(block.text):
            yield DUE_DATE.sub(" ", block.text)


def _front_matter(document: Document) -> dict[str, str]:
    """The fields of the front matter that stand on one line, in small letters."""
    first = document.blocks[0] if document.blocks else None
    if first is None or first.kind is not BlockKind.FRONT_MATTER:
        return {}
    lines = document.lines[first.line : first.end_line]
    fields = ((found[1].lower(), found[2].strip()) for line in lines if (found := FRONT_FIELD.match(line)))
    return dict(reversed(list(fields)))  # of two alike the first counts

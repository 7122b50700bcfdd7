"""The whys of an analysis: its questions in order with their answers, in one chain or several."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.values import Why

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
NUMBERED = re.compile(
    r"[\W_]{0,8}(?:why[\s_(:.-]{0,3}(?:#|no\.?|number|level)?\s?"
    r"(?P<after>\d{1,2})(?!\d|\.\d|%|\s?[-\u2013&+/]\s?\d|(?:st|nd|rd|th)\b)"
    r"|(?P<before>\d{1,2})(?:st|nd|rd|th)?[\W_]{0,6}why\b"
    rf"|(?P<word>{'|'.join(ORDINALS)})[\s-]why\b)",
    re.IGNORECASE,
)
NOT_A_QUESTION = re.compile(
    r"[\W_]{0,6}(?:conclusions?|answers?|solutions?|summary|evidence|results?|fix(?:es)?|findings?|status|actions?"
    r"|prevention|resolution|remediation)\b",
    re.IGNORECASE,
)
WHY_WORD = re.compile(r"[\W\d_]{0,8}(?:(?:and|but|so)\s|q(?:uestion)?\s?\d?[:.)]\s?)?why\b", re.IGNORECASE)
BECAUSE = re.compile(r"[\W\d_]{0,8}(?:and |that is |it was |this was )?because\b", re.IGNORECASE)
WHYS_HEADING = re.compile(
    r"\b(?:five|5|six|6|seven|7)[\s-]{0,2}whys?\b|\bwhys\b|\bwhy(?:[\s-]why)? analysis\b|\basking why\b", re.IGNORECASE
)
RECAP_HEADING = re.compile(
    r"\b(?:summary|recap|overview|conclusion|solutions?|matrix|checklist|completeness|remediation|fix(?:es)?|plan|addressed"
    r"|prevention|actions?|validation|lessons)\b",
    re.IGNORECASE,
)
LABEL = re.compile(
    r"[\W_]{0,6}(?:why\b[\s#(]{0,3}\d{1,2}[\W_]{0,6}|q(?:uestion)?\s?\d?[:.)]\s?|\d{1,2}(?:st|nd|rd|th)\swhy[\W_]{1,6}"
    rf"|(?:{'|'.join(ORDINALS)})[\s-]why\b[\W_]{{1,6}}|\d{{1,2}}[\W_]{{1,6}}|$)",
    re.IGNORECASE,
)
ANSWER_LABEL = re.compile(
    r"[\W_]{0,4}(?:answer|because|reason|finding|a)\b\s{0,2}[:\u2013\u2014-][\s*_]{0,4}", re.IGNORECASE
)
CAUSE_LABEL = re.compile(r"[\W_]{0,4}root cause\b", re.IGNORECASE)
NO_ANSWER = re.compile(r"[\W_]{0,4}(?:evidence|example|code|note|impact|root cause)\b", re.IGNORECASE)
NUMBER_ALONE = re.compile(r"[\W_]{0,4}(?:why)?[\s#(]{0,3}\d{0,2}[\W_]{0,4}", re.IGNORECASE)
REMARK = re.compile(r"\s{0,3}\([^()]{0,80}\)\s{0,3}\Z")
ANSWER_BLOCKS = 4
RAW_MARKS = re.compile(r"[*_`>]|^\s{0,12}[-+]\s")
TEXT_READ = 4000
MOST_WHYS = 200
MOST_IN_CHAIN = 8
SAME_QUESTION = 62


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A line that asks a why. Whys of one chain are written in one style; number 0: it carries none."""

    block: Block
    line: int
    text: str
    number: int
    style: tuple[str, ...]


def whys(document: Document) -> tuple[Why, ...]:
    """The whys of the main chains in order, also where they carry no number; recapitulations are left out."""
    chains = _main_chains(document, _chains(_candidates(document))) or _because_chain(document)
    found = []
    for number, chain in enumerate(chains, 1):
        for position, candidate in enumerate(chain, 1):
            question, answer = _question_and_answer(document, candidate)
            found.append(Why(number, position, candidate.line, question, answer))
    return tuple(found)


def _candidates(document: Document) -> list[_Candidate]:
    found: list[_Candidate] = []
    for block in document.blocks:
        if block.kind is BlockKind.CODE or "why" not in block.text[:TEXT_READ].lower():
            continue
        for line, text in _parts(document, block):
            if candidate := _candidate(block, line, text):
                found.append(candidate)
        if len(found) >= MOST_WHYS:
            break
    return found


def _parts(document: Document, block: Block) -> list[tuple[int, str]]:
    """The lines of a paragraph that begin with a why, each with the lines up to the next; else the block as a whole."""
    whole = [(block.line, block.text.replace(" | ", " ", 1) if block.cells else block.text)]
    if block.text_end_line == block.line or block.kind not in (BlockKind.PARAGRAPH, BlockKind.ENTRY):
        return whole
    parts: list[tuple[int, str]] = []
    for line in range(block.line, min(block.text_end_line, block.line + MOST_WHYS) + 1):
        text = RAW_MARKS.sub("", document.lines[line - 1]).strip()
        if NUMBERED.match(text) or WHY_WORD.match(text):
            parts.append((line, text))
        elif parts:
            parts[-1] = (parts[-1][0], f"{parts[-1][1]} {text}")
    return parts if len(parts) > 1 else whole


def _candidate(block: Block, line: int, text: str) -> _Candidate | None:
    kind = f"{block.kind}{block.depth}" if block.kind is BlockKind.HEADING else str(block.kind)
    if match := NUMBERED.match(text):
        if NOT_A_QUESTION.match(text, match.end()):
            return None
        group = match.lastgroup or ""
        number = ORDINALS.index(match[group].lower()) + 1 if group == "word" else int(match[group])
        return _Candidate(block, line, text, number, (kind, group)) if number else None
    return _Candidate(block, line, text, 0, (kind, "plain")) if WHY_WORD.match(text) else None


def _in_whys(document: Document, block: Block) -> bool:
    """Does a heading above, or the line that introduces the list, announce whys?"""
    texts = (document.lead_in(block)[:120], *document.section_path(block)[-2:])
    return any(WHYS_HEADING.search(text) for text in texts)


def _chains(candidates: Sequence[_Candidate]) -> dict[tuple[str, ...], list[list[_Candidate]]]:
    """The candidates as chains of rising numbers, by style. Without numbers a chain ends with its section."""
    styles: dict[tuple[str, ...], list[list[_Candidate]]] = {}
    for candidate in candidates:
        chains = styles.setdefault(candidate.style, [])
        last = chains[-1][-1] if chains else None
        if last and _follows(candidate, last):
            chains[-1].append(candidate)
        elif candidate.number <= 1:
            chains.append([candidate])
    return styles


def _follows(candidate: _Candidate, last: _Candidate) -> bool:
    if candidate.number:
        return last.number < candidate.number <= last.number + 2
    return candidate.block.section == last.block.section


def _main_chains(document: Document, styles: dict[tuple[str, ...], list[list[_Candidate]]]) -> list[list[_Candidate]]:
    """The chains of the style that most whys are written in, and those of other styles that ask something else."""
    convincing = [[chain for chain in chains if _convinces(document, chain)] for chains in styles.values()]
    ranked = sorted(filter(None, convincing), key=lambda chains: _weight(document, chains), reverse=True)
    main: list[list[_Candidate]] = []
    for chains in ranked:
        main += [chain for chain in chains if chains is ranked[0] or _asks_anew(document, chain, main)]
    return sorted(main, key=lambda chain: chain[0].line)


def _convinces(document: Document, chain: list[_Candidate]) -> bool:
    """Numbers make a chain, and so does a heading that announces whys; without either it takes three questions."""
    if chain[0].number or _in_whys(document, chain[0].block):
        return True
    return len(chain) >= 3 and all("?" in candidate.text for candidate in chain)


def _weight(document: Document, chains: list[list[_Candidate]]) -> tuple[int, int, int]:
    """How many whys the chains have, unnumbered or recapitulating ones for half; then how early they stand."""
    whole = sum(len(chain) * (1 if _recapitulates(document, chain) else 2) for chain in chains)
    if chains[0][0].number:
        whole *= 2
    questions = sum("?" in candidate.text for chain in chains for candidate in chain)
    return whole, questions, -chains[0][0].line


def _recapitulates(document: Document, chain: list[_Candidate]) -> bool:
    path = document.section_path(chain[0].block)
    return bool(path) and bool(RECAP_HEADING.search(path[-1])) and not WHYS_HEADING.search(path[-1])


def _asks_anew(document: Document, chain: list[_Candidate], main: list[list[_Candidate]]) -> bool:
    """Is a chain in another style more than a repetition: questions, three or more, that no main chain asks?"""
    if len(chain) < 3 or not all(item.number and "?" in item.text for item in chain):
        return False
    first, last = chain[0].line, chain[-1].line
    if _recapitulates(document, chain) or any(first <= item.line <= last for other in main for item in other):
        return False
    asked = [candidate.text for other in main for candidate in other]
    return all(fuzz.token_set_ratio(item.text, text) < SAME_QUESTION for item in chain for text in asked)


def _because_chain(document: Document) -> list[list[_Candidate]]:
    """The chain below a Whys heading that asks nothing: its "because" lines, else its only list."""
    for heading in document.blocks:
        if heading.kind is not BlockKind.HEADING or not WHYS_HEADING.search(heading.text):
            continue
        members = [block for block in document.members(heading) if block.kind in (BlockKind.ENTRY, BlockKind.PARAGRAPH)]
        because = [block for block in members if BECAUSE.match(block.text)]
        entries = [block for block in members if block.kind is BlockKind.ENTRY and block.depth == 1]
        if len(because) > 1 or 3 <= len(entries) <= MOST_IN_CHAIN:
            chain = because if len(because) > 1 else entries
            return [[_Candidate(block, block.line, block.text, 0, ()) for block in chain]]
    return []


def _question_and_answer(document: Document, candidate: _Candidate) -> tuple[str, str]:
    block = candidate.block
    if block.cells:
        return _from_cells(block)
    text = _bare(candidate.text)
    question, mark, rest = text.partition("?")
    if mark:
        rest = REMARK.sub("", rest)
        return (question + mark).strip(), _plain_answer(rest) or _answer_below(document, block)
    following = next(iter(document.blocks[block.index + 1 : block.index + 2]), None)
    if following is not None and WHY_WORD.match(following.text) and following.text.endswith("?"):
        return following.text, _answer_below(document, following)
    return text.strip() or candidate.text, "" if text.strip() else _answer_below(document, block)


def _from_cells(row: Block) -> tuple[str, str]:
    """The first cell that is more than the number of the why, and the cell after it."""
    texts = [cell for _, cell in row.cells if cell and not NUMBER_ALONE.fullmatch(cell)]
    return _bare(texts[0]) if texts else "", texts[1] if len(texts) > 1 else ""


def _bare(text: str) -> str:
    """A question without its number."""
    label = LABEL.match(text)
    return text[label.end() :] if label else text


def _below(document: Document, block: Block) -> Iterator[Block]:
    """The next blocks that belong to a why: nested ones, else those that follow up to the next heading."""
    for following in document.blocks[block.index + 1 : block.index + 1 + ANSWER_BLOCKS]:
        if following.kind is BlockKind.HEADING:
            return
        if following.kind is not BlockKind.CODE:
            yield following


def _answer_below(document: Document, block: Block) -> str:
    """The first text below a why that is its answer: no further why, no evidence."""
    fallback = ""
    for following in _below(document, block):
        if WHY_WORD.match(following.text) or NUMBERED.match(following.text):
            break
        if not NO_ANSWER.match(following.text):
            return _plain_answer(following.text)
        if not fallback and CAUSE_LABEL.match(following.text):
            fallback = following.text.partition(":")[2].strip()
    return fallback


def _plain_answer(text: str) -> str:
    label = ANSWER_LABEL.match(text)
    return (text[label.end() :] if label else text).strip(" *_:\u2013\u2014-\u2192")

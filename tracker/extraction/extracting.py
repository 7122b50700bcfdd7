"""The whole extraction: blocks → scores → what is taken → values with their fields."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.choices import IssueKind
from tracker.extraction import assignments, causes, fields, impact, kinds, labelled, opening, priorities, skipping, whys
from tracker.extraction.blocks import parse
from tracker.extraction.completion import is_done
from tracker.extraction.decide import checks_of, taken
from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.features import Features, describe, kind_of, names_of
from tracker.extraction.model import Model, in_use
from tracker.extraction.neighbours import Neighbourhood, Scores, logit, softmax, threshold
from tracker.extraction.restated import duplicates
from tracker.extraction.systems import GENERIC_SYSTEMS, affected_systems
from tracker.extraction.traits import Traits, traits
from tracker.extraction.values import (
    ExtractedAnalysis,
    ExtractedCheck,
    ExtractedIssue,
    Reason,
    SkippedLine,
    SystemWords,
)
from tracker.extraction.wording import strongest
from tracker.translation import gettext

ISSUE, CHECK = 0, 1
NO_WORK: Scores = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Scored:
    """A block with its scores and what speaks for them."""

    block: Block
    features: Features
    traits: Traits
    first: Scores
    scores: Scores
    taken: bool

    @property
    def side(self) -> int:
        return ISSUE if self.scores[ISSUE] >= self.scores[CHECK] else CHECK

    @property
    def score(self) -> float:
        return round(max(self.scores), 3)


def score(document: Document, model: Model) -> tuple[list[Scored], list[int | None]]:
    """The candidates of a document with their scores, and for each the position of the one it belongs to."""
    blocks, features, seen = describe(document, model.parts)
    first = [softmax(*model.first.logits(each)) for each in features]
    near = Neighbourhood(document, blocks, first)
    scores = [
        model.second.scores(near.features(number, kind_of(block))) if near.stands_out(number) else first[number]
        for number, block in enumerate(blocks)
    ]
    for number in skipping.unfilled(blocks, near.above) | labelled.limits(blocks):
        scores[number] = NO_WORK
    choices = taken(near.above, scores, labelled.stated(document, blocks))
    found = [Scored(*parts) for parts in zip(blocks, features, seen, first, scores, choices, strict=True)]
    return found, near.above


def kind_of_issue(each: Scored, model: Model) -> IssueKind:
    """The first verb decides that something is to be found out, the model the rest."""
    if kinds.finds_out(each.traits):
        return IssueKind.INVESTIGATE
    return IssueKind(model.kind.best(kinds.own(each.block, each.traits) + names_of(each.features)))


class _Extraction:
    """One document on its way to values."""

    def __init__(self, text: str, systems: Sequence[SystemWords], model: Model) -> None:
        self.document = parse(text)
        self.systems = systems
        self.model = model
        self.scored, self.above = score(self.document, model)
        self.limit = threshold([each.scores for each in self.scored])
        self.incident = priorities.incident_priority(self.document)

    def analysis(self) -> ExtractedAnalysis:
        document = self.document
        chains = whys.whys(document)
        found = [each for each in self.scored if each.taken and each.side == ISSUE]
        again = duplicates([each.block for each in found])
        issues = tuple(self.issue(each, lines) for each, lines in zip(found, again, strict=True))
        return ExtractedAnalysis(
            title=opening.title(document),
            date=opening.analysis_date(document),
            priority=self.incident,
            root_cause=causes.root_cause(document, chains),
            whys=chains,
            impact=impact.impact(document),
            affected_systems=affected_systems("\n".join(document.lines), self.systems),
            issues=issues,
            checks=self.checks(issues),
            skipped=self.skipped(),
        )

    def issue(self, each: Scored, again: tuple[int, ...]) -> ExtractedIssue:
        document, block = self.document, each.block
        kind = self.kind(each)
        section = document.section_path(block)
        stated = priorities.stated_priority(document, block)
        description = fields.description(document, block)
        return ExtractedIssue(
            line=block.line,
            end_line=fields.last_line(document, block),
            title=fields.title(block),
            description=description,
            kind=kind,
            priority=stated or priorities.default_priority(kind, section, self.incident),
            priority_stated=stated is not None,
            done=is_done(document, block),
            section=section,
            owner=assignments.owner_words(document, block),
            deadline=assignments.deadline_words(document, block),
            affected_systems=affected_systems(description, self.systems),
            duplicate_lines=again,
            score=each.score,
            reasons=self.reasons(each, ISSUE),
        )

    def kind(self, each: Scored) -> IssueKind:
        return kind_of_issue(each, self.model)

    def checks(self, issues: Sequence[ExtractedIssue]) -> tuple[ExtractedCheck, ...]:
        document = self.document
        found = [each for each in self.scored if each.taken and each.side == CHECK]
        places = [each.block for each in self.scored if each.taken and each.side == ISSUE]
        return tuple(
            ExtractedCheck(
                line=each.block.line,
                end_line=fields.last_line(document, each.block),
                text=fields.title(each.block),
                section=document.section_path(each.block),
                issue_lines=checks_of(document, each.block, places, issues),
                score=each.score,
                reasons=self.reasons(each, CHECK),
            )
            for each in found
        )

    def skipped(self) -> tuple[SkippedLine, ...]:
        inside, outside = self.surroundings()
        found = [
            self.skip(each, inside[number], outside[number])
            for number, each in enumerate(self.scored)
            if not each.taken and skipping.reported(each.block, score=each.score, limit=self.limit)
        ]
        silent = (block for block in self.document.blocks if block.kind in skipping.LISTED and not block.text)
        found += [self.skip(Scored(block, (), traits(block), (0, 0), (0, 0), False), "", False) for block in silent]
        return tuple(sorted(found, key=lambda line: (line.line, line.end_line)))

    def surroundings(self) -> tuple[list[str], list[bool]]:
        """For each candidate what was taken above it, in words, and whether something below it was taken."""
        size = len(self.scored)
        inside, outside = [""] * size, [False] * size
        for number, parent in enumerate(self.above):
            if parent is not None:
                above = self.scored[parent]
                words = gettext("issue on line %(line)s") if above.side == ISSUE else gettext("check on line %(line)s")
                inside[number] = words % {"line": above.block.line} if above.taken else inside[parent]
        for number in range(size - 1, -1, -1):
            parent = self.above[number]
            if parent is not None and (self.scored[number].taken or outside[number]):
                outside[parent] = True
        return inside, outside

    def skip(self, each: Scored, inside: str, outside: bool) -> SkippedLine:
        document, block = self.document, each.block
        why = skipping.reason(
            document, block, score=each.score, limit=self.limit, inside=inside, outside=outside, form=each.traits.form
        )
        section = document.section_path(block)
        last = block.text_end_line if block.kind is BlockKind.ENTRY else block.end_line
        reasons = self.reasons(each, each.side)
        return SkippedLine(block.line, last, block.text, why, section, each.score, reasons)

    def reasons(self, each: Scored, side: int) -> tuple[Reason, ...]:
        neighbours = logit(each.scores[side]) - logit(each.first[side])
        return strongest(each.features, self.model.first.weights, side, neighbours)


def extract(markdown: str, systems: Sequence[SystemWords] = GENERIC_SYSTEMS) -> ExtractedAnalysis:
    """All that an analysis says. Any text is accepted; `systems` are the systems that it may name."""
    return _Extraction(markdown, systems, in_use()).analysis()


def extract_with(model: Model, markdown: str, systems: Sequence[SystemWords] = GENERIC_SYSTEMS) -> ExtractedAnalysis:
    """What a model other than the shipped one finds."""
    return _Extraction(markdown, systems, model).analysis()

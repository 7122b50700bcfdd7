"""Labelled analyses: what the training learns from."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tracker.extraction.blocks import parse
from tracker.extraction.document import Block, Document
from tracker.extraction.features import Features, candidates, describe, names_of
from tracker.extraction.traits import Traits

NEITHER, ISSUE, CHECK = 0, 1, 2
OPTIONAL_WEIGHT = 0.4
KINDS = Path(__file__).with_name("kinds.txt")
KIND_PARTS = 8  # a word has to be used in several of them to be learned
OWN = Path(__file__).with_name("analyses")
ROOT = Path(__file__).resolve().parents[3]
SAMPLES, SAMPLE_LABELS = ROOT / "samples", ROOT / "tracker" / "tests" / "data" / "samples"
MARK = re.compile(r"\s*<!-- (fix|prevent|investigate|check)(, optional)? -->$")


@dataclass(frozen=True)
class Label:
    """What a reader said of a line; kind is fix, investigate, prevent or validate."""

    line: int
    kind: str
    optional: bool = False


@dataclass(frozen=True)
class LabelledAnalysis:
    """An analysis with its labels. `organisation` tells which ones share a house style."""

    name: str
    organisation: str
    text: str
    labels: Sequence[Label]

    @cached_property
    def document(self) -> Document:
        return parse(self.text)

    @cached_property
    def blocks(self) -> list[Block]:
        return candidates(self.document)

    @cached_property
    def features(self) -> list[list[str]]:
        return [names_of(features) for features in self._features()]

    def _features(self) -> list[Features]:
        """The features anew, without the sums that a model leaves in them."""
        return describe(self.document)[1]

    @cached_property
    def traits(self) -> list[Traits]:
        return describe(self.document)[2]

    @cached_property
    def by_line(self) -> dict[int, Label]:
        return {label.line: label for label in self.labels}

    @cached_property
    def classes(self) -> list[int]:
        found = (self.by_line.get(block.line) for block in self.blocks)
        return [NEITHER if label is None else CHECK if label.kind == "validate" else ISSUE for label in found]

    @cached_property
    def certainty(self) -> list[float]:
        found = (self.by_line.get(block.line) for block in self.blocks)
        return [OPTIONAL_WEIGHT if label and label.optional else 1.0 for label in found]


def read_marked(name: str, text: str) -> LabelledAnalysis:
    """An analysis that carries its labels as comments at the end of its lines. Each counts as its own organisation."""
    lines, labels = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if mark := MARK.search(line):
            labels.append(Label(number, mark[1].replace("check", "validate"), bool(mark[2])))
        lines.append(MARK.sub("", line))
    return LabelledAnalysis(name, f"own {name}", "\n".join(lines), labels)


def site_analysis(name: str, text: str, taken: Sequence[tuple[int, str]], unsure: Sequence[int]) -> LabelledAnalysis:
    """An analysis with the decisions of a site's people; lines that nobody decided about count less."""
    labels = [Label(line, "validate" if kind == "check" else kind) for line, kind in taken]
    decided = {line for line, _ in taken}
    labels += [Label(line, "fix", optional=True) for line in unsure if line not in decided]
    return LabelledAnalysis(f"site {name}", "site", text, labels)


def own() -> list[LabelledAnalysis]:
    """The analyses that were written for the training, and the samples that ship with the project."""
    marked = [read_marked(path.stem, path.read_text(encoding="utf-8")) for path in sorted(OWN.glob("*.md"))]
    return marked + [_sample(path) for path in sorted(SAMPLE_LABELS.glob("*.json"))]


def kind_examples() -> list[LabelledAnalysis]:
    """Short entries with their kind ("fix: Restart the importer"), as small analyses; they teach nothing else."""
    lines = KINDS.read_text(encoding="utf-8").splitlines()
    return [_examples(lines[number::KIND_PARTS], f"kinds {number}") for number in range(KIND_PARTS)]


def _examples(lines: Sequence[str], name: str) -> LabelledAnalysis:
    pairs = [line.split(": ", 1) for line in lines]
    text = "# Incident\n\n## Action items\n\n" + "".join(f"- {entry}\n" for _, entry in pairs)
    return LabelledAnalysis(name, name, text, [Label(number, kind) for number, (kind, _) in enumerate(pairs, 5)])


def _sample(path: Path) -> LabelledAnalysis:
    text = (SAMPLES / f"{path.stem}.md").read_text(encoding="utf-8")
    return LabelledAnalysis(path.stem, f"own {path.stem}", text, _labels(path))


def _labels(path: Path) -> list[Label]:
    items = json.loads(path.read_text(encoding="utf-8"))["items"]
    return [Label(item["line"], item["kind"], bool(item["optional"])) for item in items]


def organisation(name: str, sources: dict[str, dict]) -> str:
    """The repository that a document is from, else the part of its name before "__", else one for all others."""
    if repository := sources.get(f"{name}.md", {}).get("repository"):
        return repository
    return name.split("__", maxsplit=1)[0] if "__" in name else ""


def read_folder(folder: Path) -> list[LabelledAnalysis]:
    """The labelled analyses of a data folder: docs/NAME.md with gold/NAME.json, and sources.json."""
    sources_file = folder / "sources.json"
    sources = json.loads(sources_file.read_text(encoding="utf-8")) if sources_file.exists() else {}
    return [_read(path, folder, sources) for path in sorted((folder / "gold").glob("*.json"))]


def _read(path: Path, folder: Path, sources: dict[str, dict]) -> LabelledAnalysis:
    text = (folder / "docs" / f"{path.stem}.md").read_text(encoding="utf-8")
    return LabelledAnalysis(path.stem, organisation(path.stem, sources), text, _labels(path))

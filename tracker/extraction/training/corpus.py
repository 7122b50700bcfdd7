"""Labelled analyses: what the training learns from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tracker.extraction.blocks import parse
from tracker.extraction.document import Block, Document
from tracker.extraction.features import candidates, describe

NEITHER, ISSUE, CHECK = 0, 1, 2
OPTIONAL_WEIGHT = 0.4


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
        return describe(self.document)[1]

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
    items = json.loads(path.read_text(encoding="utf-8"))["items"]
    labels = [Label(item["line"], item["kind"], bool(item["optional"])) for item in items]
    return LabelledAnalysis(path.stem, organisation(path.stem, sources), text, labels)

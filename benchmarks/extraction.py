"""Print what the extraction finds in analyses that it has not learned from, and fail when a score falls.

    python -m benchmarks.extraction [--data FOLDER] [--fast] [--write-weights] [--raise-floor]

Trains on the rest and extracts what is left out: documents, then whole organisations. FOLDER holds docs/, gold/ and
evaluate.py, the scorer. Exit code 0: done, or no such folder; 1: a score fell below the floor in floor.json.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tqdm import tqdm

from tracker.extraction.values import ExtractedAnalysis

try:
    from tracker.extraction.model import WEIGHTS
    from tracker.extraction.training import corpus, leaving_out, storing
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is not installed: pip install -r requirements-train.txt")

ROOT = Path(__file__).resolve().parents[1]
FLOOR = Path(__file__).with_name("floor.json")
TOLERANCE = 0.004  # another processor rounds differently, which can turn one entry of 600
FOLDS = {"documents": 26, "organisations": 17}
FAST_FOLDS = {"documents": 6, "organisations": 5}
LINES = (
    (r"^issues: .*F1 ([\d.]+)", ("issues",)),
    (r"^validation steps: .*F1 ([\d.]+)", ("checks",)),
    (r"kind ([\d.]+) done ([\d.]+) stated priority ([\d.]+)", ("kind", "done", "stated priority")),
    (r"^root cause ([\d.]+) whys ([\d.]+)", ("root cause", "whys")),
)


def as_json(source: str, analysis: ExtractedAnalysis) -> dict:
    """What evaluate.py reads."""
    cause = analysis.root_cause
    return {
        "analysis": {
            "source": f"{source}.md",
            "root_cause": {"line": cause.line} if cause else None,
            "whys": [{"line": why.line} for why in analysis.whys],
        },
        "issues": [
            {
                "line": issue.line,
                "kind": issue.kind,
                "priority": issue.priority,
                "priority_stated": issue.priority_stated,
                "done": issue.done,
                "duplicate_lines": issue.duplicate_lines,
                "title": issue.title,
            }
            for issue in analysis.issues
        ],
        "validation_steps": [{"line": check.line} for check in analysis.checks],
    }


def scores(found: Mapping[str, ExtractedAnalysis], data: Path) -> dict[str, float]:
    """The scores that evaluate.py prints."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "extracted.jsonl"
        output.write_text("".join(json.dumps(as_json(name, each)) + "\n" for name, each in found.items()))
        command = [sys.executable, str(data / "evaluate.py"), str(output), str(data / "gold")]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    values: dict[str, float] = {}
    for pattern, names in LINES:
        values |= zip(names, map(float, re.search(pattern, printed, re.MULTILINE).groups()), strict=True)
    documents, hit = re.search(r"^documents (\d+), with at least one issue (\d+)", printed, re.MULTILINE).groups()
    return values | {"documents with an issue": round(int(hit) / int(documents), 3)}


def measure(data: Path, folds: Mapping[str, int]) -> dict[str, dict[str, float]]:
    """Scores by leaving documents out and by leaving organisations out."""
    analyses, own = corpus.read_folder(data), corpus.own()
    ways = {
        "documents": list(leaving_out.by_document(analyses, folds["documents"])),
        "organisations": list(leaving_out.by_organisation(analyses, folds["organisations"])),
    }
    found = {}
    for way, parts in ways.items():
        with tqdm(total=len(parts), desc=f"{way} left out", disable=not sys.stderr.isatty()) as bar:
            found[way] = scores(leaving_out.extractions(parts, own, finished=bar.update), data)
    return found


def fallen(found: Mapping[str, Mapping[str, float]], floor: Mapping[str, Mapping[str, float]]) -> list[str]:
    """One sentence for each score that is below its floor by more than the tolerance."""
    return [
        f"{name} by leaving {way} out fell to {found[way][name]:.3f}, the floor is {least:.3f}"
        for way, names in floor.items()
        for name, least in names.items()
        if found[way][name] < least - TOLERANCE
    ]


def raised(found: Mapping[str, Mapping[str, float]], floor: Mapping[str, Mapping[str, float]]) -> dict:
    """The floor with every score that was beaten raised to what was reached."""
    return {
        way: {name: max(value, floor.get(way, {}).get(name, 0.0)) for name, value in names.items()}
        for way, names in found.items()
    }


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    names = list(next(iter(found.values())))
    head = f"{'left out':<26}" + "".join(f"{way:>15}" for way in found)
    rows = (f"{name:<26}" + "".join(f"{values[name]:>15.3f}" for values in found.values()) for name in names)
    return "\n".join([head, *rows])


def arguments(given: Iterable[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "extraction", help="folder with labels")
    parser.add_argument("--fast", action="store_true", help="fewer folds; the floor is not compared")
    parser.add_argument("--write-weights", action="store_true", help="train on everything and write weights.json")
    parser.add_argument("--raise-floor", action="store_true", help="write scores that beat the floor into floor.json")
    return parser.parse_args(list(given))


def main(given: Iterable[str]) -> int:
    options = arguments(given)
    if not (options.data / "gold").is_dir():
        print(f"no labelled analyses in {options.data.name}: nothing to measure")
        return 0
    found = measure(options.data, FAST_FOLDS if options.fast else FOLDS)
    print(table(found))
    if options.write_weights:
        analyses = corpus.read_folder(options.data) + corpus.own()
        storing.write(storing.trained(analyses, on=datetime.now(tz=UTC).date(), scores=found), WEIGHTS)
    if options.fast:
        return 0
    floor = json.loads(FLOOR.read_text()) if FLOOR.exists() else {}
    if options.raise_floor:
        FLOOR.write_text(json.dumps(raised(found, floor), indent=1) + "\n")
    failures = fallen(found, floor)
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

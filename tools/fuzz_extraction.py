"""Feed the reading of analyses texts that a coverage-guided search makes, until it breaks or the time is over.

    pip install -r requirements-fuzz.txt        # Linux, Python 3.11 to 3.13
    python tools/fuzz_extraction.py [--seconds 300] [FOLDER]

The search begins with the samples and the templates, and keeps in FOLDER (default: .fuzz, which git ignores) what took
another path through the code. It ends with 0 when nothing broke. A text that raises anything but the refusal of bytes
that are no text, that takes longer than ten seconds, or that leads to a line which is not there, is written to
FOLDER/crash-… or timeout-…; make a test of it.
"""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 100_000  # bytes of a text: more only makes each try slower
SECONDS_EACH = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=300, help="how long it searches")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / ".fuzz", help="what was found is kept here")
    options = parser.parse_args()
    try:
        import atheris  # noqa: PLC0415 - said in a sentence where it is absent
    except ImportError:
        sys.exit("atheris is not installed: pip install -r requirements-fuzz.txt (Linux only).")
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "remediation_site.settings")
    with atheris.instrument_imports(include=["tracker.extraction", "tracker.html_writer", "tracker.reading"]):
        from tracker import reading  # noqa: PLC0415
        from tracker.extraction import extract  # noqa: PLC0415
        from tracker.rendering import render_with_lines  # noqa: PLC0415

    def one(data: bytes) -> None:
        try:
            text = reading.decode(data, name="fuzz", limit=LIMIT)
        except reading.UnreadableAnalysis:
            return
        found, last = extract(text), text.count("\n") + 1
        for entry in (*found.issues, *found.checks, *found.skipped):
            if not 1 <= entry.line <= entry.end_line <= last:
                raise RuntimeError(f"line {entry.line} to {entry.end_line} of {last}")
        if "<script" in render_with_lines(text).html.lower():
            raise RuntimeError("a script came through")

    folder = options.folder
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    limits = (f"-max_total_time={options.seconds}", f"-timeout={SECONDS_EACH}", f"-max_len={LIMIT}")
    seeds = [str(ROOT / "samples"), str(ROOT / "tracker" / "blanks")]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={folder}/", str(folder / "corpus"), *seeds], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

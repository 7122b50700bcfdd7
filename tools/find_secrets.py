"""Look for secrets in the files of the repository: exit 1 with each place, else 0.

    python tools/find_secrets.py [FILE ...]

detect-secrets knows how tokens and keys of many services look, and values that are named like secrets. Examples that
are none are in .secrets.baseline, by file and hash: after a look at what is new,
`python tools/find_secrets.py --accept` writes it anew. Tests and documents are full of made-up passwords: there only
what looks like a real token counts.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BASELINE = ".secrets.baseline"
ENTROPY = ("Base64HighEntropyString", "HexHighEntropyString")  # hashes, samples of keys: many and none of them secret
IN_EXAMPLES = ("KeywordDetector", "BasicAuthDetector", "IPPublicDetector")
LEFT_OUT = ("package-lock.json", BASELINE)
FOUND, LINES_MOVED = 1, 3  # exit codes of detect-secrets
NO_TEXT = (".png", ".ico", ".gz", ".sqlite3")


def without(plugins: tuple[str, ...]) -> list[str]:
    """The options that switch detectors off."""
    return [word for name in plugins for word in ("--disable-plugin", name)]


def is_example(path: str) -> bool:
    """Whether a file belongs to the tests or the documents."""
    return "tests" in Path(path).parts or path.endswith(("conftest.py", ".md", ".example"))


def listed() -> list[str]:
    """The files of the repository, the new ones too."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if name not in LEFT_OUT and not name.endswith(NO_TEXT) and (ROOT / name).is_file()]


def scanned(files: list[str], options: list[str]) -> bool:
    """Whether the files hold secrets; detect-secrets prints where. Raises: SystemExit when it cannot look."""
    if not files:
        return False
    command = [sys.executable, "-m", "detect_secrets.pre_commit_hook", *options, *files]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code not in (0, FOUND, LINES_MOVED):
        sys.exit(f"detect-secrets could not look into the files (exit code {code}).")
    return code == FOUND


def accept(files: list[str]) -> int:
    """Write what is there now as no secrets."""
    command = [sys.executable, "-m", "detect_secrets", "scan", *without(ENTROPY), *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (ROOT / BASELINE).write_text(done.stdout, encoding="utf-8")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Look for secrets in the files of the repository.")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--accept", action="store_true", help="what is found now is no secret")
    given = parser.parse_args()
    files = given.files or listed()
    product, examples = [each for each in files if not is_example(each)], [each for each in files if is_example(each)]
    if given.accept:
        return accept(product)
    kept = (ROOT / BASELINE).read_bytes()
    try:
        found = scanned(product, ["--baseline", BASELINE, *without(ENTROPY)])
    finally:
        (ROOT / BASELINE).write_bytes(kept)  # detect-secrets writes it anew when lines have moved
    return 1 if scanned(examples, without(ENTROPY + IN_EXAMPLES)) or found else 0


if __name__ == "__main__":
    sys.exit(main())

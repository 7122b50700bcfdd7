"""At which commit a folder stands."""

import re
from collections.abc import Mapping
from pathlib import Path

from tracker.validation import process

TIMEOUT_SECONDS = 10.0
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def commit_of(folder: Path, environment: Mapping[str, str]) -> str:
    """The commit that git has checked out in the folder, or "" when it is no checkout or git cannot say."""
    argv = ("git", "rev-parse", "--verify", "HEAD")
    ended = process.run(argv, folder=folder, timeout_seconds=TIMEOUT_SECONDS, environment=environment)
    said = ended.output.text.strip()
    return said if ended.exit_code == 0 and COMMIT.fullmatch(said) else ""

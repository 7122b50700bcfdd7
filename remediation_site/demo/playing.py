"""Starts the story in a process whose settings name a new database: the site's own is out of its reach."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from django.conf import settings

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT")
DATABASE, CATALOGUE, MAILS = "demo.sqlite3", "catalogue.toml", "mails"


class FolderRefused(Exception):
    """Nothing is written: the folder is not free for a demonstration."""


def prepare(folder: Path) -> None:
    """Make the folder. Raises: FolderRefused when it holds anything, so that nothing of somebody's is overwritten."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderRefused(f"{folder} is there already and not empty: name another folder with --output.")
    try:
        (folder / MAILS).mkdir(parents=True)
    except OSError as error:
        raise FolderRefused(f"{folder} cannot be made ({error.strerror}): name another with --output.") from None


def play(kind: str, folder: Path) -> int:
    """Migrate the new database and play the story of that kind in it; the exit code of what was played."""
    for arguments in (("migrate", "--verbosity", "0"), ("demo", "--demo", kind, "--output", str(folder), "--on-stage")):
        command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments]
        ended = subprocess.run(command, env=environment(folder), stdin=subprocess.DEVNULL, check=False)  # noqa: S603
        if ended.returncode:
            return ended.returncode
    return 0


def environment(folder: Path) -> dict[str, str]:
    """All settings of the process, none of which is the site's own."""
    return {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        "ENV_FILE": os.devnull,
        "ENVIRONMENT": "local",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": f"sqlite:///{folder.resolve() / DATABASE}",
        "EMAIL_URL": "consolemail://",  # the story puts its own mailbox in the place of the console
        "DEFAULT_FROM_EMAIL": "alerts@example.org",
        "VALIDATION_CATALOGUE": str(folder.resolve() / CATALOGUE),
        "SITE_TIME_ZONE": "UTC",
        "LOG_LEVEL": "ERROR",
    }


def is_on_stage(folder: Path) -> bool:
    """Whether this process works on the database of the folder, and not on another."""
    return Path(str(settings.DATABASES["default"]["NAME"])) == folder.resolve() / DATABASE

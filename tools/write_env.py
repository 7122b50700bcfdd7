"""Write .env from .env.example with a random secret, unless there is one already. Standard library only."""

import os
import re
import secrets
import sys
from pathlib import Path


def with_secret(example: str, secret: str) -> str:
    """The example with its empty SECRET_KEY filled in."""
    text, replaced = re.subn(r"(?m)^SECRET_KEY=$", f"SECRET_KEY={secret}", example)
    if replaced != 1:
        raise ValueError(".env.example has no single line 'SECRET_KEY=' to fill in")
    return text


def write(folder: Path) -> bool:
    """Write folder/.env, readable by its owner alone; False when it was there already."""
    text = with_secret((folder / ".env.example").read_text(encoding="utf-8"), secrets.token_urlsafe(50))
    try:
        handle = os.open(folder / ".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return True


if __name__ == "__main__":
    if write(Path(__file__).resolve().parent.parent):
        sys.stdout.write("Wrote .env with a random SECRET_KEY.\n")

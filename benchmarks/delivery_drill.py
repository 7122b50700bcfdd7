"""The long drill of the outbox: 2,000 alerts, 20 kills, two clusters (one on SQLite). Prints what was seen.

    python -m benchmarks.delivery_drill             on SQLite in a file of its own, with one cluster
    DATABASE_URL=postgres://… python -m …           on PostgreSQL in a database of its own beside that one, with two

Options are those of remediation_site/tests/drill.py, which runs it. Exit code 1 when an alert was not received, one
came under two keys, or a message did not come to its end.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "remediation_site.settings")
django.setup()

from django.conf import settings  # noqa: E402 - it needs the settings

from remediation_site.tests.conftest import BASE_DIR, QUICK, postgres_database, run_manage  # noqa: E402


def drill(url: str, *, clusters: int, options: list[str]) -> dict:
    """What one drill on that database saw. Raises: CalledProcessError when it did not come to its end."""
    environment = {**os.environ, **QUICK, "DATABASE_URL": url, "ENV_FILE": str(BASE_DIR / "tests.env")}
    migrated = run_manage("migrate", "--verbosity", "0", environment=environment)
    if migrated.returncode:
        raise SystemExit(migrated.stderr)
    command = [sys.executable, "-m", "remediation_site.tests.drill", "--clusters", str(clusters), *options]
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    options = sys.argv[1:]
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        with tempfile.TemporaryDirectory() as folder:
            seen = drill(f"sqlite:///{Path(folder) / 'drill.sqlite3'}", clusters=1, options=options)
    else:
        with postgres_database() as url:
            seen = drill(url, clusters=2, options=options)
    for name, value in seen.items():
        print(f"{name.replace('_', ' '):<16} {value}")
    lost = seen["never_taken"] or seen["under_two_keys"] or set(seen["states"]) != {"sent"}
    print("LOST" if lost else "Every alert was received, each under one key, and no message is left over.")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())

"""What one evaluation of alerts costs: python -m benchmarks.evaluation [--issues N] [--newly-due N] [--keep].

Makes a database of its own on the PostgreSQL server of DATABASE_URL, fills it (benchmarks.synthetic_site) and evaluates
once, so that what is wrong already has its alerts. Measured is the evaluation five minutes later, when 5,000 issues
more have come to their deadline: its time beside hand-written SQL that opens and resolves the same alerts
(benchmarks.evaluation_by_hand), its statements, and the memory of its process. Each turn is rolled back. Exit 1 when it
takes more than 40 statements, 300 MB or, for a million issues, 3 times as long; for few issues most of the time is that
of Python, whatever they are.
"""

import argparse
import importlib
import json
import math
import os
import statistics
import subprocess
import sys
from urllib.parse import urlsplit

import django
import psycopg

MANY = 1_000_000
MOST_RATIO, MOST_STATEMENTS, MOST_MEGABYTES = 3.0, 40, 300
DATABASE, UNFINISHED = "evaluation_benchmark", "evaluation_benchmark_unfinished"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, default=MANY)
    parser.add_argument("--newly-due", type=int, default=5_000)
    parser.add_argument("--keep", action="store_true", help="measure the database that an earlier --keep has left")
    parser.add_argument("--part", choices=("prepare", "measure"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        return run_part(options)
    problems = tell(in_its_own_database(options), most_ratio=MOST_RATIO if options.issues >= MANY else math.inf)
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


def run_part(options: argparse.Namespace) -> int:
    """Do one part, in a process that was started for it."""
    django.setup()
    turns = importlib.import_module("benchmarks.evaluation_turns")  # it imports rows, which need the settings
    if options.part == "prepare":
        turns.prepare(options.issues, options.newly_due)
    else:
        turns.measure()
    return 0


def in_its_own_database(options: argparse.Namespace) -> dict:
    """Prepare and measure, each in a process of its own; what was measured."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not (there and options.keep):
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
            connection.execute(f"DROP DATABASE IF EXISTS {UNFINISHED}")
            connection.execute(f"CREATE DATABASE {UNFINISHED}")
            _in_a_process("prepare", UNFINISHED)
            connection.execute(f"ALTER DATABASE {UNFINISHED} RENAME TO {DATABASE}")
        found = _in_a_process("measure", DATABASE)
        if not options.keep:
            connection.execute(f"DROP DATABASE {DATABASE}")
    return json.loads(found.splitlines()[-1])


def _in_a_process(name: str, database: str) -> str:
    """Run a part; what it wrote, when it is to be read."""
    environment = os.environ | {
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl(),
        "DJANGO_SETTINGS_MODULE": "remediation_site.settings",
    }
    command = [sys.executable, "-m", "benchmarks.evaluation", *sys.argv[1:], "--part", name]
    out = None if name == "prepare" else subprocess.PIPE
    return subprocess.run(command, env=environment, check=True, stdout=out, text=True).stdout


def tell(found: dict, *, most_ratio: float) -> list[str]:
    """Print the figures; the sentences of what is too much."""
    ours, theirs = statistics.median(found["seconds"]), statistics.median(found["seconds_by_hand"])
    ratio = ours / theirs
    print(f"evaluation: {found['opened']:,} opened, {found['resolved']:,} resolved, {found['steps']:,} steps taken")
    print(f"time: {ours:.2f} s (of {', '.join(f'{each:.2f}' for each in found['seconds'])})")
    print(f"by hand: {theirs:.2f} s (of {', '.join(f'{each:.2f}' for each in found['seconds_by_hand'])})")
    print(f"ratio: {ratio:.2f}; the same alerts: {'yes' if found['same'] else 'NO'}")
    print(f"statements: {found['statements']}")
    print(f"memory: {found['megabytes']:.0f} MB at the peak, {found['megabytes_before']:.0f} MB before")
    print("slowest statements:", *found["slowest"], sep="\n  ")
    limits = (
        (found["same"], "The alerts are not the same."),
        (ratio <= most_ratio, f"It takes more than {most_ratio:g} times the time of SQL by hand."),
        (found["statements"] <= MOST_STATEMENTS, f"It takes more than {MOST_STATEMENTS} statements."),
        (found["megabytes"] <= MOST_MEGABYTES, f"It takes more than {MOST_MEGABYTES} MB."),
    )
    return [sentence for fine, sentence in limits if not fine]


if __name__ == "__main__":
    sys.exit(main())

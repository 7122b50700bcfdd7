"""What the dashboard costs: python -m benchmarks.dashboard [ISSUES ...]; default 10,000, 100,000 and 1,000,000 issues.

For each size it makes a database of its own on the PostgreSQL server of DATABASE_URL, fills it
(benchmarks.synthetic_site, benchmarks.synthetic_business), lets a refresh bring the ledger and the pages of the whole
site this month up to now, and measures in turns: each page and its charts as a superuser and as an Executive get them,
and calculating each page from the rows beside hand-written SQL that answers the same questions
(benchmarks.dashboard_by_hand). Exit 1 when a page takes more than 25 queries or 400 ms.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import django
import psycopg

SIZES = (10_000, 100_000, 1_000_000)
MOST_QUERIES, MOST_MILLISECONDS, MOST_RATIO = 25, 400, 3.0
DATABASE = "dashboard_benchmark"
PARTS = ("prepare", "refresh", "measure")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("issues", type=int, nargs="*", default=SIZES)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        return run_part(options)
    found = {}
    for issues in options.issues:
        found[issues] = in_its_own_database(issues)
        print(*told(issues, found[issues]), sep="\n", flush=True)
    print(*curve(found), sep="\n")
    problems = list(too_much(found))
    print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


def run_part(options: argparse.Namespace) -> int:
    """Do one part, in a process that was started for it; the last line is what it found, as JSON."""
    django.setup()
    turns = importlib.import_module("benchmarks.dashboard_turns")  # it imports rows, which need the settings
    part = getattr(turns, options.part)
    print(json.dumps(part(options.issues[0]) if options.part == "prepare" else part()))
    return 0


def in_its_own_database(issues: int) -> dict:
    """What each part found."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.execute(f"CREATE DATABASE {DATABASE}")
        try:
            return {part: _in_a_process(part, issues) for part in PARTS}
        finally:
            connection.execute(f"DROP DATABASE {DATABASE}")


def _in_a_process(part: str, issues: int) -> dict:
    environment = os.environ | {
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{DATABASE}").geturl(),
        "DJANGO_SETTINGS_MODULE": "remediation_site.settings",
    }
    command = [sys.executable, "-m", "benchmarks.dashboard", str(issues), "--part", part]
    out = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(out.splitlines()[-1])


def told(issues: int, found: dict) -> Iterator[str]:
    """The figures of one size, as lines."""
    site, refresh, measured = (found[part] for part in PARTS)
    yield f"\n{issues:,} issues, {site['live']:,} of them live, {site['history']:,} rows of history"
    yield (
        f"refresh: ledger {refresh['ledger']:.1f} s ({refresh['stakes']:,} stakes, {refresh['entries']:,} entries"
        f"{', more to do' if refresh['unfinished'] else ''}), the pages of the whole site {refresh['pages']:.1f} s, "
        f"{refresh['figures']} figures written in {refresh['saving']:.1f} s, {refresh['megabytes']:.0f} MB at the peak"
    )
    yield f"{'page':<11}{'from rows':>11}{'queries':>9}{'of it SQL':>11}{'by hand':>9}{'ratio':>7}"
    for page, row in measured["rows"].items():
        yield (
            f"{page:<11}{row['seconds']:>9.3f} s{row['queries']:>9}{row['database']:>9.3f} s"
            f"{row['by_hand']:>7.3f} s{ratio(row):>7.2f}{'' if ratio(row) <= MOST_RATIO else '  above 3'}"
        )
        if row["alone"]:
            parts = ", ".join(f"{name} {seconds:.3f} s" for name, seconds in row["alone"].items())
            yield f"{'':<11}without a question in SQL, and not in the ratio: {parts}"
    yield from (f"  {line}" for line in measured["slowest"])


def ratio(row: dict) -> float:
    """How many times the time of hand-written SQL a page takes from rows."""
    return row["seconds"] / row["by_hand"]


def curve(found: dict) -> Iterator[str]:
    """What each address costs at each size: queries, median milliseconds of the server, kilobytes."""
    yield f"\n{'':<34}" + "".join(f"{issues:>26,}" for issues in found)
    yield f"{'who, address':<34}" + f"{'queries':>10}{'ms':>8}{'kB':>8}" * len(found)
    for key in next(iter(found.values()))["measure"]["answers"]:
        rows = (each["measure"]["answers"][key] for each in found.values())
        cells = (f"{row['queries']:>10}{row['milliseconds']:>8.0f}{row['bytes'] / 1000:>8.1f}" for row in rows)
        yield f"{key:<34}" + "".join(cells)


def too_much(found: dict) -> Iterator[str]:
    """Sentences about what takes more than it may."""
    for issues, each in found.items():
        for key, row in each["measure"]["answers"].items():
            if row["queries"] > MOST_QUERIES:
                yield f"{key} takes {row['queries']} queries at {issues:,} issues: at most {MOST_QUERIES}."
            if row["milliseconds"] > MOST_MILLISECONDS:
                yield f"{key} takes {row['milliseconds']:.0f} ms at {issues:,} issues: at most {MOST_MILLISECONDS}."


if __name__ == "__main__":
    sys.exit(main())

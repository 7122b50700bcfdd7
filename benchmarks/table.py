"""What the site costs, as one table: python -m benchmarks.table [ISSUES ...] [--documents N] [--seconds N].

For each size (10,000, 100,000 and 1,000,000 issues, unless others are given) it makes a database of its own on the
PostgreSQL server of DATABASE_URL, fills it and measures each part in a process of its own, in alternating turns with
the bare cost: SQL by hand, an empty view, the parser alone. Then two web workers answer so many requests a second for
the list of issues (benchmarks.table_load).

Exit 1 when a page takes more queries or bytes than it may, or a ratio is above its limit. Times depend on the machine
and on what else runs there: the table says which are over their target, and that fails nothing.
"""

import argparse
import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import django
import psycopg

from benchmarks import table_load

SIZES = (10_000, 100_000, 1_000_000)
DATABASE = "table_benchmark_{}"  # with the number of issues: two runs of different sizes do not meet
PARTS = ("extraction", "importing", "pages", "transition", "evaluation", "delivery", "dashboard")
ALONE = ("prepare", "sessions")  # parts that give no rows
MANY = 1_000_000
MOST_QUERIES, MOST_BYTES = 15, 300_000  # of the list and the page of issues
MOST_GROWTH = 1.5  # of the list from the smallest size to the largest
MOST_EVALUATION_RATIO = 3.0  # for a million issues: for few, most of the time is that of Python
TARGETS = {"issue list": 0.3, "issue page": 0.3, "transition": 0.15}  # seconds at a million issues
RATE, MOST_P95 = 50, 0.5
HEAD = ("what", "issues", "time", "bare", "ratio", "queries", "kB", "peak MB", "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("issues", type=int, nargs="*", default=SIZES)
    parser.add_argument("--documents", type=int, default=1_000, help="analyses that are imported")
    parser.add_argument("--messages", type=int, default=500, help="mails that are sent")
    parser.add_argument("--seconds", type=int, default=20, help="of requests to the web server")
    parser.add_argument("--rate", type=int, default=RATE, help="requests a second")
    parser.add_argument("--part", choices=(*PARTS, *ALONE), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        return run_part(options)
    print(line(HEAD), line(["---"] * len(HEAD)), sep="\n")
    found: dict[int, dict] = {}
    for issues in options.issues:
        found[issues] = {}
        for what, row in in_its_own_database(issues, options):
            found[issues][what] = row
            print(line(cells(what, issues, row)), flush=True)
    problems = list(too_much(found))
    print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


def run_part(options: argparse.Namespace) -> int:
    """Do one part, in a process that was started for it; the last line is what it found, as JSON."""
    django.setup()
    turns = importlib.import_module("benchmarks.table_turns")  # it imports rows, which need the settings
    found = getattr(turns, options.part)(options.issues[0], documents=options.documents, messages=options.messages)
    print(json.dumps({"found": found, "megabytes": turns.megabytes()}))
    return 0


def in_its_own_database(issues: int, options: argparse.Namespace) -> Iterator[tuple[str, dict]]:
    """Each row of one size."""
    name = DATABASE.format(issues)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection, mail_server() as mail:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        try:
            site = environment(name, mail)
            done = _in_a_process("prepare", issues, options, site)
            yield "filling the database", {"ours": done["found"]["seconds"], "megabytes": done["megabytes"]}
            for part in PARTS:
                done = _in_a_process(part, issues, options, site)
                for what, row in done["found"].items():
                    yield what, row | {"megabytes": done["megabytes"]}
            yield from _under_load(issues, options, site)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def environment(database: str, mail: int) -> dict[str, str]:
    """What the parts and the web server run with."""
    return os.environ | {
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl(),
        "DJANGO_SETTINGS_MODULE": "remediation_site.settings",
        "EMAIL_URL": f"smtp://127.0.0.1:{mail}",
        "DEFAULT_FROM_EMAIL": "alerts@example.org",
    }


class mail_server:
    """A mail server that takes everything and keeps nothing, in a process of its own; gives its port."""

    def __enter__(self) -> int:
        port = free_port()
        command = [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
        self.process = subprocess.Popen(command)
        return port

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _in_a_process(part: str, issues: int, options: argparse.Namespace, site: dict[str, str]) -> dict:
    numbers = [f"--{name}={getattr(options, name)}" for name in ("documents", "messages")]
    command = [sys.executable, "-m", "benchmarks.table", str(issues), *numbers, "--part", part]
    out = subprocess.run(command, env=site, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(out.splitlines()[-1])


def _under_load(issues: int, options: argparse.Namespace, site: dict[str, str]) -> Iterator[tuple[str, dict]]:
    cookies = _in_a_process("sessions", issues, options, site)["found"]["cookies"]
    port = free_port()
    with table_load.server(port, site) as process:
        before = table_load.processor_seconds(process)
        found = table_load.load(port, cookies, rate=options.rate, seconds=options.seconds)
        answered = options.rate * options.seconds - found["failures"] + table_load.WARM
        found["processor"] = (table_load.processor_seconds(process) - before) / answered
        row = {"ours": found["p95"], "load": found, "megabytes": table_load.megabytes(process)}
        yield f"issue list, {found['asked']} requests/s from {table_load.WORKERS} workers: p95", row


def cells(what: str, issues: int, row: dict) -> list[str]:
    """A row of the table."""
    ours, bare = row["ours"], row.get("bare")
    told = [f"over the target of {1000 * most:.0f} ms"] if (most := target(what, issues)) and ours > most else []
    if load := row.get("load"):
        told.append(f"p50 {1000 * load['p50']:.0f} ms, {load['reached']:.1f}/s reached, {load['failures']} failed")
        told.append(f"{1000 * load['processor']:.0f} ms of a processor each, in the worker")
    return [
        what,
        f"{issues:,}",
        seconds(ours),
        seconds(bare) if bare else "",
        f"{ours / bare:.1f}" if bare else "",
        str(row.get("queries", "")),
        f"{row['bytes'] / 1000:.0f}" if row.get("bytes") else "",
        f"{row['megabytes']:.0f}",
        "; ".join(told),
    ]


def target(what: str, issues: int) -> float | None:
    """The seconds that it may take, None where none are set."""
    if "requests/s" in what:
        return MOST_P95
    name = what.partition(",")[0]
    return TARGETS.get(name) if issues >= MANY else None


def seconds(amount: float) -> str:
    """A time as people read it."""
    return f"{1000 * amount:.0f} ms" if amount < 1 else f"{amount:.1f} s"


def line(cells: list[str] | tuple[str, ...]) -> str:
    """A line of the table."""
    return f"| {' | '.join(cells)} |"


def too_much(found: dict[int, dict]) -> Iterator[str]:
    """Sentences about what takes more than it may, whatever the machine."""
    for issues, rows in found.items():
        for what, row in rows.items():
            if what.startswith(("issue list", "issue page")):
                if row.get("queries", 0) > MOST_QUERIES:
                    yield f"{what} takes {row['queries']} queries at {issues:,} issues: at most {MOST_QUERIES}."
                if row.get("bytes", 0) > MOST_BYTES:
                    yield f"{what} takes {row['bytes']} bytes at {issues:,} issues: at most {MOST_BYTES}."
            if what == "evaluation" and issues >= MANY and row["ours"] > MOST_EVALUATION_RATIO * row["bare"]:
                yield f"{what} takes more than {MOST_EVALUATION_RATIO:g} times the time of SQL by hand."
    least, most = min(found), max(found)
    growth = found[most]["issue list"]["ours"] / found[least]["issue list"]["ours"]
    if growth > MOST_GROWTH:
        yield f"The list takes {growth:.1f} times as long at {most:,} as at {least:,} issues: at most {MOST_GROWTH}."


if __name__ == "__main__":
    sys.exit(main())

"""Many hands at once, for real: threads where the database is a server, processes where it is a file."""

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection, connections, transaction

from tracker import amend, intake, workflow
from tracker.choices import Door
from tracker.models import Check, ExtractedItem, Owner
from tracker.sheets import take
from tracker.sheets.take import Request
from tracker.tests.extractions import issue, says
from tracker.validation import requests, run

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
IN_A_PROCESS = "import django; django.setup(); from {module} import main; main()"
PATIENCE = 120  # seconds; a race that takes longer is stuck


def race(name: str, count: int, folder: Path, module: str = __name__) -> list[str]:
    """What each of `count` hands got that did the same at the same time. On SQLite in a database of its own.

    `module` is where the race is added to RACES, and where `main` can be found.
    """
    if connection.vendor == "sqlite":
        return _in_processes(name, count, folder, module)
    prepare, run = RACES[name]
    subject = prepare()
    start = threading.Barrier(count)

    def one(number: int) -> str:
        start.wait(PATIENCE)
        try:
            return run(subject, number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def _in_processes(name: str, count: int, folder: Path, module: str) -> list[str]:
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder / 'race.sqlite3'}"}
    command = [sys.executable, "-c", IN_A_PROCESS.format(module=module), name, str(count)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE * 2, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _fork(name: str, count: int) -> list[str]:
    prepare, run = RACES[name]
    subject = prepare()
    connections.close_all()
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(count), context.Queue()

    def one(number: int) -> None:
        start.wait(PATIENCE)
        try:
            answers.put(run(subject, number))
        except Exception as error:
            answers.put(f"{type(error).__name__}: {error}")

    children = [context.Process(target=one, args=(number,)) for number in range(count)]
    for child in children:
        child.start()
    found = [answers.get(timeout=PATIENCE) for _ in children]
    for child in children:
        child.join()
    return found


def _hand() -> dict:
    return {"actor": None, "door": Door.COMMAND, "now": NOW}


def _store(number: int, source: str) -> int:
    found = says(issue(f"Raise the pool size of shard {number}", 3), issue(f"Alert on the queue of shard {number}", 5))
    return intake.store(found, f"# Shard {number}\n", source=source, **_hand()).analysis.pk


def _no_subject() -> None:
    return None


def _import_another(_: None, number: int) -> str:
    """Import an analysis that nobody else imports and accept its entries, as one piece, like the command does."""
    with transaction.atomic():
        analysis_id = _store(number, f"shard-{number}.md")
        return " ".join(accepted.reference for accepted in intake.add_all(analysis_id, **_hand()))


def _import_the_same(_: None, number: int) -> str:
    return str(_store(0, f"copy-{number}.md"))


def _entry() -> int:
    return ExtractedItem.objects.filter(analysis_id=_store(0, "shard.md")).first().pk


def _analysis() -> int:
    return _store(0, "shard.md")


def _import_or_decide(analysis_id: int, number: int) -> str:
    """Every other hand brings another version of the analysis; the rest decides about its entries."""
    if number % 2:
        return _import_a_version(analysis_id, number)
    intake.add_all(analysis_id, **_hand())
    return "changed"


def _import_a_version(_: int, number: int) -> str:
    text = f"# Shard 0, version {number}\n"
    return intake.store(says(issue(f"Alert on queue {number}", 5)), text, source="shard.md", **_hand()).outcome


def _accept(item_id: int, number: int) -> str:
    return intake.add(item_id, **_hand()).reference


def _plannable() -> int:
    accepted = intake.add(_entry(), **_hand())
    return amend.assign(accepted.pk, Owner.objects.create(name="Olga Brandt"), **_hand()).pk


def _plan(issue_id: int, number: int) -> str:
    try:
        return workflow.apply("plan", issue_id, **_hand() | {"now": NOW + timedelta(seconds=number)}).status
    except workflow.TransitionRefused as refused:
        return str(refused)


def _accepted() -> int:
    issue_id = _plannable()
    end = NOW + timedelta(days=1)
    return workflow.apply("accept", issue_id, reason="The vendor leaves.", until=end, **_hand()).pk


def _reopen_ended(_: int, number: int) -> str:
    return str(workflow.reopen_ended_acceptances(NOW + timedelta(days=2, seconds=number)))


def _checked() -> int:
    issue_id = _plannable()
    Check.objects.create(issue_id=issue_id, text="The pool is large enough", entry="vanished")
    return issue_id


def _ask(issue_id: int, number: int) -> str:
    try:
        requests.request_run(issue_id, **_hand())
    except requests.RunRefused:
        return "refused"
    return "asked"


def _asked() -> int:
    return requests.request_run(_checked(), **_hand()).pk


def _carry_out(run_id: int, number: int) -> str:
    ended = run.execute(run_id, clock=lambda: NOW)
    return ended.outcome if ended else "left alone"


def _import_a_table(_subject: object, _number: int) -> str:
    asked = Request(name="plan.csv", actor=None, door=Door.COMMAND, now=NOW, zone="UTC")
    found = take.run(BytesIO(b"Title,Priority\nRaise the pool,P1\nAlert on depth,P2\n"), asked, write=True)
    return f"{found.counts['created']} created"


RACES: dict[str, tuple[Callable[[], object], Callable[[object, int], str]]] = {
    "import another": (_no_subject, _import_another),
    "import the same": (_no_subject, _import_the_same),
    "import a table": (_no_subject, _import_a_table),
    "accept": (_entry, _accept),
    "plan": (_plannable, _plan),
    "reopen ended": (_accepted, _reopen_ended),
    "ask for a run": (_checked, _ask),
    "carry a run out": (_asked, _carry_out),
    "import versions": (_analysis, _import_a_version),
    "import and decide": (_analysis, _import_or_decide),
}


def main() -> None:
    """Run the race that the arguments name in this process and its children, in a database that nobody has yet."""
    call_command("migrate", verbosity=0)
    print(json.dumps(_fork(sys.argv[1], int(sys.argv[2]))))  # noqa: T201 - the answer to the process that asked

"""Execute one entry of the catalogue, as often in a row as it asks, and keep the evidence as values."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tracker.choices import CheckOutcome
from tracker.translation import gettext
from tracker.validation.catalogue import Catalogue
from tracker.validation.entries import AnyEntry, CheckKind, Manual
from tracker.validation.outcomes import Finding, Result
from tracker.validation.runners import command, docker, http, test_suite, websocket
from tracker.validation.surroundings import Progress, Surroundings

Clock = Callable[[], datetime]
Watch = Callable[[Progress], None]


def sign_off(entry: Manual, _surroundings: Surroundings) -> Finding:
    """Nothing can be executed: a person has to look. Never passed here."""
    sentence = gettext("A person who is not the owner has to sign this off.")
    return Finding(outcome=CheckOutcome.SKIPPED, sentence=sentence, command=entry.description)


RUNNERS: dict[CheckKind, Callable[..., Finding]] = {
    CheckKind.TEST_SUITE: test_suite.run,
    CheckKind.COMMAND: command.run,
    CheckKind.HTTP: http.run,
    CheckKind.DOCKER: docker.run,
    CheckKind.WEBSOCKET: websocket.run,
    CheckKind.MANUAL: sign_off,
}


def execute(
    entry: AnyEntry,
    catalogue: Catalogue,
    *,
    clock: Clock,
    watch: Watch = lambda progress: None,
    **surroundings: object,
) -> Result:
    """Execute the entry until it has passed as often in a row as it asks; the first time that it does not ends it.

    `clock` gives the time now, aware. `watch` is called about once a second; what it raises ends the check. Further
    `surroundings` (see there) go before what the process and the catalogue give. The evidence is that of the last
    time, its start and duration those of all.
    """
    given = {"allow_hosts": catalogue.allow_hosts, "docker_host": catalogue.docker_host, **surroundings}
    started_at, began = clock(), time.monotonic()
    for attempt in range(1, entry.passes + 1):
        finding = RUNNERS[entry.kind](entry, Surroundings(tell=_teller(watch, attempt, entry.passes), **given))
        if finding.outcome != CheckOutcome.PASSED:
            break
    return _result(_counted(finding, attempt, entry.passes), started_at, time.monotonic() - began)


def _teller(watch: Watch, attempt: int, attempts: int) -> Callable[[int, str], None]:
    return lambda size, last_lines: watch(Progress(attempt, attempts, size, last_lines))


def _counted(finding: Finding, attempt: int, attempts: int) -> Finding:
    """The finding with the number of times in its sentence, where more than one was asked for."""
    if attempts == 1:
        return finding
    passed = finding.outcome == CheckOutcome.PASSED
    times = (
        gettext("Passed %(attempts)s times in a row") % {"attempts": attempts}
        if passed
        else gettext("Time %(attempt)s of %(attempts)s") % {"attempt": attempt, "attempts": attempts}
    )
    return replace(finding, sentence=f"{times}: {finding.sentence}")


def _result(finding: Finding, started_at: datetime, duration_seconds: float) -> Result:
    return Result(
        outcome=finding.outcome,
        sentence=finding.sentence,
        command=finding.command,
        folder=finding.folder,
        commit=finding.commit,
        started_at=started_at,
        duration_seconds=round(duration_seconds, 3),
        exit_code=finding.exit_code,
        counts=finding.counts,
        output=finding.output.text,
        output_sha256=finding.output.sha256,
        truncated=finding.output.truncated,
    )

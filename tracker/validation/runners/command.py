"""A command that must end with an exit code."""

import shlex
from dataclasses import dataclass

from tracker.choices import CheckOutcome
from tracker.terminal import printable
from tracker.translation import gettext
from tracker.validation import process
from tracker.validation.entries import Command, TestSuite
from tracker.validation.outcomes import Finding
from tracker.validation.process import Ended, exit_words
from tracker.validation.revision import commit_of
from tracker.validation.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Executed:
    """How a command ended, and what its evidence says of it in any case."""

    ended: Ended
    facts: dict[str, str]


def execute(entry: Command | TestSuite, surroundings: Surroundings) -> Executed:
    """Run the command of an entry once, in its folder, with the environment that it lists."""
    facts = facts_of(entry)
    if problem := surroundings.missing(entry.environment):
        return Executed(Ended(None, problem=problem), facts)
    environment = surroundings.passed(entry.environment)
    facts["commit"] = commit_of(entry.folder, surroundings.passed(()))
    ended = process.run(
        entry.argv,
        folder=entry.folder,
        timeout_seconds=entry.timeout_seconds,
        environment=environment,
        secrets=surroundings.secrets(entry.environment),
        tell=surroundings.tell,
    )
    return Executed(ended, facts)


def facts_of(entry: Command | TestSuite) -> dict[str, str]:
    """What evidence says before anything was run."""
    return {"command": printable(shlex.join(entry.argv)), "folder": printable(str(entry.folder))}


def run(entry: Command, surroundings: Surroundings) -> Finding:
    """Passed when the command ends with the expected exit code."""
    executed = execute(entry, surroundings)
    ended = executed.ended
    evidence = {**executed.facts, "exit_code": ended.exit_code, "output": ended.output}
    expected = ended.exit_code == entry.exit_code
    if ended.problem and not expected:
        return Finding(outcome=CheckOutcome.ERROR, sentence=ended.problem, **evidence)
    if expected:
        return Finding(
            outcome=CheckOutcome.PASSED,
            sentence=gettext("It ended with exit code %(code)s as expected.") % {"code": ended.exit_code},
            **evidence,
        )
    words = gettext("It ended with %(ended)s; expected is %(code)s.") % {
        "ended": exit_words(ended.exit_code),
        "code": entry.exit_code,
    }
    return Finding(outcome=CheckOutcome.FAILED, sentence=words, **evidence)

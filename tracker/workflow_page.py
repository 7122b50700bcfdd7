"""docs/workflow.md, made from the table of transitions: the page cannot say anything else than the code does."""

from collections.abc import Iterable, Iterator, Sequence
from inspect import getdoc

from tracker.choices import LinkKind, MeasureCategory, MeasureState, NoteKind, Status
from tracker.permissions import RESERVED
from tracker.workflow import STATUS_GATES, TRANSITIONS, Transition

MEANINGS = {
    Status.IDENTIFIED: "Tracked. Nobody has planned it yet.",
    Status.PLANNED: "Somebody will do it by a deadline.",
    Status.IN_PROGRESS: "Somebody works on it.",
    Status.COMPLETED: "The work is done, and nothing has proved it yet.",
    Status.VALIDATED: "Evidence shows that it works. Closed.",
    Status.BLOCKED: "Work waits for something. It returns to the status it came from.",
    Status.FAILED: "A validation failed. It goes back to work.",
    Status.ACCEPTED: "The risk is accepted until a date, and then the issue is open again by itself.",
    Status.CANCELLED: "It will not be done. Closed.",
}
BEGINNING = """\
# The workflow

This page is made by `python manage.py workflow_page > docs/workflow.md` from `tracker/workflow.py` and
`tracker/gates.py`. Change those, not the page; a test compares them.

Every door (admin, commands, tasks) goes through the same function. It locks the issue, asks every gate, and either
moves the issue and writes who did it, through which door, when and why, or changes nothing and says everything that is
missing.
"""
PEOPLE = """\
## Who may do what

| Group | May |
|---|---|
| Engineer | look at issues and analyses; change issues of the owner who has their account; sign off others' work |
| Manager | change and cancel every issue, decide about entries, edit owners, systems and revenue, read the history |
| Executive | look at issues, analyses and the revenue at risk |
| Auditor | look at everything, the history, users and groups too |

The groups come with a new site (an account also needs the staff status to log in). What they may do is given by
rights, so a group can be changed, and a right can be given to one person. An administrator may do everything, but not
judge their own P0 issue. These take more than being the owner of an issue:

"""
OPERATOR = """
A command or a task runs without an account: whoever can start it is the operator of the system and is trusted with
everything that needs no named person. With `--as USERNAME` a command acts for that person, with their rights and in
their name: that is how a P0 issue is validated, or a check signed off, by a command.
"""


def page() -> str:
    """The whole page."""
    parts = (BEGINNING, _statuses(), _transitions(), _notes(), PEOPLE + _bullets(_reserved()) + OPERATOR)
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _statuses() -> str:
    rows = [
        (f"`{status}`", status.label, MEANINGS[status], _conditions(STATUS_GATES.get(status, ()))) for status in Status
    ]
    return "## Statuses\n\n" + _table(("Status", "Label", "Meaning", "Always holds there"), rows)


def _transitions() -> str:
    rows = [
        (
            f"`{name}` {rule.label}",
            ", ".join(f"`{status}`" for status in Status if status in rule.sources),
            f"`{rule.target}`" if rule.target else "where it came from",
            _conditions(rule.gates),
            ", ".join(_asked(rule)) or "-",
        )
        for name, rule in TRANSITIONS.items()
    ]
    head = ("Transition", "From", "To", "Gates, besides those of the status it leads to", "Asks for")
    return "## Transitions\n\n" + _table(head, rows)


def _asked(rule: Transition) -> Iterator[str]:
    if rule.needs_reason:
        yield "a reason"
    if rule.needs_end:
        yield "an end date that is still to come"
    if rule.needs_hours:
        yield "the hours spent, noted since the start, or the choice “unknown” (kept in the history)"


def _notes() -> str:
    return (
        "## Notes, deadlines, prevention\n\n"
        "- Work that was blocked goes on: a note, hours and a validation run from before the block still count. After\n"
        "  a failed validation the work starts anew, and they do not.\n"
        f"- Notes are kept for ever. Kinds: {_words(NoteKind)}. A note may have hours spent and links\n"
        f"  ({_words(LinkKind)}).\n"
        "- Moving a deadline, to a time that is still to come, needs a reason and keeps the original one.\n"
        "- A closed issue is reopened, with a reason, before its owner, deadline, priority or revenue at risk is\n"
        "  changed.\n"
        f"- Prevention measures have an owner, a category ({_words(MeasureCategory)}) and a state\n"
        f"  ({_words(MeasureState)}). Going back needs a reason. Every state leaves a row in the history.\n"
        "- Every 15 minutes a task reopens the issues whose accepted risk has come to its end.\n"
    )


def _reserved() -> Iterator[str]:
    for rights, sentence in RESERVED.values():
        yield f"{sentence} ({' and '.join(f'`{right}`' for right in rights)})"


def _words(choices: Iterable) -> str:
    return ", ".join(choice.label.lower() for choice in choices)


def _conditions(gates: Sequence) -> str:
    return " ".join(" ".join((getdoc(gate) or "").split()) for gate in gates) or "-"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _bullets(sentences: Iterable[str]) -> str:
    return "".join(f"- {sentence}\n" for sentence in sentences)

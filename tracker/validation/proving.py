"""What a result proves: a check as it was worded, executed by an entry as it was, so many times in a row.

Evidence does not follow the check to another entry: what was tied to something else since has to be run again.
"""

from tracker.choices import CheckOutcome
from tracker.models import CheckResult
from tracker.validation.planning import Planned


def columns(planned: Planned) -> dict[str, object]:
    """What the result of a planned check keeps of that which it proves."""
    return {
        "check_text": planned.check.text,
        "entry": planned.check.entry,
        "entry_sha256": planned.fingerprint,
        "passes": planned.passes,
    }


def outlived(result: CheckResult, planned: Planned) -> str:
    """Why a result does not prove the check as it is now, in words that follow the check, or ""."""
    check = planned.check
    if result.entry != check.entry:
        return f"was {_done_by(result)}, and now {_to_be_done_by(check.entry)}"
    if result.check_text != check.text:
        return "was run when it had other words"
    if planned.problem:
        return f"was executed by {check.entry}, which the catalogue does not have any more"
    if result.entry_sha256 != planned.fingerprint:
        return f"was run before the catalogue's entry {check.entry} was changed"
    if result.passes < planned.passes:
        return f"passed {result.passes} of the {planned.passes} times in a row that it has to"
    return ""


def still_proves(result: CheckResult, planned: Planned) -> bool:
    """Whether the check passed, and is still what passed."""
    return result.outcome == CheckOutcome.PASSED and not outlived(result, planned)


def _done_by(result: CheckResult) -> str:
    if result.entry:
        return f"executed by {result.entry}"
    return "signed off by a person" if result.signed_by_name else "run before results kept what had executed them"


def _to_be_done_by(entry: str) -> str:
    return f"{entry} executes it" if entry else "a person signs it off"

"""What a result proves: a check as it was worded, executed by an entry as it was, so many times in a row.

Evidence does not follow the check to another entry: what was tied to something else since has to be run again.
"""

from django.utils.translation import gettext

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
        return gettext("was %(before)s, and now %(now)s") % {
            "before": _done_by(result),
            "now": _to_be_done_by(check.entry),
        }
    if result.check_text != check.text:
        return gettext("was run when it had other words")
    if planned.problem:
        return gettext("was executed by %(entry)s, which the catalogue does not have any more") % {"entry": check.entry}
    if result.entry_sha256 != planned.fingerprint:
        return gettext("was run before the catalogue's entry %(entry)s was changed") % {"entry": check.entry}
    if result.passes < planned.passes:
        return gettext("passed %(passes)s of the %(wanted)s times in a row that it has to") % {
            "passes": result.passes,
            "wanted": planned.passes,
        }
    return ""


def still_proves(result: CheckResult, planned: Planned) -> bool:
    """Whether the check passed, and is still what passed."""
    return result.outcome == CheckOutcome.PASSED and not outlived(result, planned)


def _done_by(result: CheckResult) -> str:
    if result.entry:
        return gettext("executed by %(entry)s") % {"entry": result.entry}
    return (
        gettext("signed off by a person")
        if result.signed_by_name
        else gettext("run before results kept what had executed them")
    )


def _to_be_done_by(entry: str) -> str:
    return gettext("%(entry)s executes it") % {"entry": entry} if entry else gettext("a person signs it off")

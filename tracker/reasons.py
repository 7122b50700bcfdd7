"""What a reason that a person writes has to be."""

from tracker.translation import gettext, gettext_noop

LONGEST_REASON = 2000  # characters
TAKEN_BACK = gettext_noop("Taken back.")  # what the history gives as the reason of an undo


def refusal(reason: str) -> str:
    """Why it cannot be kept, in one sentence, or "". An empty reason is none; who needs one asks for it."""
    if "\0" in reason:
        return gettext("A reason cannot hold NUL characters.")
    if len(reason.strip()) > LONGEST_REASON:
        return gettext(
            "A reason has at most %(longest)s characters: say it in a sentence, and put the rest into a note."
        ) % {"longest": f"{LONGEST_REASON:,}"}
    return ""

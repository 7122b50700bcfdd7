"""How long what could not be sent waits for its next try."""

from datetime import timedelta

from django.conf import settings

LONGEST = timedelta(hours=1)


def back_off(attempts: int, *, luck: float) -> timedelta:
    """The wait after so many tries: doubled each time, at most LONGEST.

    `luck` from 0 to 1 spreads what failed together over the second half of that time.
    """
    whole = min(timedelta(seconds=settings.SEND_AGAIN_SECONDS) * 2 ** min(attempts - 1, 20), LONGEST)
    return whole * (0.5 + luck / 2)

"""What came of a try to send, and how the answers of HTTP receivers are judged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from tracker.guarded import phrase
from tracker.terminal import printable

LONGEST_ANSWER = 300
MAY_BE_WELL_LATER = (408, 409, 425, 429)  # of the 4xx; any 5xx may be, too
LONGEST_WAIT = timedelta(hours=6)  # that a receiver may ask for
SECONDS = re.compile(r"\d{1,9}(\.\d*)?")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the channel said to a message that it took, in one sentence without secrets."""

    sentence: str


class Refused(Exception):
    """The message was not taken.

    permanent: another try would get the same answer. retry_after: how long the channel wants to be left alone.
    whole_channel: the reason holds for every message of the channel, not for this one alone.
    """

    def __init__(
        self,
        sentence: str,
        *,
        permanent: bool,
        retry_after: timedelta | None = None,
        whole_channel: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.permanent = permanent
        self.retry_after = retry_after
        self.whole_channel = whole_channel


def judged(status: int, body: str, headers: Mapping[str, str], *, now: datetime, secret: str = "") -> Answer:
    """The answer of an HTTP receiver. Raises: Refused when it did not take the message."""
    sentence = f"{status} {phrase(status)}{said(body, secret=secret)}"
    if 200 <= status < 300:
        return Answer(sentence)
    later = status >= 500 or status in MAY_BE_WELL_LATER
    wait = retry_after(headers.get("Retry-After", ""), now=now) if later else None
    raise Refused(sentence, permanent=not later, retry_after=wait, whole_channel=later)


def retry_after(words: str, *, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for, in seconds or as a date; at most LONGEST_WAIT. None when it asks nothing."""
    words = words.strip()
    if SECONDS.fullmatch(words):
        return min(timedelta(seconds=float(words)), LONGEST_WAIT)
    try:
        then = parsedate_to_datetime(words)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return min(max(then - now, timedelta(0)), LONGEST_WAIT)


def said(text: str, *, secret: str = "") -> str:
    """What somebody answered, as the end of a sentence: short, printable, and without the secret if it is quoted."""
    if secret:
        text = text.replace(secret, "…")
    text = printable(" ".join(text.split()))[:LONGEST_ANSWER]
    return f': "{text}"' if text else ""

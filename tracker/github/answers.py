"""What GitHub's answers mean: whose fault a refusal is, whether another try helps, and when."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tracker.guarded import Reply, phrase
from tracker.terminal import printable
from tracker.translation import gettext

LONGEST_WAIT = timedelta(hours=6)
LEAST_WAIT = timedelta(minutes=1)  # after a limit that does not say how long it lasts: GitHub asks for a minute
WITHOUT_RIGHT = timedelta(minutes=15)  # until a token that does not open the repository is tried again
LONGEST_ANSWER = 200
MOVED = (301, 302, 307, 308)
LATER = (408, 409, 425)  # of the 4xx


class GitHubRefused(Exception):
    """GitHub did not do it.

    permanent: another try would get the same answer. whole: the reason holds for the whole repository.
    unsure: it may have been done all the same. limited: GitHub wants fewer calls, and nobody is to blame.
    """

    def __init__(
        self,
        sentence: str,
        *,
        permanent: bool = False,
        whole: bool = False,
        unsure: bool = False,
        limited: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.permanent = permanent
        self.whole = whole
        self.unsure = unsure
        self.limited = limited
        self.retry_after = retry_after


class Gone(GitHubRefused):
    """The issue is not there any more: deleted, transferred, or out of the token's sight."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, permanent=True)


refused = GitHubRefused


def judge(reply: Reply, *, now: datetime, token: str, of_issue: bool, writes: bool) -> None:
    """Let a good answer pass. Raises: GitHubRefused, Gone."""
    status = reply.status
    if 200 <= status < 300 or status == 304:
        return
    words = said(reply, token)
    if status in (403, 429) and (wait := limit_wait(reply.headers, words, status, now)):
        raise refused(
            gettext("GitHub wants fewer calls for now%(words)s.") % {"words": words},
            whole=True,
            limited=True,
            retry_after=wait,
        )
    if status in (*MOVED, 404, 410, 451):
        raise _missing(status, words, of_issue=of_issue)
    if status == 401:
        raise refused(
            gettext("GitHub does not accept the token%(words)s.") % {"words": words},
            whole=True,
            retry_after=WITHOUT_RIGHT,
        )
    if status == 403:
        raise refused(
            gettext("The token may not do this%(words)s.") % {"words": words}, whole=True, retry_after=WITHOUT_RIGHT
        )
    later = status >= 500 or status in LATER
    raise refused(
        gettext("GitHub answered %(status)s%(words)s.") % {"status": f"{status} {phrase(status)}", "words": words},
        permanent=not later,
        whole=status >= 500,
        unsure=writes and status >= 500,
    )


def limit_wait(headers: Mapping[str, str], words: str, status: int, now: datetime) -> timedelta | None:
    """How long GitHub wants to be left alone; None when that is not what it says."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isdecimal() and len(asked) < 9:
        return min(max(timedelta(seconds=int(asked)), timedelta(seconds=1)), LONGEST_WAIT)
    if wait := spent(headers, now):
        return wait
    return LEAST_WAIT if status == 429 or "rate limit" in words.lower() else None


def spent(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long until calls are free again when this answer was the last one of the hour; else None."""
    reset = headers.get("X-RateLimit-Reset", "").strip()
    if headers.get("X-RateLimit-Remaining", "").strip() != "0" or not (reset.isdecimal() and len(reset) < 12):
        return None
    then = datetime.fromtimestamp(int(reset), tz=UTC)
    return min(max(then - now, timedelta(seconds=1)), LONGEST_WAIT)


def said(reply: Reply, token: str) -> str:
    """GitHub's own message as the end of a sentence: short, printable, without the token."""
    try:
        message = json.loads(reply.body).get("message")
    except (ValueError, AttributeError, RecursionError):
        return ""
    if not isinstance(message, str) or not message.strip():
        return ""
    message = printable(" ".join(message.replace(token, "…").split()))[:LONGEST_ANSWER].rstrip(".")
    return f": “{message}”"


def _missing(status: int, words: str, *, of_issue: bool) -> GitHubRefused:
    answer = {"answer": f"{status}{words}"}
    if not of_issue:
        moved = gettext("The repository has moved: enter its new name (%(answer)s).")
        hidden = gettext("The repository is not there, or the token does not see it (%(answer)s).")
        sentence = (moved if status in MOVED else hidden) % answer
        return refused(sentence, whole=True, retry_after=WITHOUT_RIGHT)
    if status in MOVED:
        return Gone(gettext("The issue was transferred to another repository (%(answer)s).") % answer)
    if status == 410:
        return Gone(gettext("The issue was deleted at GitHub (%(answer)s).") % answer)
    return Gone(gettext("The issue is not there any more, or the token does not see it (%(answer)s).") % answer)

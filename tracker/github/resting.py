"""How a repository does: what went wrong with it last, in words, and until when it is left alone."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from tracker.github.answers import GitHubRefused
from tracker.models import GitHubLink, GitHubRepository

logger = logging.getLogger(__name__)

FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=6)
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """How GitHub does as a whole: issues that the site has stopped following, repositories that refuse it."""

    stopped: int
    refusing: int


def standing() -> Standing:
    """Both counted up to MOST_COUNTED, in two queries."""
    stopped = GitHubLink.objects.halted().order_by()[:MOST_COUNTED].count()
    return Standing(stopped, GitHubRepository.objects.refusing().order_by()[:MOST_COUNTED].count())


def troubled(repository: GitHubRepository, refusal: GitHubRefused, now: datetime) -> None:
    """Keep what is wrong with a repository as a whole, and leave it alone for a while: longer each time in a row."""
    logger.warning("The GitHub repository %s is left alone for now. %s", repository, refusal.sentence)
    rest = FIRST_REST * 2 ** min(repository.rejections, 8)
    until = now + min(max(rest, refusal.retry_after or timedelta(0)), LONGEST_REST)
    rows = GitHubRepository.objects.filter(pk=repository.pk)
    rows.update(problem=refusal.sentence, problem_at=now, rejections=F("rejections") + 1)
    rows.filter(Q(rests_until__isnull=True) | Q(rests_until__lt=until)).update(rests_until=until)


def well(repository: GitHubRepository) -> None:
    """Forget what was wrong: it has answered as it should."""
    rows = GitHubRepository.objects.filter(pk=repository.pk).exclude(problem="", rejections=0)
    rows.update(problem="", problem_at=None, rejections=0, rests_until=None)

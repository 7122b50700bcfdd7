"""Webhooks of GitHub: they wake the same look that the schedule takes, and say nothing that is believed.

What a call says is used for two things: whether it is worth a look, and which issue to ask for by itself. So a forged
or repeated one can cost a request to GitHub at most, and its body never becomes a row.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from tracker.encryption import Unreadable, decrypt
from tracker.github.client import PURPOSE
from tracker.models import GitHubDelivery, GitHubLink, GitHubRepository

LONGEST_BODY = 1024 * 1024  # of issues and comments, which are 64 KiB of text and what surrounds it
WORTH_A_LOOK = ("issues", "issue_comment")
LEAVING = ("deleted", "transferred")
DELIVERY_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
KEPT = timedelta(days=14)
PAUSE = timedelta(seconds=5)  # between two looks that webhooks ask for


def is_signed(body: bytes, headers: Mapping[str, str], repository: GitHubRepository) -> bool:
    """Whether the body was signed with the secret of the repository's webhook."""
    try:
        secret = decrypt(repository.webhook_secret_encrypted or b"", purpose=PURPOSE)
    except Unreadable:
        return False
    right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(right.encode(), headers.get("X-Hub-Signature-256", "").encode())


def take(repository: GitHubRepository, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Take a signed call; whether a look is to be taken for it now. The same call again is none."""
    if headers.get("X-GitHub-Event", "") not in WORTH_A_LOOK or not repository.active:
        return False
    if not _is_new(repository, headers, now):
        return False
    if number := _leaving(body):
        GitHubLink.objects.followed().filter(repository=repository, number=number).update(looked_at=None)
    # A look that is under way, or has just been taken, may have missed it: the next one comes as soon as it may.
    soon = now if repository.followed_at is None or now - repository.followed_at >= PAUSE else now + PAUSE
    later = Q(follow_due_at__gt=soon) | Q(follow_due_at__isnull=True)
    return bool(GitHubRepository.objects.filter(later, pk=repository.pk).update(follow_due_at=soon))


def purge(now: datetime) -> int:
    """Forget calls that are long past."""
    return GitHubDelivery.objects.filter(at__lt=now - KEPT).delete()[0]


def _is_new(repository: GitHubRepository, headers: Mapping[str, str], now: datetime) -> bool:
    """Whether neither this delivery nor this signed body was taken before: the id alone is not signed."""
    delivery_id = headers.get("X-GitHub-Delivery", "")
    if not DELIVERY_ID.fullmatch(delivery_id):
        return False
    signature = hashlib.sha256(headers["X-Hub-Signature-256"].encode()).hexdigest()
    try:
        with transaction.atomic():
            repository.deliveries.create(delivery_id=delivery_id, signature=signature, at=now)
    except IntegrityError:
        return False
    return True


def _leaving(body: bytes) -> int | None:
    """The number of the issue that a call says was deleted or transferred."""
    try:
        document = json.loads(body)
        number = document["issue"]["number"] if document["action"] in LEAVING else None
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return number if type(number) is int and 0 < number < 10**15 else None

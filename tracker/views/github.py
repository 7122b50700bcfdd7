"""POST /github/<repository>/webhook: GitHub says that something has happened there."""

from functools import partial

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_q.tasks import async_task

from tracker.github import waking
from tracker.models import GitHubRepository


@csrf_exempt  # GitHub signs instead
@require_POST
def webhook(request: HttpRequest, repository_id: int) -> HttpResponse:
    """Wake a worker to look at the repository. Nothing that the call says is believed, signed or not."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > waking.LONGEST_BODY:
        return _said("This is longer than anything that GitHub sends about an issue.", 413)
    repository = GitHubRepository.objects.filter(pk=repository_id, webhook_secret_encrypted__isnull=False).first()
    if repository is None or not waking.is_signed(request.body, request.headers, repository):
        return _said("This was not signed with the secret of a repository's webhook.", 403)
    with transaction.atomic():
        if waking.take(repository, request.headers, request.body, now=timezone.now()):
            transaction.on_commit(partial(async_task, "tracker.tasks.follow_github"))
    return HttpResponse(status=204)


def _said(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")

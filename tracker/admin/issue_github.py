"""GitHub on the page of an issue: where it is pushed to, how it stands there, and a form that asks for a push."""

from functools import partial

from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django_q.tasks import async_task

from tracker import permissions
from tracker.admin.github_link import state_badge
from tracker.admin.issue_changes import Change, Data, answer, changeable
from tracker.github import asking
from tracker.models import GitHubLink, GitHubRepository, Issue

VIEW_LINK = "tracker.view_githublink"
SHOWN = {name: name for name in ("pk", "number", "url", "state", "seen_state", "problem", "attention")}


class PushForm(forms.Form):
    """Where to. The title, priority, status, deadline, owner and a link leave this site."""

    repository = forms.ModelChoiceField(
        GitHubRepository.objects.none(),
        label=gettext_lazy("Repository"),
        help_text=gettext_lazy(
            "An issue is opened there within a minute. What is sent is told on the page of the repository."
        ),
    )

    def __init__(self, *args, issue_id: int, **kwargs):
        super().__init__(*args, **kwargs)
        free = GitHubRepository.objects.filter(active=True).exclude(links__issue=issue_id)
        self.fields["repository"].queryset = free
        if len(choices := list(free[:2])) == 1:
            self.initial["repository"] = choices[0]


def github_columns() -> dict[str, Subquery | Exists]:
    """What the page shows of GitHub as columns for a query of issues: the newest link, how many, and where else."""
    links = GitHubLink.objects.filter(issue=OuterRef("pk"))
    newest = links.order_by("-created_at", "-pk").values(shown=JSONObject(repository="repository__name", **SHOWN))
    count = links.order_by().values("issue").annotate(number=Count("pk")).values("number")
    taken = GitHubLink.objects.filter(repository=OuterRef("pk"), issue=OuterRef(OuterRef("pk")))
    free = GitHubRepository.objects.filter(~Exists(taken), active=True)
    return {"github_link": Subquery(newest[:1]), "github_count": Subquery(count), "github_free": Exists(free)}


def github(issue: Issue, user: AbstractBaseUser | AnonymousUser) -> dict[str, object]:
    """What the page shows of an issue that was asked for with the columns; nothing where there is nothing to show."""
    link = issue.github_link if user.has_perm(VIEW_LINK) else None
    may_push = (
        issue.github_free and not issue.is_closed and not permissions.may(user, permissions.PUSH_TO_GITHUB, issue)
    )
    badge = state_badge(link["state"]) if link else ""
    if link and not permissions.may_read(user):
        link |= {"problem": "", "attention": ""}  # they may say what people wrote
    found = {"link": link, "badge": badge, "more": (issue.github_count or 0) - 1, "may_push": may_push}
    return found if link or may_push else {}


@require_http_methods(["GET", "POST"])
def push_view(request: HttpRequest, model_admin: ModelAdmin, issue_id: int) -> HttpResponse:
    """Ask for a push; GET shows the form."""
    issue = changeable(request, model_admin, issue_id)
    form = PushForm(request.POST if request.method == "POST" else None, issue_id=issue.pk)
    shut = [sentence for sentence in (permissions.may(request.user, permissions.PUSH_TO_GITHUB, issue),) if sentence]
    return answer(request, model_admin, issue, PUSH, form, shut=shut)


def _ask(issue_id: int, data: Data, **stamp) -> GitHubLink:
    with transaction.atomic():
        link = asking.ask(issue_id, data["repository"], **stamp)
        transaction.on_commit(partial(async_task, "tracker.tasks.push_github"))
    return link


PUSH = Change(
    gettext_lazy("Push to GitHub"),
    gettext_lazy("Push"),
    PushForm,
    _ask,
    gettext_lazy("it is pushed within a minute"),
)

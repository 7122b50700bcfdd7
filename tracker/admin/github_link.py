"""Issues at GitHub in the admin: what stopped or asks for a look, and buttons to go on, to stop, or to be done."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from django.views.decorators.http import require_POST

from tracker import permissions
from tracker.admin.badges import badge
from tracker.admin.issue_filters import WordFilter
from tracker.admin.issue_forms import reason_field
from tracker.admin.paging import BoundedListMixin, is_key
from tracker.admin.read_only import ReadOnlyMixin
from tracker.choices import Door, FollowState
from tracker.github import asking
from tracker.models import GitHubLink
from tracker.models.columns import labelled
from tracker.refusals import Refused

SHOWN = 160
LOOKS = {FollowState.PLANNED: "p2", FollowState.FOLLOWED: "added", FollowState.STOPPED: "p0"}
QUICK_FILTERS = (
    (gettext_lazy("To look at"), ""),
    (gettext_lazy("To be pushed"), "show=planned"),
    (gettext_lazy("All"), "show=all"),
)


class ShowFilter(WordFilter):
    """What somebody has to look at, unless something else is asked for."""

    title = gettext_lazy("state")
    parameter_name = "show"
    words = (("all", gettext_lazy("All")), *labelled(FollowState))
    all_label = gettext_lazy("To look at")

    def queryset(self, request, queryset):
        chosen = self.value()
        if chosen is None:
            return queryset.troubled()
        return queryset if chosen == "all" else queryset.filter(state=chosen)


class RepositoryFilter(admin.SimpleListFilter):
    """One repository, from a link on its page; there may be many, so none is offered to choose."""

    title = gettext_lazy("repository")
    parameter_name = "repository"

    def lookups(self, request, model_admin):
        return [(self.used_parameters[self.parameter_name], gettext("This repository"))] if self._chosen() else []

    def has_output(self):
        return bool(self._chosen())

    def queryset(self, request, queryset):
        return queryset.filter(repository=self._chosen()) if self._chosen() else queryset

    def _chosen(self) -> str:
        value = self.used_parameters.get(self.parameter_name, "")
        return value if is_key(value) else ""


class StopForm(forms.Form):
    """Why nobody has to follow it any more."""

    reason = reason_field(required=True, help_text=gettext_lazy("The issue at GitHub stays as it is."))


@require_POST
def act_view(request, model_admin, link_id, name):
    """Carry one of the buttons out."""
    link = model_admin.get_object(request, str(link_id))
    if link is None or name not in ACTS:
        raise Http404(gettext("There is no such issue at GitHub."))
    if permissions.may(request.user, permissions.FOLLOW_GITHUB, link.issue):
        raise PermissionDenied
    act, done = ACTS[name]
    given = {"reason": request.POST.get("reason", "")} if act is asking.stop else {}
    try:
        act(link.pk, actor=request.user, door=Door.ADMIN, now=timezone.now(), **given)
        messages.success(request, gettext(done))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("admin:tracker_githublink_change", link.pk)


ACTS = {
    "resume": (asking.resume, gettext_noop("It goes on within a minute.")),
    "stop": (asking.stop, gettext_noop("It is not followed any more.")),
    "seen": (asking.looked_at, gettext_noop("Thank you: it is off the list.")),
}


@admin.register(GitHubLink)
class GitHubLinkAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """What was pushed to GitHub, and how it stands there. Nobody edits it."""

    list_display = ("issue_words", "there_word", "state_word", "trouble_words")
    list_filter = (ShowFilter, RepositoryFilter)
    list_select_related = ("issue", "repository")
    sortable_by = ()
    search_fields = ("issue__reference__iexact", "repository__name__istartswith")
    search_help_text = gettext_lazy("Whole reference, or the beginning of a repository's name")

    def get_list_display(self, request):
        """Without what people wrote, for those who may not read it."""
        return self.list_display if permissions.may_read(request.user) else self.list_display[:-1]

    def get_urls(self):
        view = self.admin_site.admin_view(partial(act_view, model_admin=self))
        return [path("<int:link_id>/act/<slug:name>/", view, name="tracker_githublink_act"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        quick = [
            {"name": name, "query": query, "current": query == request.GET.urlencode()} for name, query in QUICK_FILTERS
        ]
        context = {"quick": quick, "title": gettext("Issues at GitHub"), **(extra_context or {})}
        return super().changelist_view(request, context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET"])
        link = self.get_object(request, object_id)
        if link is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, link):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(link),
            "link": link,
            "readable": permissions.may_read(request.user),
            "state": state_badge(link.state),
            "stop_form": StopForm(auto_id="id_stop_%s"),
            "may_act": not permissions.may(request.user, permissions.FOLLOW_GITHUB, link.issue),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/tracker/githublink/page.html", {**context, **(extra_context or {})})

    @admin.display(description=gettext_lazy("Issue"))
    def issue_words(self, link):
        return format_html('{} <span class="second-line">{}</span>', link.issue.title, link.issue.reference)

    @admin.display(description=gettext_lazy("At GitHub"))
    def there_word(self, link):
        return f"{link} {link.seen_state}"

    @admin.display(description=gettext_lazy("State"))
    def state_word(self, link):
        return state_badge(link.state)

    @admin.display(description=gettext_lazy("What is the matter"))
    def trouble_words(self, link):
        return Truncator(link.problem or link.attention).chars(SHOWN)


def state_badge(word: str):
    """How far it is, by its label."""
    return badge(LOOKS[FollowState(word)], FollowState(word).label)

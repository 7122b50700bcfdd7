"""Repositories of GitHub in the admin: secrets go in and never come out, and a button tries the connection."""

from functools import partial

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy, gettext_noop, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tracker.admin.badges import badge, exact_time
from tracker.admin.paging import BoundedListMixin
from tracker.admin.typed import FoundByTyping
from tracker.choices import PushMode
from tracker.encryption import encrypt
from tracker.github.answers import GitHubRefused
from tracker.github.client import PURPOSE, GitHub, address_problem, setup_problem
from tracker.github.texts import label_list
from tracker.models import GitHubRepository

MOST_REPOSITORIES = 50  # the page of an issue asks for them all
LONGEST_SECRET = 500
LEAST_SECRET = 20  # of a webhook: a shorter one can be guessed
LONGEST_LABEL, MOST_LABELS = 50, 20
SECRETS = {"token": "token_encrypted", "webhook_secret": "webhook_secret_encrypted"}


def secret_field(label: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"})
    return forms.CharField(label=label, required=False, max_length=LONGEST_SECRET, widget=widget)


class RepositoryForm(forms.ModelForm):
    """A repository, and what replaces its secrets."""

    token = secret_field(gettext_lazy("Token"))
    webhook_secret = secret_field(gettext_lazy("Secret of the webhook"))

    class Meta:
        labels = {
            "least_urgent": gettext_lazy("At least as urgent as"),
            "on_closed": gettext_lazy("Closed as completed there"),
            "reopens_here": gettext_lazy("Reopen it here"),
            "follow_minutes": gettext_lazy("Minutes between two looks"),
        }
        help_texts = {
            "push_mode": gettext_lazy("Automatically: work that is tracked or changed from now on, and matches."),
            "on_closed": gettext_lazy("Never more than completing it: it is validated here, by its evidence."),
        }
        widgets = {"labels": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, column in SECRETS.items():
            if name in self.fields:
                stored = getattr(self.instance, column)
                one, none = gettext("One is stored; what you write replaces it."), gettext("None is stored.")
                secret = gettext("It is encrypted and never shown again.")
                self.fields[name].help_text = " ".join((one if stored else none, gettext(HELP[name]), secret))

    def clean_api_url(self):
        url = self.cleaned_data["api_url"].strip().rstrip("/")
        if problem := address_problem(url):
            raise forms.ValidationError(problem)
        return url

    def clean_token(self):
        return self._secret("token", least=1)

    def clean_webhook_secret(self):
        return self._secret("webhook_secret", least=LEAST_SECRET)

    def _secret(self, name: str, *, least: int) -> str:
        given = self.cleaned_data[name].strip()
        if given and not (given.isascii() and given.isprintable() and " " not in given):
            raise forms.ValidationError(gettext("It has letters, digits and signs only, and no space."))
        if given and len(given) < least:
            raise forms.ValidationError(
                ngettext("It has at least %(number)d character.", "It has at least %(number)d characters.", least)
                % {"number": least}
            )
        return given

    def clean_labels(self):
        labels = label_list(self.cleaned_data["labels"])
        if len(labels) > MOST_LABELS or any(len(label) > LONGEST_LABEL for label in labels):
            most = gettext("At most %(number)s labels of at most %(length)s characters each.")
            raise forms.ValidationError(most % {"number": MOST_LABELS, "length": LONGEST_LABEL})
        return "\n".join(labels)

    def clean(self):
        given = super().clean()
        if self.instance.pk is None and GitHubRepository.objects.count() >= MOST_REPOSITORIES:
            raise forms.ValidationError(
                gettext("A site has at most %(number)s repositories.") % {"number": MOST_REPOSITORIES}
            )
        moved = self.instance.pk and "api_url" in self.changed_data
        if moved and self.instance.token_encrypted and not given.get("token"):
            former = gettext("The stored token was given for the former address: enter the one for the new.")
            self.add_error("token", former)
        return given

    def save(self, commit=True):
        for name, column in SECRETS.items():
            if given := self.cleaned_data.get(name):
                setattr(self.instance, column, encrypt(given, purpose=PURPOSE))
        if {"push_mode", "least_urgent", "active"} & set(self.changed_data):
            self.instance.offered_until = timezone.now()  # the rules hold for what happens from now on
        if self.instance.compared_until is None:
            self.instance.compared_until = timezone.now()
        return super().save(commit)


HELP = {
    "token": gettext_noop("A fine-grained token for this repository alone, with read and write access to its issues."),
    "webhook_secret": gettext_noop("Empty: no webhook; GitHub is asked every few minutes all the same."),
}


@admin.register(GitHubRepository)
class GitHubRepositoryAdmin(FoundByTyping, BoundedListMixin, admin.ModelAdmin):
    """Where issues are pushed to, by which rules, and what happens there may do here."""

    form = RepositoryForm
    actions = None
    list_display = ("name", "mode_words", "state_words")
    sortable_by = ()
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name")
    autocomplete_fields = ("systems", "teams")
    what_leaves = (
        gettext_lazy("What is pushed"),
        {"fields": ("push_mode", "least_urgent", "systems", "teams", "most_a_day")},
    )
    what_is_said = (gettext_lazy("What is sent"), {"fields": ("labels", "with_text", "closes_there")})
    what_happens = (gettext_lazy("What happens here"), {"fields": ("on_closed", "reopens_here", "follow_minutes")})

    def get_fieldsets(self, request, obj=None):
        """Whoever may only look sees no field for a secret."""
        secrets = tuple(SECRETS) if self.has_change_permission(request, obj) else ()
        where = (None, {"fields": ("name", "api_url", "active", *secrets)})
        return (where, self.what_leaves, self.what_is_said, self.what_happens)

    def has_delete_permission(self, request, obj=None):
        """One that an issue was pushed to stays: it is switched off instead."""
        return super().has_delete_permission(request, obj) and not (obj and obj.links.exists())

    def get_urls(self):
        view = self.admin_site.admin_view(partial(try_view, model_admin=self))
        return [path("<int:repository_id>/try/", view, name="tracker_githubrepository_try"), *super().get_urls()]

    @method_decorator(sensitive_post_parameters(*SECRETS))
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        repository = self.get_object(request, object_id) if object_id else None
        standing = standing_of(repository) if repository else {}
        return super().changeform_view(request, object_id, form_url, {**standing, **(extra_context or {})})

    def save_model(self, request, obj, form, change):
        """Store it, and say at once what is missing."""
        super().save_model(request, obj, form, change)
        if problem := setup_problem(obj):
            messages.warning(
                request, gettext("Nothing can be pushed or followed yet. %(problem)s") % {"problem": problem}
            )

    @admin.display(description=gettext_lazy("Pushed"))
    def mode_words(self, repository):
        if repository.push_mode == PushMode.HAND:
            return gettext("by hand")
        return gettext("automatically, %(priority)s or more urgent") % {"priority": repository.least_urgent}

    @admin.display(description=gettext_lazy("State"))
    def state_words(self, repository):
        if not repository.active:
            return badge("inactive", gettext("Switched off"))
        if problem := setup_problem(repository) or repository.problem:
            return format_html("{} {}", badge("pending", gettext("Not well")), problem)
        return badge("added", gettext("Active"))


def standing_of(repository: GitHubRepository) -> dict:
    """What the page of a repository says about how it does."""
    webhook = settings.SITE_URL.rstrip("/") + reverse("tracker:github_webhook", args=[repository.pk])
    problem = setup_problem(repository) or repository.problem
    held = repository.held_back_since
    more = gettext("More matches than %(number)s a day since %(moment)s.")
    return {
        "problem": problem,
        "rests_until": repository.rests_until if repository.rests_until and problem else None,
        "held_back": held and more % {"number": repository.most_a_day, "moment": exact_time(held)},
        "webhook_url": webhook if repository.webhook_secret_encrypted else "",
        "followed_at": repository.followed_at,
        "links_url": f"{reverse('admin:tracker_githublink_changelist')}?repository={repository.pk}&show=all",
    }


@require_POST
def try_view(request, model_admin, repository_id):
    """Ask GitHub for the repository, and show what it says."""
    repository = model_admin.get_object(request, str(repository_id))
    if repository is None:
        raise Http404(gettext("There is no such repository."))
    if not model_admin.has_change_permission(request, repository):
        raise PermissionDenied
    try:
        found = GitHub.of(repository, timezone.now()).repository()
    except GitHubRefused as refusal:
        messages.error(request, gettext("It did not work. %(reason)s") % {"reason": refusal.sentence})
    else:
        messages.success(request, gettext("GitHub answers for %(repository)s.") % {"repository": repository})
        if found.get("has_issues") is False:
            messages.warning(request, gettext("Issues are switched off in the settings of the repository."))
        rights = found.get("permissions")
        if isinstance(rights, dict) and not (rights.get("push") or rights.get("triage")):
            messages.warning(
                request, gettext("It may read the repository; whether it may write issues, a push will tell.")
            )
    return redirect("admin:tracker_githubrepository_change", repository.pk)

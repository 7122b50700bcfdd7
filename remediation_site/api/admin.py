"""Tokens in the admin: everybody makes and ends their own, managers those of services too. A secret is shown once."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from remediation_site.api import tokens
from remediation_site.api.scopes import Scope
from remediation_site.models import ApiToken
from tracker.admin.badges import badge, exact_time
from tracker.admin.paging import BoundedListMixin, is_key
from tracker.admin.read_only import ReadOnlyMixin
from tracker.choices import Door
from tracker.models.columns import labelled
from tracker.refusals import Refused

VIEW_TOKENS = "remediation_site.view_apitoken"
MOST_GROUPS = 100


class TokenForm(forms.Form):
    """A token of one's own."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=tokens.LONGEST_NAME,
        help_text=gettext_lazy("What uses it, such as a script on your laptop."),
    )
    scopes = forms.MultipleChoiceField(
        choices=labelled(Scope), widget=forms.CheckboxSelectMultiple, label=gettext_lazy("What it may be used for")
    )
    days = forms.IntegerField(
        label=gettext_lazy("Valid for so many days"), min_value=1, max_value=tokens.MOST_DAYS, initial=tokens.USUAL_DAYS
    )


class ServiceTokenForm(TokenForm):
    """A token of one's own, or of a service that may do no more than its maker."""

    service = forms.CharField(
        label=gettext_lazy("Service"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Name of the service, such as ci. Empty: it is a token of your own."),
    )
    group = forms.ModelChoiceField(
        Group.objects.none(),
        label=gettext_lazy("Group"),
        required=False,
        help_text=gettext_lazy("Whose rights a new service gets. You see those that you have."),
    )

    def __init__(self, *args, maker, **kwargs):
        super().__init__(*args, **kwargs)
        groups = Group.objects.prefetch_related("permissions__content_type").order_by("name")[:MOST_GROUPS]
        fit = [group.pk for group in groups if not tokens.wider_group(group, maker)]
        self.fields["group"].queryset = Group.objects.filter(pk__in=fit).order_by("name")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """Tokens, the newest first: one's own, and all of them for who may see them."""

    list_display = ("name", "prefix", "account", "scope_words", "until", "seen", "state")
    list_select_related = ("user",)
    ordering = ("-created_at", "-pk")
    sortable_by = ()
    search_fields = ("name", "prefix__startswith", "user__username__istartswith")
    search_help_text = gettext_lazy("Name, first characters or account")
    change_form_template = "admin/remediation_site/token.html"

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        sees_all = request.user.has_perm(VIEW_TOKENS)
        return sees_all or obj is None or request.user.pk in (obj.user_id, obj.created_by_id)

    def has_add_permission(self, request):
        return request.user.is_active and request.user.is_staff

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if request.user.has_perm(VIEW_TOKENS):
            return rows
        return rows.filter(Q(user=request.user.pk) | Q(created_by=request.user.pk))

    def get_urls(self):
        revoke = self.admin_site.admin_view(self.revoke_view)
        return [path("<int:token_id>/revoke/", revoke, name="remediation_site_apitoken_revoke"), *super().get_urls()]

    @method_decorator([never_cache, sensitive_variables("secret")])
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Ask for what the token is for, make it, and show its secret once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, shut, secret = self._form(request), (), ""
        if form.is_bound and form.is_valid():
            try:
                _token, secret = self._make(request, form.cleaned_data)
            except Refused as refused:
                shut = refused.reasons
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Your new token") if secret else gettext("Add a token"),
            "form": form,
            "shut": shut,
            "secret": secret,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/remediation_site/token_add.html", context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a token. It shows; ending it has an address of its own."""
        token = self.get_object(request, object_id) if is_key(object_id) else None
        if token is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": token.name,
            "token": token,
            "scopes": [Scope(scope) for scope in token.scopes if scope in list(Scope)],
            "state": self.state(token),
            "may_revoke": token.revoked_at is None and tokens.may_revoke(token, request.user),
        }
        return TemplateResponse(request, "admin/remediation_site/token.html", context)

    @method_decorator(require_http_methods(["POST"]))
    def revoke_view(self, request: HttpRequest, token_id: int) -> HttpResponse:
        """End a token at once."""
        token = self.get_object(request, str(token_id)) if is_key(str(token_id)) else None
        if token is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(token_id))
        try:
            tokens.revoke(token, actor=request.user, door=Door.ADMIN, now=timezone.now())
        except Refused as refused:
            raise PermissionDenied(str(refused)) from refused
        messages.success(
            request, gettext("The token %(name)s is revoked: it opens nothing any more.") % {"name": token.name}
        )
        return redirect("admin:remediation_site_apitoken_change", token.pk)

    def _form(self, request: HttpRequest) -> TokenForm:
        data = request.POST if request.method == "POST" else None
        if request.user.has_perm(tokens.CREATE_SERVICE_TOKEN):
            return ServiceTokenForm(data, maker=request.user)
        return TokenForm(data)

    def _make(self, request: HttpRequest, asked: dict) -> tuple[ApiToken, str]:
        by = {"creator": request.user, "door": Door.ADMIN, "now": timezone.now()}
        what = {"name": asked["name"], "scopes": asked["scopes"], "days": asked["days"]}
        if service := asked.get("service"):
            return tokens.create_for_service(service, group=asked["group"], **what, **by)
        return tokens.create(request.user, **what, **by)

    @admin.display(description=gettext_lazy("Account"))
    def account(self, token):
        return token.user.get_username()

    @admin.display(description=gettext_lazy("Scopes"))
    def scope_words(self, token):
        return ", ".join(token.scopes)

    @admin.display(description=gettext_lazy("Expires"))
    def until(self, token):
        return exact_time(token.expires_at)

    @admin.display(description=gettext_lazy("Last used"))
    def seen(self, token):
        return exact_time(token.last_used_at) if token.last_used_at else gettext("never")

    @admin.display(description=gettext_lazy("Now"))
    def state(self, token):
        word = tokens.state(token, timezone.now())
        return badge("added" if word == tokens.VALID else "none", gettext(tokens.STATES[word]))

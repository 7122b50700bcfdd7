"""Rows that belong to an owner: who may not see those of all sees and keeps their own."""

from django.contrib import messages
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_lazy

from tracker.models import Owner

NO_OWNER = gettext_lazy(
    "Alerts, reports by mail and quiet hours are for owners, and your account is not connected with one yet. "
    "An administrator connects them: Owners, your name, Log-in."
)


class OwnRowsMixin:
    """An admin of rows with an `owner`. Which rows may be changed and deleted the admin itself says, by is_own."""

    def own(self, request) -> Owner | None:
        """The owner whose rows are this person's own, None for who keeps none."""
        raise NotImplementedError

    def may_have_own(self, request):
        """Whether this person has the right to rows of their own, were their account connected with an owner."""
        raise NotImplementedError

    def lacks_owner(self, request):
        """Whether nothing but the owner is missing for rows of their own."""
        missing = getattr(request.user, "owner", None) is None and not self.is_for_others(request)
        return missing and self.may_have_own(request)

    def changelist_view(self, request, extra_context=None):
        if self.lacks_owner(request):
            if not self.has_view_permission(request):
                return self._no_owner(request)
            messages.info(request, NO_OWNER)
        return super().changelist_view(request, extra_context)

    def add_view(self, request, form_url="", extra_context=None):
        if self.lacks_owner(request):
            return self._no_owner(request)
        return super().add_view(request, form_url, extra_context)

    def _no_owner(self, request):
        """Refuse, and say what to do instead."""
        title = gettext("Your account is not connected with an owner")
        context = {**self.admin_site.each_context(request), "title": title, "sentence": NO_OWNER}
        return TemplateResponse(request, "admin/no_owner.html", context, status=403)

    def is_own(self, request, row):
        """Whether the row, or one that is still to be added, is this person's own."""
        owner = self.own(request)
        return owner is not None and (row is None or row.owner_id == owner.pk)

    def is_for_others(self, request):
        """Whether the person adds rows of any owner."""
        return super().has_add_permission(request)

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) or self.is_own(request, obj)

    def has_add_permission(self, request):
        return self.is_for_others(request) or self.is_own(request, None)

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows if super().has_view_permission(request) else rows.filter(owner=self.own(request))

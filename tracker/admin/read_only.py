"""Rows that are shown and never changed through the product."""

from django.contrib.auth import get_user_model


class ReadOnlyMixin:
    """No adding, changing or deleting, and no action: whoever may look, looks."""

    actions = None

    def get_exclude(self, request, obj=None):
        """Accounts stand there by name; the link to one is for those who may see accounts."""
        return () if may_see_accounts(request) else accounts_of(self.model)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def may_see_accounts(request):
    """Whether the pages of accounts open for this person."""
    accounts = get_user_model()._meta
    return request.user.has_perm(f"{accounts.app_label}.view_{accounts.model_name}")


def accounts_of(model):
    """The columns of a model that point at an account."""
    return [field.name for field in model._meta.fields if field.related_model is get_user_model()]

"""Accounts in the admin. Who may change accounts makes nobody a superuser, nor themselves more than they are."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User

from tracker.admin.paging import BoundedListMixin

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class GuardedUserAdmin(BoundedListMixin, UserAdmin):
    """Django's own, which lets whoever may change accounts give rights that they have not got themselves."""

    def get_readonly_fields(self, request, obj=None):
        found = super().get_readonly_fields(request, obj)
        return found if request.user.is_superuser else (*found, *RIGHTS)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not self.is_above(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not self.is_above(request, obj)

    def get_actions(self, request):
        """Several are deleted at once by superusers alone: an action does not ask for each account."""
        return super().get_actions(request) if request.user.is_superuser else {}

    @staticmethod
    def is_above(request, obj) -> bool:
        """Whether the account is a superuser's or has a right that this person has not: its password opens that."""
        if obj is None or request.user.is_superuser:
            return False
        return obj.is_superuser or not obj.get_all_permissions() <= request.user.get_all_permissions()


def register() -> None:
    """Take the place of Django's own."""
    admin.site.unregister(User)
    admin.site.register(User, GuardedUserAdmin)

"""Accounts as Django keeps them, read with less queries: every page of the site begins with them."""

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Permission
from django.db.models import Model


class AccountBackend(ModelBackend):
    """Django's own backend; an account comes with what every page asks of it, and all its rights in one query."""

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        """The account of a session, with its owner row (the zone of times) and its second factor."""
        user = get_user_model()._default_manager.select_related("owner", "second_factor").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: AbstractBaseUser | AnonymousUser, obj: Model | None = None) -> set[str]:
        """The rights of an account, its own and those of its groups; no rights on single objects, as Django has it."""
        if not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):  # the name under which Django itself looks for them
            own = Permission.objects.filter(user=user_obj)
            of_groups = Permission.objects.filter(group__user=user_obj)
            columns = ("content_type__app_label", "codename")
            rows = own.order_by().values_list(*columns).union(of_groups.order_by().values_list(*columns))
            user_obj._perm_cache = {f"{app}.{name}" for app, name in rows}
        return user_obj._perm_cache

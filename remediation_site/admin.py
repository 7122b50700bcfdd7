"""Background work in the admin, to look at: the right to edit a schedule is the right to run any function."""

from django.contrib import admin
from django_q.admin import FailAdmin, QueueAdmin, ScheduleAdmin, TaskAdmin
from django_q.models import Failure, OrmQ, Schedule, Success

from remediation_site.api.admin import ApiTokenAdmin
from remediation_site.signin.admin import ExternalIdentityAdmin, FailedSignInAdmin, SecondFactorAdmin
from remediation_site.signin.user_admin import register as register_users
from tracker.admin.paging import BoundedListMixin
from tracker.admin.read_only import ReadOnlyMixin

__all__ = ["ApiTokenAdmin", "ExternalIdentityAdmin", "FailedSignInAdmin", "SecondFactorAdmin", "read_only"]


def read_only(model_admin: type[admin.ModelAdmin]) -> type[admin.ModelAdmin]:
    """The same admin without any way to change a row."""
    return type(f"ReadOnly{model_admin.__name__}", (ReadOnlyMixin, BoundedListMixin, model_admin), {})


for model, model_admin in ((Schedule, ScheduleAdmin), (Success, TaskAdmin), (Failure, FailAdmin), (OrmQ, QueueAdmin)):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
    admin.site.register(model, read_only(model_admin))
register_users()

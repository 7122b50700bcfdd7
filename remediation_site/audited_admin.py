"""What people add, change and delete by a form of the admin, written into the audit with what it was before.

The site puts this over every admin that is registered (remediation_site.admin_site), so that none can be left out.
Functions that write keep their own rows; accounts and groups are watched where they are saved.
"""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone

from tracker import audit
from tracker.choices import AuditVerb, Door

WATCHED_WHERE_SAVED = (get_user_model(), Group)  # see remediation_site.auditing


class AuditedMixin:
    """An admin whose forms leave rows in the audit, in the transaction of what they write."""

    def save_model(self, request, obj, form, change):
        obj.was = self._says(obj) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        """The last that a form writes: what is there now is compared with what was there."""
        super().save_related(request, form, formsets, change)
        verb = AuditVerb.CHANGE if change else AuditVerb.ADD
        self._record(request, verb, form.instance, form.instance.was, self._says(form.instance))

    def delete_model(self, request, obj):
        target, was = audit.target_of(obj), self._says(obj)
        super().delete_model(request, obj)
        self._record(request, AuditVerb.DELETE, target, was, {})

    def delete_queryset(self, request, queryset):
        gone = [(audit.target_of(obj), self._says(obj)) for obj in queryset]
        super().delete_queryset(request, queryset)
        for target, was in gone:
            self._record(request, AuditVerb.DELETE, target, was, {})

    def _record(self, request, verb, target, before, after):
        if self.model in WATCHED_WHERE_SAVED:
            return
        changes = audit.differences(before, after)
        if changes or verb != AuditVerb.CHANGE:
            audit.record(
                verb, target, actor=request.user, door=Door.ADMIN, now=timezone.now(), changes=changes
            )  # fmt: skip

    def _says(self, obj):
        """What the database says of a row, and of the rows that its form has with it."""
        stored = self.model._base_manager.filter(pk=obj.pk).first()
        if stored is None:
            return {}
        found = values(stored)
        for inline in self.inlines:
            name = next(field.name for field in inline.model._meta.fields if is_to(field, self.model))
            for row in inline.model._base_manager.filter(**{name: stored}).order_by("pk"):
                found[f"{inline.model._meta.verbose_name} {row.pk}"] = values(row)
        return found


def audited(admin_class):
    """The admin with the audit over it, once."""
    if issubclass(admin_class, AuditedMixin):
        return admin_class
    return type(admin_class.__name__, (AuditedMixin, admin_class), {"__module__": admin_class.__module__})


def is_to(field, model):
    """Whether a column leads to rows of the model."""
    return field.is_relation and field.related_model is model


def values(row):
    """The columns of a row, and the names of the rows that it is joined with."""
    joined = {field.name: sorted(map(str, getattr(row, field.name).all())) for field in row._meta.many_to_many}
    return {**audit.columns(row), **joined}

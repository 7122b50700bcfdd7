"""Rows that are shown and never changed through the product."""


class ReadOnlyMixin:
    """No adding, changing or deleting, and no action: whoever may look, looks."""

    actions = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

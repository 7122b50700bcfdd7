"""Rows that belong to an owner: who may not see those of all sees and keeps their own."""

from tracker.models import Owner


class OwnRowsMixin:
    """An admin of rows with an `owner`. Which rows may be changed and deleted the admin itself says, by is_own."""

    def own(self, request) -> Owner | None:
        """The owner whose rows are this person's own, None for who keeps none."""
        raise NotImplementedError

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

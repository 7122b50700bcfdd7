"""What those who do not read texts cannot find out by asking either: no search and no filter looks into them."""

from tracker.permissions import may_read


class SayingMixin:
    """`said_fields` hold what analyses and people say; `search_fields` may name some of them."""

    said_fields = ()

    def get_search_fields(self, request):
        fields = super().get_search_fields(request)
        return fields if may_read(request.user) else [name for name in fields if not self.is_said(name)]

    def lookup_allowed(self, lookup, value, request):
        """Django lets an address ask for any column of the row itself."""
        return (may_read(request.user) or not self.is_said(lookup)) and super().lookup_allowed(lookup, value, request)

    def is_said(self, lookup: str) -> bool:
        """Whether a lookup begins with one of the fields."""
        return any(lookup == name or lookup.startswith(f"{name}__") for name in self.said_fields)

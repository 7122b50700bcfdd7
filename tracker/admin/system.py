"""Systems in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from tracker.admin.paging import BoundedListMixin
from tracker.admin.typed import FoundByTyping
from tracker.models import System


@admin.register(System)
class SystemAdmin(FoundByTyping, BoundedListMixin, admin.ModelAdmin):
    """Parts of the product that issues affect, and the words by which a text names them."""

    list_display = ("name", "words", "default_owner")
    list_select_related = ("default_owner",)
    search_fields = ("name", "keywords")
    search_help_text = gettext_lazy("Name or keyword")
    autocomplete_fields = ("default_owner",)
    actions = None

    def has_delete_permission(self, request, obj=None):
        """A system that an issue or an analysis names stays."""
        named = obj and (obj.issues.exists() or obj.analyses.exists())
        return super().has_delete_permission(request, obj) and not named

    @admin.display(description=gettext_lazy("Keywords"))
    def words(self, system):
        return ", ".join(system.keyword_list())

"""Pages of long lists: counting stops at a bound, so that a page costs the same however many rows there are."""

from functools import lru_cache

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import get_language, gettext

MOST_COUNTED = 10_000
ACTION_BOX = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
LONGEST_KEY = 19  # digits of the largest number that a key column holds


def is_key(text: str) -> bool:
    """Whether a text can be the primary key of a row; databases raise on larger numbers."""
    return text.isascii() and text.isdecimal() and len(text) < LONGEST_KEY


def bounded_count(rows: QuerySet, *, most: int) -> int:
    """How many rows there are, at most `most + 1`, which means "more than `most`"."""
    return rows.order_by()[: most + 1].count()


class BoundedPaginator(Paginator):
    """A paginator that counts no further than `most` rows; rows behind them are found by search or filters."""

    most = MOST_COUNTED

    @cached_property
    def counted(self) -> int:
        return bounded_count(self.object_list, most=self.most)

    @cached_property
    def count(self) -> int:
        return min(self.counted, self.most)

    @property
    def count_words(self) -> str:
        """ "12" or "more than 10,000"."""
        if self.counted <= self.most:
            return intcomma(self.counted)
        return gettext("more than %(number)s") % {"number": intcomma(self.most)}


@lru_cache
def _selects(language: str) -> str:
    """What the box of a row says, in that language; of Django's own catalogue."""
    return gettext("Select this object for an action - {}")


class KeyedChangeList(ChangeList):
    """A list that finds nothing for a number in the address that no column holds; a database would break it off."""

    def get_queryset(self, request, exclude_parameters=None):
        rows = super().get_queryset(request, exclude_parameters)
        given = (text for texts in self.get_filters_params().values() for text in texts)
        numbers = (part.strip().lstrip("+-") for text in given for part in str(text).split(","))
        return rows.none() if any(each.isdecimal() and not is_key(each) for each in numbers) else rows


class BoundedListMixin:
    """What every list of the admin that can grow long has in common."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # a count for each choice of each filter reads every row
    list_per_page = 50
    list_max_show_all = 200

    def get_changelist(self, request, **options):
        """The class of the list."""
        return KeyedChangeList

    def action_checkbox(self, obj):
        """The box that selects a row: as the admin's own, which renders a template for each."""
        return format_html(ACTION_BOX, ACTION_CHECKBOX_NAME, obj.pk, _selects(get_language()).format(obj))

    def response_action(self, request, queryset):
        """Carry out an action on what is selected; a key that no row can have is refused, not looked up."""
        keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if all(is_key(key) for key in keys):
            return super().response_action(request, queryset)
        no_row = gettext("What was selected is no row of this list: select again.")
        self.message_user(request, no_row, messages.ERROR)
        return redirect(request.get_full_path())

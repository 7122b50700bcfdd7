"""Revenue profiles in the admin: what there is to lose, from which day on. A change is a new profile."""

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from tracker import exposure, revenue
from tracker.admin.badges import badge
from tracker.admin.paging import BoundedListMixin
from tracker.admin.typed import FoundByTyping
from tracker.models import RevenueProfile, RevenueStream
from tracker.money import money

MOST_STREAMS = 50
NOT_COPIED = ("id", "effective_on")


class StreamFormSet(forms.BaseInlineFormSet):
    """The streams of a profile: none, or as many as add up to its revenue."""

    def clean(self):
        super().clean()
        if any(self.errors) or not self.instance.mrr:
            return  # the form says so itself
        kept = [row for form in self.forms if (row := form.cleaned_data) and not row.get("DELETE")]
        streams = tuple(exposure.Stream(number, row["name"], row["mrr"]) for number, row in enumerate(kept))
        try:
            exposure.Profile(self.instance.currency, self.instance.mrr, {}, streams)
        except ValueError as unequal:
            raise forms.ValidationError(str(unequal)) from unequal


class StreamInline(FoundByTyping, admin.TabularInline):
    """What the revenue is made of. It can be changed as long as its profile can."""

    model = RevenueStream
    formset = StreamFormSet
    autocomplete_fields = ("systems",)
    max_num = MOST_STREAMS
    verbose_name_plural = gettext_lazy(
        "revenue streams (all of them together are the monthly recurring revenue; or leave them out)"
    )

    def get_extra(self, request, obj=None, **kwargs):
        return 1 if obj else max(1, len(streams_to_copy()))

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("systems")

    def has_add_permission(self, request, obj):
        return super().has_add_permission(request, obj) and is_open(obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and is_open(obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and is_open(obj)


@admin.register(RevenueProfile)
class RevenueProfileAdmin(BoundedListMixin, admin.ModelAdmin):
    """The profiles, the newest first. Adding one starts from the profile that is in force."""

    list_display = ("effective_on", "standing", "mrr_words", "stream_words")
    ordering = ("-effective_on",)
    sortable_by = ()
    actions = None
    inlines = (StreamInline,)
    fieldsets = (
        (None, {"fields": ("effective_on", "currency", "mrr")}),
        (
            gettext_lazy("Share of the revenue that one issue puts at risk"),
            {
                "fields": (
                    ("p0_low", "p0_likely", "p0_high"),
                    ("p1_low", "p1_likely", "p1_high"),
                    ("p2_low", "p2_likely", "p2_high"),
                    ("p3_low", "p3_likely", "p3_high"),
                    "grows",
                ),
                "description": gettext_lazy("Suggestions, not facts: enter what your own incidents have shown."),
            },
        ),
        (
            gettext_lazy("Cost of work"),
            {
                "fields": ("hourly_rate", ("p0_hours", "p1_hours", "other_hours"), "months_counted"),
                "description": gettext_lazy(
                    "The hours stand for issues on which nobody noted any, and are shown as estimates."
                ),
            },
        ),
        (
            gettext_lazy("Downtime"),
            {"fields": ("downtime_impact_percent", "churn_percent_per_hour", "recovery_cost_per_hour")},
        ),
    )

    def get_queryset(self, request):
        later = RevenueProfile.objects.filter(effective_on__gt=OuterRef("effective_on"))
        replaced = Exists(later.filter(effective_on__lte=revenue.day_of(timezone.now())))
        return super().get_queryset(request).annotate(replaced=replaced).prefetch_related("streams")

    def has_change_permission(self, request, obj=None):
        """A profile that has been in force since an earlier day stays as it is: figures were made of it."""
        return super().has_change_permission(request, obj) and is_open(obj)

    def has_delete_permission(self, request, obj=None):
        may = super().has_delete_permission(request, obj)
        return may and (is_open(obj) or request.user.is_superuser)

    def get_changeform_initial_data(self, request):
        latest = latest_profile()
        copied = {} if latest is None else forms.model_to_dict(latest, exclude=NOT_COPIED)
        today = revenue.day_of(timezone.now())
        return {**copied, "effective_on": today, **super().get_changeform_initial_data(request)}

    def get_formset_kwargs(self, request, obj, inline, prefix):
        options = super().get_formset_kwargs(request, obj, inline, prefix)
        if request.method != "POST" and obj.pk is None:
            options["initial"] = streams_to_copy()
        return options

    @admin.display(description=gettext_lazy("Standing"))
    def standing(self, profile):
        if profile.effective_on > revenue.day_of(timezone.now()):
            return badge("none", gettext("later"))
        if profile.replaced:
            return badge("none", gettext("was in force"))
        return badge("added", gettext("in force"))

    @admin.display(description=gettext_lazy("Monthly recurring revenue"))
    def mrr_words(self, profile):
        return money(profile.mrr, profile.currency)

    @admin.display(description=gettext_lazy("Streams"))
    def stream_words(self, profile):
        return ", ".join(stream.name for stream in profile.streams.all()) or gettext("as a whole")


def is_open(profile: RevenueProfile | None) -> bool:
    """Whether a profile can be entered, or still be changed."""
    return profile is None or profile.pk is None or revenue.is_open(profile, timezone.now())


def latest_profile() -> RevenueProfile | None:
    """The profile from which the next one starts."""
    return RevenueProfile.objects.order_by("-effective_on").first()


def streams_to_copy() -> list[dict[str, object]]:
    """The streams of that profile, as the form of a new one takes them."""
    latest = latest_profile()
    rows = latest.streams.prefetch_related("systems") if latest else ()
    return [{"name": row.name, "mrr": row.mrr, "systems": [system.pk for system in row.systems.all()]} for row in rows]

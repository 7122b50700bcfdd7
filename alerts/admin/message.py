"""The outbox in the admin: what could not be delivered first, and a button that sends it again."""

from functools import partial

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from alerts import delivery
from alerts.admin import badges
from alerts.choices import MessageKind, MessageState
from alerts.models import Message
from alerts.querysets import UNDELIVERED
from tracker.admin.issue_filters import WordFilter
from tracker.admin.paging import BoundedListMixin
from tracker.admin.read_only import ReadOnlyMixin
from tracker.models.columns import labelled
from tracker.refusals import Refused

SHOWN = 160  # characters of an answer in the list
MOST_DELIVERIES = 200
MOST_AT_ONCE = 200
DEAD_FIRST = Case(
    When(state=str(MessageState.DEAD), then=Value(0)), default=Value(1), output_field=IntegerField()
)  # fmt: skip


class StateFilter(WordFilter):
    """What is not delivered yet, unless something else is asked for."""

    title = gettext_lazy("state")
    parameter_name = "state"
    words = (*labelled(MessageState), ("all", gettext_lazy("All")))
    all_label = gettext_lazy("Not delivered yet")

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(state=self.value()) if self.value() else queryset.undelivered()


class KindFilter(WordFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"
    words = tuple(labelled(MessageKind))

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.action(description=gettext_lazy("Send again"), permissions=["resend"])
def resend_selected(model_admin, request, queryset):
    """Put each selected message back; a refusal stops only its own message."""
    selected = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(selected) > MOST_AT_ONCE:
        model_admin.message_user(
            request,
            gettext("Select at most %(number)s messages at once.") % {"number": MOST_AT_ONCE},
            messages.ERROR,
        )
        return
    done = 0
    for pk in selected:
        try:
            delivery.resend(pk, actor=request.user, now=timezone.now())
            done += 1
        except Refused as refused:
            model_admin.message_user(
                request,
                gettext("Message %(number)s: %(refusal)s") % {"number": pk, "refusal": refused},
                messages.WARNING,
            )
    if done:
        model_admin.message_user(
            request,
            ngettext("%(number)s message will be sent again.", "%(number)s messages will be sent again.", done)
            % {"number": done},
        )


@require_POST
def resend_view(request, model_admin, message_id):
    """Put one message back."""
    if not model_admin.has_resend_permission(request):
        raise PermissionDenied
    if model_admin.get_object(request, str(message_id)) is None:
        raise Http404(gettext("There is no such message."))
    try:
        delivery.resend(message_id, actor=request.user, now=timezone.now())
        messages.success(request, gettext("It will be sent again with the next run."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("admin:alerts_message_change", message_id)


QUICK_FILTERS = (
    (gettext_lazy("Not delivered yet"), ""),
    (gettext_lazy("Could not be delivered"), "state=dead"),
    (gettext_lazy("Sent"), "state=sent"),
    (gettext_lazy("All"), "state=all"),
)


@admin.register(Message)
class MessageAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """What is to be sent to whom by what, and how far it has come. Nobody edits it; what is dead is sent again."""

    actions = (resend_selected,)

    list_display = ("to_words", "state_word", "kind", "due_word", "attempts", "answer_words")
    list_filter = (StateFilter, KindFilter)
    list_select_related = ("channel",)
    sortable_by = ()
    search_fields = ("recipient_name__istartswith", "channel__name__istartswith")
    search_help_text = gettext_lazy("Name of a recipient or a channel")

    def has_resend_permission(self, request):
        """The right to change messages is the right to send them again."""
        return request.user.has_perm("alerts.change_message")

    def get_urls(self):
        view = self.admin_site.admin_view(partial(resend_view, model_admin=self))
        return [path("<int:message_id>/resend/", view, name="alerts_message_resend"), *super().get_urls()]

    def get_ordering(self, request):
        """By the index of what is newest, but for the few that are not delivered yet: of those the dead come first."""
        state = request.GET.get(StateFilter.parameter_name)
        return ("-planned_at", "-pk") if state in dict(StateFilter.words) else (DEAD_FIRST, "due_at", "pk")

    def changelist_view(self, request, extra_context=None):
        chosen = request.GET.urlencode()
        quick = [{"name": name, "query": query, "current": query == chosen} for name, query in QUICK_FILTERS]
        return super().changelist_view(request, {"quick": quick, "title": gettext("Outbox"), **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a message: what it tells, and what the channel said."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET"])
        message = self.get_object(request, object_id)
        if message is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, message):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Message %(number)s") % {"number": message.pk},
            "message": message,
            "now": timezone.now(),
            "state": badges.message_badge(message.state),
            "may_resend": message.state == MessageState.DEAD and self.has_resend_permission(request),
            "deliveries": message.deliveries.select_related("alert").order_by("pk")[:MOST_DELIVERIES],
            "media": self.media,
        }
        return TemplateResponse(request, "admin/alerts/message/page.html", {**context, **(extra_context or {})})

    @admin.display(description=gettext_lazy("To"))
    def to_words(self, message):
        name = message.recipient_name or gettext("everybody there")
        return format_html(
            gettext('{name} <span class="second-line">by {channel}</span>'), name=name, channel=message.channel.name
        )

    @admin.display(description=gettext_lazy("State"))
    def state_word(self, message):
        return badges.message_badge(message.state)

    @admin.display(description=gettext_lazy("When"))
    def due_word(self, message):
        now = timezone.now()
        if message.sent_at:
            return badges.timed(badges.ago(message.sent_at, now), message.sent_at)
        if message.state in UNDELIVERED and message.state != MessageState.DEAD:
            return badges.timed(badges.until(message.due_at, now), message.due_at)
        return badges.timed(
            gettext("planned %(ago)s") % {"ago": badges.ago(message.planned_at, now)}, message.planned_at
        )

    @admin.display(description=gettext_lazy("The channel said"))
    def answer_words(self, message):
        return Truncator(message.answer).chars(SHOWN)

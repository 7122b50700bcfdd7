"""What can be done with several issues at once; each issue is its own transaction and has its own answer."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext, ngettext_lazy

from tracker import amend, workflow
from tracker.admin.issue_forms import OwnerForm
from tracker.admin.undoing import told
from tracker.choices import Door
from tracker.models import Issue
from tracker.refusals import Refused

MOST_AT_ONCE = 200
ASSIGNED = ngettext_lazy(
    "%(number)d issue assigned to %(owner)s.", "%(number)d issues assigned to %(owner)s.", "number"
)


def carry_out(
    model_admin, request, queryset, write: Callable[[Issue], object], done: str, *, now: datetime, **said: object
) -> None:
    """Do one thing to each selected issue and say how it went; a refusal stops only its own issue.

    `done` is of ngettext_lazy, with the `number` of issues and what else is `said`.
    """
    issues = selected(model_admin, request, queryset)
    changed = 0
    for issue in issues:
        try:
            write(issue)
            changed += 1
        except Refused as refused:
            model_admin.message_user(request, f"{issue.reference}: {refused}", messages.WARNING)
    if changed:
        words = done % {"number": changed, **said}
        model_admin.message_user(request, told(request, words, issues, now=now, back=request.get_full_path()))


def selected(model_admin, request, queryset) -> list[Issue]:
    """The selected issues; none, and a message, when they are more than one request should change."""
    issues = list(queryset.order_by("pk")[: MOST_AT_ONCE + 1])
    if len(issues) <= MOST_AT_ONCE:
        return issues
    most = gettext("Select at most %(number)s issues at once.") % {"number": MOST_AT_ONCE}
    model_admin.message_user(request, most, messages.ERROR)
    return []


def transition_action(name: str, description: str, done: str) -> Callable:
    """An action that moves the selected issues along a transition."""

    @admin.action(description=description, permissions=["change"])
    def action(model_admin, request, queryset):
        now = timezone.now()
        stamp = {"actor": request.user, "door": Door.ADMIN, "now": now}
        carry_out(model_admin, request, queryset, lambda issue: workflow.apply(name, issue.pk, **stamp), done, now=now)

    action.__name__ = name
    return action


@admin.action(description=gettext_lazy("Assign to an owner …"), permissions=["change"])
def assign(model_admin, request, queryset):
    """Ask for the owner, then assign each issue."""
    confirmed = "confirmed" in request.POST
    form = OwnerForm(request.POST if confirmed else None, admin_site=model_admin.admin_site)
    form.fields["owner"].required = True
    if confirmed and form.is_valid():
        values = form.cleaned_data
        stamp = {"actor": request.user, "door": Door.ADMIN, "now": timezone.now(), "reason": values["reason"]}
        carry_out(
            model_admin,
            request,
            queryset,
            lambda issue: amend.assign(issue.pk, values["owner"], **stamp),
            ASSIGNED,
            now=stamp["now"],
            owner=values["owner"],
        )
        return None
    if not (issues := selected(model_admin, request, queryset)):
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": ngettext("Assign %(number)d issue", "Assign %(number)d issues", len(issues)) % {"number": len(issues)},
        "form": form,
        "issues": issues,
        "media": model_admin.media + form.media,
        "checkbox_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/tracker/issue/assign.html", context)


ACTIONS = (
    assign,
    transition_action(
        "plan",
        gettext_lazy("Plan"),
        ngettext_lazy("%(number)d issue planned.", "%(number)d issues planned.", "number"),
    ),
    transition_action(
        "start",
        gettext_lazy("Start work"),
        ngettext_lazy("%(number)d issue in progress.", "%(number)d issues in progress.", "number"),
    ),
    transition_action(
        "complete",
        gettext_lazy("Complete"),
        ngettext_lazy("%(number)d issue completed.", "%(number)d issues completed.", "number"),
    ),
    transition_action(
        "validate",
        gettext_lazy("Validate"),
        ngettext_lazy("%(number)d issue validated.", "%(number)d issues validated.", "number"),
    ),
    transition_action(
        "rework",
        gettext_lazy("Work on it again"),
        ngettext_lazy("%(number)d issue in progress again.", "%(number)d issues in progress again.", "number"),
    ),
)

"""Changes of one issue in the admin: GET shows the form, POST carries it out, anything else is 405."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from tracker import amend, permissions, workflow
from tracker.admin import issue_seen
from tracker.admin.issue_forms import (
    DeadlineForm,
    DescribeForm,
    NoteForm,
    OwnerForm,
    PriorityForm,
    RevenueForm,
    TransitionForm,
)
from tracker.admin.undoing import told
from tracker.choices import Door, IssueKind, NoteKind, Priority
from tracker.models import Issue
from tracker.refusals import Refused

Data = dict[str, object]
REVENUE = "revenue"
ABOUT = "about"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that can be changed: what it is called, the form that asks, and the function that writes."""

    title: str
    button: str
    form: Callable[..., forms.Form]
    write: Callable[..., object]  # (issue_id, data, *, actor, door, now)
    done: str


def _assign(issue_id: int, data: Data, **stamp) -> object:
    return amend.assign(issue_id, data["owner"], reason=data["reason"], **stamp)


def _move_deadline(issue_id: int, data: Data, **stamp) -> object:
    return amend.move_deadline(issue_id, data["deadline"], reason=data["reason"], **stamp)


def _set_priority(issue_id: int, data: Data, **stamp) -> object:
    return amend.set_priority(issue_id, Priority(data["priority"]), reason=data["reason"], **stamp)


def _confirm_revenue(issue_id: int, data: Data, **stamp) -> object:
    return amend.confirm_revenue(issue_id, data["amount"], reason=data["reason"], **stamp)


def _describe(issue_id: int, data: Data, **stamp) -> object:
    make = {"title": str, "kind": IssueKind, "systems": list}
    given = {name: make[name](data[name]) for name in make if name in data}
    return amend.describe(issue_id, **given, reason=data["reason"], **stamp)


def _add_note(issue_id: int, data: Data, **stamp) -> object:
    given = {"hours": data["hours"], "links": data["links"]}
    return amend.add_note(issue_id, data["text"], kind=NoteKind(data["kind"]), **given, **stamp)


AMENDMENTS = {
    "owner": Change(
        gettext_lazy("Assign an owner"), gettext_lazy("Assign"), OwnerForm, _assign, gettext_lazy("owner saved")
    ),
    "deadline": Change(
        gettext_lazy("Move the deadline"),
        gettext_lazy("Move"),
        DeadlineForm,
        _move_deadline,
        gettext_lazy("deadline saved"),
    ),
    "priority": Change(
        gettext_lazy("Change the priority"),
        gettext_lazy("Change"),
        PriorityForm,
        _set_priority,
        gettext_lazy("priority saved"),
    ),
    REVENUE: Change(
        gettext_lazy("Confirm the revenue at risk"),
        gettext_lazy("Confirm"),
        RevenueForm,
        _confirm_revenue,
        gettext_lazy("revenue at risk saved"),
    ),
    ABOUT: Change(
        gettext_lazy("Change what it is about"),
        gettext_lazy("Change"),
        DescribeForm,
        _describe,
        gettext_lazy("title, kind and systems saved"),
    ),
    "note": Change(
        gettext_lazy("Add a note"), gettext_lazy("Add note"), NoteForm, _add_note, gettext_lazy("note added")
    ),
}


RESERVED = {REVENUE: permissions.CONFIRM_REVENUE, ABOUT: permissions.DESCRIBE}


def transition(name: str, issue: Issue) -> Change:
    """The change that moves the issue along a transition."""
    label = workflow.TRANSITIONS[name].label

    def write(issue_id: int, data: Data, **stamp) -> object:
        return workflow.apply(name, issue_id, **data, **stamp)

    def form(*args, **kwargs) -> forms.Form:
        return TransitionForm(*args, asks=workflow.asks(name, issue), **kwargs)

    return Change(label, label, form, write, gettext("“%(step)s” done") % {"step": label})


def amendments_for(user: AbstractBaseUser | AnonymousUser) -> list[tuple[str, Change]]:
    """What somebody who may change an issue can change: its revenue at risk and what it is about take a manager."""
    shut = {name for name, verb in RESERVED.items() if permissions.may(user, verb)}
    return [(name, change) for name, change in AMENDMENTS.items() if name not in shut]


def amendment_form(name: str, issue: Issue, model_admin: ModelAdmin, data: QueryDict | None = None) -> forms.Form:
    """The form of an amendment, filled with what the issue has now; `seen` is what the person saw in it."""
    initial = {"owner": issue.owner_id, "deadline": issue.deadline, "priority": issue.priority}
    initial["amount"] = issue.revenue_at_risk
    systems = list(issue.systems.all())
    initial |= {"title": issue.title, "kind": issue.kind, "systems": [system.pk for system in systems]}
    at_hand = {"owner": [issue.owner] if issue.owner else [], ABOUT: systems}
    options = {"admin_site": model_admin.admin_site, "at_hand": at_hand[name]} if name in at_hand else {}
    form = AMENDMENTS[name].form(data, initial=initial, auto_id=f"id_{name}_%s", **options)
    form.seen = issue_seen.seen(data, issue_seen.now_of(issue, name))
    return form


@require_http_methods(["GET", "POST"])
def amendment_view(request: HttpRequest, model_admin: ModelAdmin, issue_id: int, name: str) -> HttpResponse:
    """Change the owner, the deadline, the priority or the revenue at risk of an issue, or add a note to it."""
    if name not in AMENDMENTS:
        raise Http404(gettext("There is no change called %(name)s.") % {"name": name})
    issue = changeable(request, model_admin, issue_id)
    change = AMENDMENTS[name]
    form = amendment_form(name, issue, model_admin, request.POST if request.method == "POST" else None)
    if form.seen:
        change = replace(change, write=issue_seen.careful(name, form, change.write))
    return answer(request, model_admin, issue, change, form)


@require_http_methods(["GET", "POST"])
def transition_view(request: HttpRequest, model_admin: ModelAdmin, issue_id: int, name: str) -> HttpResponse:
    """Move an issue along a transition."""
    if name not in workflow.TRANSITIONS:
        raise Http404(gettext("There is no transition called %(name)s.") % {"name": name})
    issue = changeable(request, model_admin, issue_id)
    change = transition(name, issue)
    form = change.form(request.POST if request.method == "POST" else None)
    shut = workflow.refusals(name, issue, request.user) if request.method == "GET" else ()
    return answer(request, model_admin, issue, change, form, shut=shut)


def changeable(request: HttpRequest, model_admin: ModelAdmin, issue_id: int) -> Issue:
    """The issue, if it exists and this person may change it."""
    issue = model_admin.get_object(request, str(issue_id))
    if issue is None:
        raise Http404(gettext("There is no such issue."))
    if not model_admin.has_change_permission(request, issue):
        raise PermissionDenied
    return issue


def answer(
    request: HttpRequest,
    model_admin: ModelAdmin,
    issue: Issue,
    change: Change,
    form: forms.Form,
    *,
    shut: list[str] | tuple[str, ...] = (),
) -> HttpResponse:
    """Carry the change out and go back to the issue; or show its form, with every reason why it was refused."""
    if form.is_bound and form.is_valid():
        now, back = timezone.now(), reverse("admin:tracker_issue_change", args=[issue.pk])
        try:
            written = change.write(issue.pk, form.cleaned_data, actor=request.user, door=Door.ADMIN, now=now)
        except Refused as refused:
            shut = refused.reasons
        else:
            _tell(request, issue, change, written, now=now, back=back)
            return redirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": change.title,
        "issue": issue,
        "change": change,
        "form": form,
        "shut": shut,
        "media": model_admin.media + form.media,
        "back_url": reverse("admin:tracker_issue_change", args=[issue.pk]),
    }
    return TemplateResponse(request, "admin/tracker/issue/change.html", context)


def _tell(request: HttpRequest, issue: Issue, change: Change, written: object, *, now: datetime, back: str) -> None:
    """Say what was done, with the way back; or that there was nothing to do."""
    if written is issue_seen.NOTHING:
        unchanged = gettext("%(issue)s: you changed nothing, so nothing was saved.")
        messages.info(request, unchanged % {"issue": issue.reference})
        return
    done = gettext("%(issue)s: %(done)s.") % {"issue": issue.reference, "done": change.done}
    messages.success(request, told(request, done, [issue], now=now, back=back))

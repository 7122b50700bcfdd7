"""Issues from a table, in the admin: upload it, look at what it would do, confirm that."""

import re
from pathlib import PurePosixPath

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods

from tracker import permissions
from tracker.models import ImportDraft
from tracker.sheets import drafts
from tracker.sheets.columns import NAMES
from tracker.sheets.outcome import Outcome
from tracker.sheets.take import ImportRefused, OtherwiseNow
from tracker.terminal import printable

BAD_REQUEST = 400
IMPORTED = gettext_noop(
    "The table is imported: %(created)s created, %(changed)s changed, %(unchanged)s unchanged, %(refused)s refused."
)
PAIR = re.compile(r"\s*(.+?)\s*=\s*([A-Za-z]+)\s*")


class TableForm(forms.Form):
    """A file, and what it does not say itself."""

    file = forms.FileField(
        label=gettext_lazy("CSV or XLSX file"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason for the changes"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Where a row gives none. Moving a deadline needs one."),
    )
    mapped = forms.CharField(
        label=gettext_lazy("Columns with other names"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=format_lazy(
            gettext_lazy("One a line, such as Due by=deadline. The fields are {names}."), names=", ".join(NAMES)
        ),
    )

    def clean_mapped(self) -> dict[str, str]:
        """The fields by the names of columns."""
        lines = [line for line in self.cleaned_data["mapped"].splitlines() if line.strip()]
        found = [(line, PAIR.fullmatch(line)) for line in lines]
        if wrong := [line for line, pair in found if pair is None]:
            no_mapping = gettext("“%(line)s” is no mapping: write column=field, as in Due by=deadline.")
            raise forms.ValidationError(no_mapping % {"line": wrong[0][:60]})
        return {pair[1]: pair[2].lower() for _, pair in found}


def may_import(request: HttpRequest) -> bool:
    """Whether the person may change issues, their own at least; each row is then judged for itself."""
    return not permissions.may(request.user, permissions.CHANGE)


@require_http_methods(["GET", "HEAD", "POST"])
def import_view(request: HttpRequest, model_admin) -> HttpResponse:
    """Ask for a table, show what it would do, and do it when it is confirmed."""
    if not may_import(request):
        raise PermissionDenied
    if request.POST.get("step") == "confirm":
        return _confirm(request, model_admin)
    form = TableForm(request.POST, request.FILES) if request.method == "POST" else TableForm()
    if not form.is_valid():
        return _page(request, model_admin, form=form)
    given = form.cleaned_data
    try:
        draft = drafts.keep(
            request.user,
            name=printable(PurePosixPath(given["file"].name.replace("\\", "/")).name),
            content=given["file"].read(drafts.MOST_BYTES + 1),
            reason=given["reason"],
            mapped=given["mapped"],
            now=timezone.now(),
        )
        found = drafts.look(draft, zone=_zone(), now=timezone.now())
    except ImportRefused as refused:
        return _page(request, model_admin, form=form, problems=refused.reasons)
    return _page(request, model_admin, draft=draft, found=found)


def _confirm(request: HttpRequest, model_admin) -> HttpResponse:
    number, digest = request.POST.get("draft", ""), request.POST.get("digest", "")
    draft_id = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
    try:
        found = drafts.confirm(request.user, draft_id, digest=digest or "-", zone=_zone(), now=timezone.now())
    except OtherwiseNow as otherwise:
        draft = ImportDraft.objects.get(user=request.user, pk=draft_id)
        return _page(request, model_admin, draft=draft, found=otherwise.found, problems=otherwise.reasons)
    except ImportRefused as refused:
        return _page(request, model_admin, form=TableForm(), problems=refused.reasons)
    counts = {name: f"{number:,}" for name, number in found.counts.items()}
    messages.success(request, gettext(IMPORTED) % counts)
    return redirect("admin:tracker_issue_changelist")


def _zone() -> str:
    return timezone.get_current_timezone_name()


def _page(
    request: HttpRequest,
    model_admin,
    *,
    form: TableForm | None = None,
    draft: ImportDraft | None = None,
    found: Outcome | None = None,
    problems: list[str] | tuple[str, ...] = (),
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": gettext("Import issues"),
        "form": form,
        "draft": draft,
        "found": found,
        "problems": problems,
        "zone": _zone(),
        "most_bytes": drafts.MOST_BYTES,
        "most_rows": drafts.MOST_ROWS,
    }
    status = BAD_REQUEST if problems or (form is not None and form.is_bound) else None
    return TemplateResponse(request, "admin/tracker/issue/import.html", context, status=status)

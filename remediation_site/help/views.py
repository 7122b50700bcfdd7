"""The pages at /help/: all documents, one document, and what a search finds. They read files and no rows."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from remediation_site.help.documents import documents
from remediation_site.help.search import LONGEST_QUERY, MOST_FOUND, search


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every document with its sections, or with ?q= the sections that have those words."""
    query = request.GET.get("q", "").replace("\0", "").strip()
    context = {
        **admin.site.each_context(request),
        "title": gettext("Help: %(query)s") % {"query": query} if query else gettext("Help"),
        "query": query,
        "found": search(query),
        "longest_query": LONGEST_QUERY,
        "most_found": MOST_FOUND,
        "documents": documents().values(),
    }
    return render(request, "help/index.html", context)


@require_safe
def document(request: HttpRequest, name: str) -> HttpResponse:
    """One document, with its sections beside it."""
    shown = documents().get(name)
    if shown is None:
        raise Http404(gettext("There is no such page of the help."))
    return render(
        request, "help/document.html", {**admin.site.each_context(request), "title": shown.title, "document": shown}
    )

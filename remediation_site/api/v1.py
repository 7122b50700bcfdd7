"""The first version of the API, put together of its resources. What is here is kept: changes are added, not made."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from remediation_site.api import (
    alerts,
    analyses,
    documentation,
    history,
    issues,
    metrics,
    people,
    problems,
    validation,
)
from remediation_site.api.bodies import BoundedParser, CompactRenderer

api = NinjaAPI(
    title="Remediation",
    version="1",
    urls_namespace="api-1",
    docs_url=None,
    openapi_url=None,
    parser=BoundedParser(),
    renderer=CompactRenderer(),
)
# What is read and written at one address has one router: history has that of the changes.
for module in (analyses, issues, history, validation, alerts, metrics, people):
    api.add_router("", module.router)
problems.handle(api)


@csrf_exempt  # a form cannot do anything here either
def not_found(_request: HttpRequest) -> HttpResponse:
    """Every other address below /api/."""
    return problems.of_status(404, {})


guarded = documentation.for_those_who_may_ask(api)
urlpatterns = [
    path("v1/docs", guarded(documentation.page), name="api-documentation"),
    path("v1/openapi.json", guarded(documentation.openapi_json), name="api-openapi"),
    path("v1/", api.urls),
    re_path("", not_found),
]

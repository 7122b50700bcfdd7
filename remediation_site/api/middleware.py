"""What all answers below /api/ have in common, also those that Django gives before the API is reached."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from remediation_site.api import pace, problems

PREFIX = "/api/"
FIRST_REFUSAL = 400
OF_THE_BODY = frozenset({"content-type", "content-length", "content-disposition", "last-modified", "etag"})


def api_answers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Turn every refusal into a problem, say how many requests are left, and let nobody keep an answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path_info.startswith(PREFIX):
            return response
        if response.status_code >= FIRST_REFUSAL and response.headers.get("Content-Type") != problems.MEDIA_TYPE:
            response = as_problem(response)
        if turn := getattr(request, "api_turn", None):
            response.headers["RateLimit-Policy"] = f'"token";q={turn.limit};w={pace.WINDOW}'
            response.headers["RateLimit"] = f'"token";r={turn.remaining};t={turn.reset_seconds}'
        response.headers.setdefault("Cache-Control", "no-store")
        if not response.streaming:
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def as_problem(response: HttpResponse) -> HttpResponse:
    """A refusal of Django's own as a problem; headers that are not about its body are kept."""
    problem = problems.of_status(response.status_code, response.headers)
    for name, value in response.headers.items():
        if name.lower() not in OF_THE_BODY:
            problem.headers.setdefault(name, value)
    return problem

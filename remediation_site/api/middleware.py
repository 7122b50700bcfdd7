"""What all answers below /api/ have in common, also those that Django gives before the API is reached."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from remediation_site.api import pace, problems

PREFIX = "/api/"
FIRST_REFUSAL = 400


def api_answers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Turn every refusal into a problem, say how many requests are left, and let nobody keep an answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path_info.startswith(PREFIX):
            return response
        if response.status_code >= FIRST_REFUSAL and response.headers.get("Content-Type") != problems.MEDIA_TYPE:
            response = problems.of_status(response.status_code, response.headers)
        if turn := getattr(request, "api_turn", None):
            response.headers["RateLimit-Policy"] = f'"token";q={turn.limit};w={pace.WINDOW}'
            response.headers["RateLimit"] = f'"token";r={turn.remaining};t={turn.reset_seconds}'
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware

"""Who asks: the token of the Authorization header, and nothing else. No cookie is looked at, so no form can ask."""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from remediation_site.api import pace, tokens
from remediation_site.api.problems import Problem
from remediation_site.api.scopes import Scope
from remediation_site.models import ApiToken
from remediation_site.signin.addresses import client_address
from tracker import audit
from tracker.choices import Door

SCHEME = "bearer"
FAILURES_A_MINUTE = 30  # of one address, before it is told to wait
CHALLENGE = 'Bearer realm="remediation"'


class Bearer:
    """Lets a token in that has the scope, when its account has every right that is named."""

    def __init__(self, scope: Scope, *rights: str) -> None:
        self.scope, self.rights = scope, rights

    def __call__(self, request: HttpRequest) -> ApiToken:
        """The token. The request's user is then its account. Raises: Problem."""
        token = authenticated(request, timezone.now())
        if self.scope not in token.scopes:
            header = f'{CHALLENGE}, error="insufficient_scope", scope="{self.scope}"'
            sentence = f"This token is not for that: it needs the scope {self.scope}."
            raise Problem("insufficient-scope", sentence, headers={"WWW-Authenticate": header})
        if not token.user.has_perms(self.rights):
            raise Problem(
                "not-permitted", f"The account of this token may not do that: it lacks {self._lacking(token)}."
            )
        return token

    def _lacking(self, token: ApiToken) -> str:
        return ", ".join(right for right in self.rights if not token.user.has_perm(right))


def authenticated(request: HttpRequest, now: datetime) -> ApiToken:
    """The token of the request, counted as a request of it. Raises: Problem."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        sentence = "Send a token: Authorization: Bearer rem_…"
        raise Problem("no-token", sentence, headers={"WWW-Authenticate": CHALLENGE})
    token = tokens.find(secret.strip(), now=now) if scheme.lower() == SCHEME else None
    if token is None:
        raise _failed(request, now)
    turn = pace.take(f"token:{token.pk}", limit=settings.API_REQUESTS_A_MINUTE, now=now)
    request.api_turn = turn
    if not turn.allowed:
        sentence = f"This token may ask {turn.limit} times a minute: wait {turn.wait_seconds} s."
        raise Problem("too-many-requests", sentence, headers={"Retry-After": str(turn.wait_seconds)})
    tokens.seen(token, now=now)
    request.user = user = _account(token)
    around = {"via": user.acts_through, "door": Door.API, "actor": lambda: user}
    audit.SURROUNDINGS.set(replace(audit.SURROUNDINGS.get(), **around))  # until auditing.surroundings takes it back
    return token


def _account(token: ApiToken):
    """The account, which history will name together with the token."""
    user = token.user
    user.acts_through = f"token {token.name}"
    user.is_service = tokens.is_service(user)
    return user


def _failed(request: HttpRequest, now: datetime) -> Problem:
    """Why the token does not count; from an address that tries many, to wait. Valid tokens are never kept waiting."""
    turn = pace.take(f"address:{client_address(request)}", limit=FAILURES_A_MINUTE, now=now)
    if not turn.allowed:
        sentence = f"Too many tokens that are not valid came from your address: wait {turn.wait_seconds} s."
        return Problem("too-many-requests", sentence, headers={"Retry-After": str(turn.wait_seconds)})
    header = f'{CHALLENGE}, error="invalid_token"'
    sentence = "The token is unknown, has expired or was revoked, or its account is not active."
    return Problem("invalid-token", sentence, headers={"WWW-Authenticate": header})

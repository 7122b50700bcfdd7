"""An OpenID Connect provider: where to send people, and what it says about who came back.

Every call goes through the guarded client. The signature and the claims of the ID token are checked by joserfc and
Authlib; what is taken from them is checked here: asymmetric algorithms only, this issuer, this client, this nonce.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext

from tracker.guarded import CallFailed, CallRefused, Limits, Reply, request
from tracker.terminal import printable

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL_ENDPOINTS = {"userinfo_endpoint", "end_session_endpoint"}
LIMITS = Limits(connect_seconds=5.0, read_seconds=10.0, total_seconds=15.0, most_bytes=256 * 1024)
KEPT_SECONDS = 300  # the provider's addresses and keys
LEEWAY_SECONDS = 60  # between the clocks
LONGEST_REASON = 200
SUBJECT = re.compile(r"[\x20-\x7e]{1,255}")  # as OpenID Connect has it
JSON_TYPE = {"Accept": "application/json"}

Claims = dict[str, Any]


class SignInRefused(Exception):
    """Why nobody is signed in, in one sentence."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What ties an answer to the browser that asked."""

    state: str
    nonce: str
    verifier: str
    next_page: str


def address_to_ask(attempt: Attempt, *, redirect_uri: str) -> str:
    """Where the browser goes to sign in. Raises: SignInRefused."""
    rfc6749, rfc7636 = import_module("authlib.oauth2.rfc6749.parameters"), import_module("authlib.oauth2.rfc7636")
    return rfc6749.prepare_grant_uri(
        described()["authorization_endpoint"],
        client_id=settings.OIDC_CLIENT_ID,
        response_type="code",
        redirect_uri=redirect_uri,
        scope=" ".join(settings.OIDC_SCOPES),
        state=attempt.state,
        nonce=attempt.nonce,
        code_challenge=rfc7636.create_s256_code_challenge(attempt.verifier),
        code_challenge_method="S256",
    )


def claims_for(code: str, attempt: Attempt, *, redirect_uri: str) -> tuple[Claims, str]:
    """What the provider says about who came back with the code, and the ID token. Raises: SignInRefused."""
    tokens = exchanged(code, attempt, redirect_uri=redirect_uri)
    claims = checked(tokens.get("id_token"), tokens.get("access_token"), attempt)
    wanted = {"email", "email_verified"} | ({settings.OIDC_GROUPS_CLAIM} if settings.OIDC_GROUPS else set())
    if wanted <= set(claims) or not described().get("userinfo_endpoint"):
        return claims, str(tokens["id_token"])
    more = user_info(tokens.get("access_token"))
    if more.get("sub") != claims["sub"]:
        raise SignInRefused(gettext("The provider speaks of two different people: nobody is signed in."))
    return more | claims, str(tokens["id_token"])


def address_to_end(id_token: str, *, back_to: str) -> str:
    """Where the browser goes to end the session at the provider, "" where it has none. Raises: SignInRefused."""
    place = described().get("end_session_endpoint")
    if not place:
        return ""
    asked = {"id_token_hint": id_token, "client_id": settings.OIDC_CLIENT_ID, "post_logout_redirect_uri": back_to}
    return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(asked)}"


def described(*, anew: bool = False) -> dict[str, Any]:
    """The provider's own description of itself. Raises: SignInRefused."""
    key = f"oidc:{settings.OIDC_ISSUER}"
    if not anew and (kept := cache.get(key)):
        return kept
    found = as_json(called("GET", f"{settings.OIDC_ISSUER}/.well-known/openid-configuration", JSON_TYPE))
    if str(found.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER:
        raise SignInRefused(
            gettext("The provider calls itself something else than OIDC_ISSUER: an administrator has to look.")
        )
    schemes = ("https",) if settings.OIDC_ISSUER.startswith("https:") else ("https", "http")
    for name in (*ENDPOINTS, *(OPTIONAL_ENDPOINTS & set(found))):
        if urlsplit(str(found.get(name, ""))).scheme not in schemes:
            raise SignInRefused(
                gettext("The provider names no usable %(name)s: an administrator has to look.") % {"name": name}
            )
    cache.set(key, found, KEPT_SECONDS)
    return found


def exchanged(code: str, attempt: Attempt, *, redirect_uri: str) -> dict[str, Any]:
    """The tokens for a code. Raises: SignInRefused."""
    about = described()
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": attempt.verifier,
        "client_id": settings.OIDC_CLIENT_ID,
    }
    headers = JSON_TYPE | {"Content-Type": "application/x-www-form-urlencoded"}
    methods = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if settings.OIDC_CLIENT_SECRET and "client_secret_basic" in methods:
        pair = f"{quote(settings.OIDC_CLIENT_ID, safe='')}:{quote(settings.OIDC_CLIENT_SECRET, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    elif settings.OIDC_CLIENT_SECRET:
        fields["client_secret"] = settings.OIDC_CLIENT_SECRET
    return as_json(called("POST", about["token_endpoint"], headers, urlencode(fields).encode()))


def user_info(access_token: object) -> Claims:
    """What the provider's userinfo endpoint says. Raises: SignInRefused."""
    headers = JSON_TYPE | {"Authorization": f"Bearer {access_token}"}
    return as_json(called("GET", described()["userinfo_endpoint"], headers))


def checked(id_token: object, access_token: object, attempt: Attempt) -> Claims:
    """The claims of an ID token that is what it says. Raises: SignInRefused."""
    errors = import_module("joserfc.errors")
    try:
        token = decoded(str(id_token))
        claims = import_module("authlib.oidc.core").CodeIDToken(
            token.claims,
            token.header,
            {"iss": {"essential": True, "value": described()["issuer"]},
             "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID}},
            {"nonce": attempt.nonce, "client_id": settings.OIDC_CLIENT_ID, "access_token": access_token},
        )  # fmt: skip
        claims.validate(leeway=LEEWAY_SECONDS)
    except (errors.JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SignInRefused(
            gettext("What the provider says cannot be believed (%(reason)s): nobody is signed in.")
            % {"reason": type(error).__name__}
        ) from None
    if not isinstance(claims["sub"], str) or not SUBJECT.fullmatch(claims["sub"]):
        raise SignInRefused(gettext("The provider does not say who came: nobody is signed in."))
    return dict(claims)


def decoded(id_token: str) -> Any:
    """The token, its signature checked; with keys read anew once, since providers change them."""
    jwt, errors = import_module("joserfc.jwt"), import_module("joserfc.errors")
    try:
        return jwt.decode(id_token, keys(), algorithms=list(ALGORITHMS))
    except (errors.JoseError, ValueError):
        return jwt.decode(id_token, keys(anew=True), algorithms=list(ALGORITHMS))


def keys(*, anew: bool = False) -> Any:
    """The provider's keys."""
    key = f"oidc-keys:{settings.OIDC_ISSUER}"
    found = None if anew else cache.get(key)
    if found is None:
        found = as_json(called("GET", described()["jwks_uri"], JSON_TYPE))
        cache.set(key, found, KEPT_SECONDS)
    return import_module("joserfc.jwk").KeySet.import_key_set(found)


def called(method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
    """One call to the provider. Raises: SignInRefused."""
    hosts = tuple(settings.OUTGOING_ALLOW_HOSTS)
    try:
        reply = request(method, url, headers=headers, body=body, allow_hosts=hosts, limits=LIMITS, follow=False)
    except (CallRefused, CallFailed) as error:
        sentence = error.naming("OUTGOING_ALLOW_HOSTS") if isinstance(error, CallRefused) else str(error)
        raise SignInRefused(gettext("The provider cannot be asked: %(reason)s") % {"reason": sentence}) from None
    if reply.status != 200 or reply.truncated:
        raise SignInRefused(
            gettext("The provider refuses (%(reason)s): nobody is signed in.")
            % {"reason": f"{reply.status}{reason_in(reply)}"}
        )
    return reply


def reason_in(reply: Reply) -> str:
    """The word of an OAuth error, such as invalid_grant."""
    try:
        word = json.loads(reply.body)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f", {printable(str(word))[:LONGEST_REASON]}"


def as_json(reply: Reply) -> dict[str, Any]:
    """The object that a reply holds. Raises: SignInRefused."""
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SignInRefused(gettext("The provider answers something that is no JSON object: nobody is signed in."))
    return found

"""A provider of OpenID Connect on loopback: real HTTP, real signatures, and whatever a test wants it to get wrong."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "remediation", "client secret: 100 %"


class Provider:
    """What the stand-in knows, and what it has been asked."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        self.sign = signed
        self.claims = {"sub": "248289761001", "email": "mona@example.org", "email_verified": True}
        self.info: dict = {}
        self.description: dict = {}
        self.change: Callable[[dict], None] = lambda claims: None  # of an ID token
        self.asked: list[str] = []
        self.codes: dict[str, dict] = {}
        self.ended: list[str] = []  # whose sessions
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def described(self) -> dict:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        } | self.description

    def authorize(self, query: str) -> str:
        """Where the browser is sent back to: the person has signed in there."""
        asked = dict(parse_qsl(query))
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def end_session(self, query: str) -> str:
        """Where the browser is sent back to: the session of who the ID token is about has ended."""
        asked = dict(parse_qsl(query))
        assert asked["client_id"] == CLIENT
        self.ended.append(jwt.decode(asked["id_token_hint"], self.key, algorithms=["RS256"]).claims["sub"])
        return asked["post_logout_redirect_uri"]

    def token(self, authorization: str, body: str) -> tuple[int, dict]:
        given = {name: values[0] for name, values in parse_qs(body).items()}
        pair = base64.b64encode(f"{CLIENT}:client%20secret%3A%20100%20%25".encode()).decode()
        asked = self.codes.pop(given.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).decode()
        if authorization != f"Basic {pair}":
            return 401, {"error": "invalid_client"}
        if (
            not asked
            or challenge.rstrip("=") != asked["code_challenge"]
            or given["redirect_uri"] != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        } | self.claims
        self.change(claims)
        return 200, {"id_token": self.sign(self, claims), "access_token": "an access token", "token_type": "Bearer"}

    def answer(self, method: str, path: str, authorization: str, body: str) -> tuple[int, dict]:
        if path == "/.well-known/openid-configuration":
            return 200, self.described()
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False, use="sig")]}
        if path == "/userinfo" and authorization == "Bearer an access token":
            return 200, self.info
        return self.token(authorization, body) if (method, path) == ("POST", "/token") else (404, {})

    def handler(provider) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self, body: str = "") -> None:
                parts = urlsplit(self.path)
                provider.asked.append(parts.path)
                if leads_on := {"/authorize": provider.authorize, "/end": provider.end_session}.get(parts.path):
                    self.send_response(302)
                    self.send_header("Location", leads_on(parts.query))
                    self.end_headers()
                    return
                status, found = provider.answer(self.command, parts.path, self.headers.get("Authorization", ""), body)
                data = json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_POST(self) -> None:
                self.do_GET(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def another_key() -> RSAKey:
    """A key that the provider does not publish, under the name of the one that it does."""
    return RSAKey.generate_key(2048, {"kid": "one"}, private=True)


def signed_with_the_public_key(provider: Provider, claims: dict) -> str:
    """What a forger sends who hopes that the public key is taken for a shared secret."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    header = json.dumps({"alg": "HS256", "kid": "one"}).encode()
    said = f"{part(header)}.{part(json.dumps(claims).encode())}"
    return f"{said}.{part(hmac.digest(provider.key.as_pem(private=False), said.encode(), 'sha256'))}"


def without_signature(provider: Provider, claims: dict) -> str:
    """What a forger sends who hopes that nobody looks."""
    return jwt.encode({"alg": "none"}, claims, provider.key, algorithms=["none"])


def signed_with_another_key(provider: Provider, claims: dict) -> str:
    """What a forger sends who has a key of their own."""
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, another_key())


def signed(provider: Provider, claims: dict) -> str:
    """What the provider sends."""
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, provider.key)

"""What the tests of the API share: a token for each kind of account, and a client that speaks JSON."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone

from remediation_site.api import tokens
from remediation_site.api.scopes import Scope
from tracker.choices import Door

V1 = "/api/v1"


@dataclass
class Answered:
    """An answer of the API, read."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def kind(self) -> str:
        """The kind of a problem."""
        return self.body["type"].partition("#problem-")[2]


class Caller:
    """A program with a token."""

    def __init__(self, secret: str, user) -> None:
        self.secret, self.user, self.client = secret, user, Client(raise_request_exception=False)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answered:
        if body is not None and not isinstance(body, (bytes, str)):
            headers = {"content-type": "application/json"} | headers
            body = json.dumps(body)
        headers = {"authorization": f"Bearer {self.secret}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        kind = headers.pop("content-type", "application/json")
        done = self.client.generic(method, V1 + path, body or "", content_type=kind, headers=headers)
        is_json = "json" in done.headers.get("Content-Type", "")
        return Answered(done.status_code, json.loads(done.content) if is_json else done.content, dict(done.headers))

    def get(self, path: str, **query: object) -> Answered:
        """Read something."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return self("GET", f"{path}?{asked}" if asked else path)


@pytest.fixture
def kept_connection():
    """Let a WSGI application that is called in this process leave the connection of the test open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def make_caller(make_user):
    """A program with a token of somebody in a group, or of a given account."""

    def make(group: str = "Manager", *, user=None, scopes=tuple(Scope), **fields) -> Caller:
        if user is None:
            user = make_user(f"{group.lower()}-person")
            user.groups.add(Group.objects.get(name=group))
        given = {"name": "ci", "scopes": scopes, "creator": user, "door": Door.ADMIN, "now": timezone.now()} | fields
        _, secret = tokens.create(user, **given)
        return Caller(secret, user)

    return make


@pytest.fixture
def manager(make_caller) -> Caller:
    return make_caller("Manager")


@pytest.fixture
def engineer(make_caller) -> Caller:
    return make_caller("Engineer")

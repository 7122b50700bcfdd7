"""Tokens: made once and shown once, found by their hash, ended at once. The doors are the admin and a command."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, Group
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop

from remediation_site.api.scopes import Scope
from remediation_site.models import ApiToken, ServiceAccount
from tracker import audit
from tracker.choices import AuditVerb, Door
from tracker.history import name_of
from tracker.permissions import CHANGE_ISSUE, WORK_ON_OWN_ISSUE
from tracker.refusals import Refused

MARK = "rem_"  # by which people, and programs that look for leaked secrets, know a token
SHOWN = 12  # characters
SHAPE = re.compile(rf"{MARK}[A-Za-z0-9_-]{{43}}")  # 256 random bits
LONGEST_NAME = 80
MOST_DAYS, USUAL_DAYS = 366, 90
MOST_LIVE = 50  # of one account: more are forgotten ones
VALID, REVOKED, EXPIRED, NOT_ACTIVE = "valid", "revoked", "expired", "account not active"
# What pages say of each; commands print the word itself.
STATES = {
    VALID: gettext_noop("Valid"),
    REVOKED: gettext_noop("Revoked"),
    EXPIRED: gettext_noop("Expired"),
    NOT_ACTIVE: gettext_noop("Account not active"),
}
SEEN_EVERY = timedelta(minutes=1)
SERVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
CREATE_SERVICE_TOKEN = "remediation_site.create_service_token"  # noqa: S105 - the name of a right
CHANGE_TOKEN = "remediation_site.change_apitoken"  # noqa: S105
Creator = AbstractBaseUser | None  # None is the operator of the system


class TokenRefused(Refused):
    """No token is made or changed."""


def digest(secret: str) -> str:
    """What is kept of a secret. It has 256 random bits, so a fast hash without salt is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def find(secret: str, *, now: datetime) -> ApiToken | None:
    """The token of that secret, when it may be used now: not ended, not revoked, its account active. One query."""
    if not SHAPE.fullmatch(secret):
        return None
    usable = ApiToken.objects.filter(revoked_at=None, expires_at__gt=now, user__is_active=True)
    return usable.filter(sha256=digest(secret)).select_related("user__service_account").first()


def seen(token: ApiToken, *, now: datetime) -> None:
    """Keep that the token was used; at most one write a minute."""
    before = now - SEEN_EVERY
    if token.last_used_at is None or token.last_used_at <= before:
        rows = ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=before), pk=token.pk)
        rows.update(last_used_at=now)


@transaction.atomic
def create(
    user: AbstractBaseUser,
    *,
    name: str,
    scopes: Sequence[str],
    days: int = USUAL_DAYS,
    creator: Creator,
    door: Door,
    now: datetime,
) -> tuple[ApiToken, str]:
    """A new token of the account, and its secret, which nobody can read again. Raises: TokenRefused."""
    name = " ".join(name.split())
    live = ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=now).count()
    _refuse(
        _of_the_account(user, creator),
        ""
        if 0 < len(name) <= LONGEST_NAME and name.isprintable()
        else gettext("A name has 1 to %(most)s characters.") % {"most": LONGEST_NAME},
        _of_the_scopes(scopes),
        "" if 0 < days <= MOST_DAYS else gettext("A token is valid for 1 to %(most)s days.") % {"most": MOST_DAYS},
        ""
        if live < MOST_LIVE
        else gettext("An account has at most %(most)s tokens that are valid: revoke old ones first.")
        % {"most": MOST_LIVE},
    )
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=secret[:SHOWN],
        sha256=digest(secret),
        scopes=[scope.value for scope in Scope if scope in scopes],
        created_at=now,
        created_by=creator,
        created_by_name=name_of(creator) if creator else gettext("Operator"),
        expires_at=now + timedelta(days=days),
    )
    made = {"name": name, "account": user.get_username(), "scopes": token.scopes, "expires_at": token.expires_at}
    changes = {field: (None, value) for field, value in made.items()}
    audit.record(AuditVerb.ADD, token, actor=creator, door=door, now=now, changes=changes)
    return token, secret


@transaction.atomic
def service_of(name: str, *, group: Group | None, creator: Creator, door: Door, now: datetime) -> AbstractBaseUser:
    """The account of the service of that name; a new one gets the rights of the group. Raises: TokenRefused.

    It has no password and cannot log in. Nobody makes or uses one that may do more than they may themselves.
    """
    if not SERVICE_NAME.fullmatch(name):
        raise TokenRefused(gettext("The name of a service has letters, digits, dots and hyphens, at most 80 of them."))
    if creator and not creator.has_perm(CREATE_SERVICE_TOKEN):
        raise TokenRefused(gettext("You make tokens for yourself, and not for services."))
    user = get_user_model().objects.filter(username=name).first()
    if user and not is_service(user):
        raise TokenRefused(
            gettext("%(name)s is the account of a person: a token for it is made by that person.") % {"name": name}
        )
    if user and group and group not in user.groups.all():
        raise TokenRefused(
            gettext("%(name)s is there already, in other groups: leave the group out, or change them first.")
            % {"name": name}
        )
    if user is None:
        if group is None:
            raise TokenRefused(
                gettext("%(name)s is a new service: name the group whose rights it gets.") % {"name": name}
            )
        user = get_user_model()(username=name, is_staff=False)
        user.set_unusable_password()
        user.save()
        user.groups.add(group)
        by = name_of(creator) if creator else gettext("Operator")
        row = ServiceAccount.objects.create(user=user, created_at=now, created_by_name=by)
        changes = {"group": (None, group.name)}
        audit.record(AuditVerb.ADD, row, actor=creator, door=door, now=now, changes=changes)
    _refuse(_of_the_account(user, creator))
    return user


@transaction.atomic
def create_for_service(
    service: str, *, group: Group | None, creator: Creator, door: Door, now: datetime, **what: Any
) -> tuple[ApiToken, str]:
    """A new token of a service, whose account is made when it is new. Raises: TokenRefused, and nothing is written."""
    by = {"creator": creator, "door": door, "now": now}
    return create(service_of(service, group=group, **by), **what, **by)


def state(token: ApiToken, now: datetime) -> str:
    """Whether it can be used."""
    if token.revoked_at:
        return REVOKED
    if token.expires_at <= now:
        return EXPIRED
    return VALID if token.user.is_active else NOT_ACTIVE


def is_service(user: AbstractBaseUser) -> bool:
    """Whether a program has the account. One query, unless it was joined."""
    try:
        return user.service_account is not None
    except ServiceAccount.DoesNotExist:
        return False


def may_revoke(token: ApiToken, actor: AbstractBaseUser) -> bool:
    """Their own, those that they made, and all of them with the right to change tokens."""
    return actor.pk in (token.user_id, token.created_by_id) or actor.has_perm(CHANGE_TOKEN)


@transaction.atomic
def revoke(token: ApiToken, *, actor: Creator, door: Door, now: datetime) -> None:
    """End a token at once; one that has ended stays as it is. Raises: TokenRefused."""
    if actor and not may_revoke(token, actor):
        raise TokenRefused(gettext("This token is somebody else's."))
    by = name_of(actor) if actor else gettext("Operator")
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now, revoked_by_name=by):
        changes = {"revoked_at": (None, now)}
        audit.record(AuditVerb.CHANGE, token, actor=actor, door=door, now=now, changes=changes)
    token.refresh_from_db(fields=["revoked_at", "revoked_by_name"])


def wider_group(group: Group, creator: AbstractBaseUser) -> set[str]:
    """The rights of a group that the creator has not."""
    names = {f"{right.content_type.app_label}.{right.codename}" for right in group.permissions.all()}
    return set() if creator.is_superuser else _beyond(names, creator)


def wider(user: AbstractBaseUser, creator: AbstractBaseUser) -> set[str]:
    """The rights of the account that the creator has not."""
    if creator.is_superuser:
        return set()
    if user.is_superuser:
        return {"superuser"}
    return _beyond(user.get_all_permissions(), creator)


def _beyond(rights: set[str], creator: AbstractBaseUser) -> set[str]:
    more = rights - creator.get_all_permissions()
    return more - {WORK_ON_OWN_ISSUE} if creator.has_perm(CHANGE_ISSUE) else more  # any issue, so their own too


def _of_the_account(user: AbstractBaseUser, creator: Creator) -> str:
    if not user.is_active:
        return gettext("The account is not active.")
    if creator is None or user.pk == creator.pk:
        return ""
    if not is_service(user):
        return gettext("A person makes their own tokens: nobody acts in the name of somebody else.")
    if not creator.has_perm(CREATE_SERVICE_TOKEN):
        return gettext("You make tokens for yourself, and not for services.")
    if beyond := wider(user, creator):
        return gettext("The service may do more than you (%(right)s, for one): ask somebody who may do that, too.") % {
            "right": min(beyond)
        }
    return ""


def _of_the_scopes(scopes: Sequence[str]) -> str:
    if unknown := [scope for scope in scopes if scope not in list(Scope)]:
        return gettext("There is no scope %(scope)r: choose among %(scopes)s.") % {
            "scope": str(unknown[0])[:40],
            "scopes": ", ".join(Scope),
        }
    return (
        ""
        if scopes
        else gettext("Name what the token is for: one or more of %(scopes)s.") % {"scopes": ", ".join(Scope)}
    )


def _refuse(*reasons: str) -> None:
    if found := [sentence for sentence in reasons if sentence]:
        raise TokenRefused(found)

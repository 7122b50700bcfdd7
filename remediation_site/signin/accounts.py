"""Which account somebody from the provider signs in to, and in which groups that makes them."""

import re
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils.translation import gettext

from remediation_site.models import ExternalIdentity
from remediation_site.signin.provider import Claims, SignInRefused
from tracker import audit
from tracker.choices import AuditVerb, Door

NOT_OF_A_NAME = re.compile(r"[^\w.@+-]")


@transaction.atomic
def account_for(claims: Claims, *, now: datetime) -> User:
    """The account of who the provider says came, with the groups that it should be in. Raises: SignInRefused."""
    groups = groups_of(claims)
    user = known(claims, now=now) or bound(claims, now=now) or created(claims, now=now)
    if user is None:
        raise SignInRefused(
            gettext("You have no account here that this sign-in belongs to: ask the administrator for one.")
        )
    if not user.is_active or not user.is_staff:
        raise SignInRefused(gettext("Your account may not sign in here: ask the administrator."))
    if groups is not None:
        put_into(user, groups, now=now)
    return user


def groups_of(claims: Claims) -> set[str] | None:
    """The groups here that the provider's stand for; None where it has no say. Raises: SignInRefused."""
    if not settings.OIDC_GROUPS:
        return None
    said = claims.get(settings.OIDC_GROUPS_CLAIM)
    names = {said} if isinstance(said, str) else set(filter(_is_text, said)) if isinstance(said, list) else set()
    groups = {here for there, here in settings.OIDC_GROUPS.items() if there in names}
    if not groups:
        raise SignInRefused(gettext("You are in none of the groups that may sign in here: ask the administrator."))
    return groups


def known(claims: Claims, *, now: datetime) -> User | None:
    """The account that this person of this provider has signed in to before."""
    rows = ExternalIdentity.objects.select_related("user")
    if (identity := rows.filter(issuer=settings.OIDC_ISSUER, subject=claims["sub"]).first()) is None:
        return None
    ExternalIdentity.objects.filter(pk=identity.pk).update(last_used_at=now)
    return identity.user


def bound(claims: Claims, *, now: datetime) -> User | None:
    """The one account with this verified address, bound to the person from now on, where the site allows that.

    Not that of a superuser: whoever can give out addresses at the provider must not become one.
    """
    if not settings.OIDC_BIND_BY_EMAIL or not (email := verified_email(claims)):
        return None
    users = list(User.objects.select_for_update().filter(email__iexact=email, is_superuser=False)[:2])
    if len(users) != 1 or users[0].external_identities.filter(issuer=settings.OIDC_ISSUER).exists():
        return None
    bind(users[0], claims, now=now)
    return users[0]


def created(claims: Claims, *, now: datetime) -> User | None:
    """A new account without a password, where the site allows that."""
    if not settings.OIDC_CREATE_ACCOUNTS:
        return None
    email = verified_email(claims)
    if not email or User.objects.filter(email__iexact=email).exists():
        return None
    name = NOT_OF_A_NAME.sub("", email)[:150]
    if User.objects.filter(username=name).exists():
        return None
    user = User(username=name, email=email, is_staff=True)
    user.first_name, user.last_name = text_of(claims, "given_name"), text_of(claims, "family_name")
    user.set_unusable_password()
    user.save(force_insert=True)
    bind(user, claims, now=now)
    return user


def bind(user: User, claims: Claims, *, now: datetime) -> None:
    """Let this person of this provider sign in to the account."""
    identity = ExternalIdentity.objects.create(
        user=user, issuer=settings.OIDC_ISSUER, subject=claims["sub"], created_at=now, last_used_at=now
    )
    record_binding(identity, actor=user, now=now)


def record_binding(identity: ExternalIdentity, *, actor: User, now: datetime) -> None:
    """Keep in the audit to whom an account was opened."""
    changes = {"single sign-on": (None, str(identity))}
    audit.record(AuditVerb.CHANGE, identity.user, actor=actor, door=Door.ADMIN, now=now, changes=changes)


def put_into(user: User, names: Collection[str], *, now: datetime) -> None:
    """Put the person into these groups, and out of the others that the provider decides about."""
    decided = set(settings.OIDC_GROUPS.values())
    before = set(user.groups.filter(name__in=decided).values_list("name", flat=True))
    groups = {group.name: group for group in Group.objects.filter(name__in=decided)}
    if missing := set(names) - set(groups):
        raise SignInRefused(
            gettext("The group %(group)s of OIDC_GROUPS does not exist here: ask the administrator.")
            % {"group": min(missing)}
        )
    user.groups.remove(*(groups[name] for name in before - set(names)))
    user.groups.add(*(groups[name] for name in set(names) - before))


def verified_email(claims: Claims) -> str:
    """The person's address, "" unless the provider has verified it."""
    email = text_of(claims, "email", 254)
    said = claims.get("email_verified")  # some write it as a text
    return email if email.count("@") == 1 and (said is True or said == "true") else ""


def text_of(claims: Claims, name: str, longest: int = 150) -> str:
    """A claim that is a text, on one line."""
    value = claims.get(name)
    return " ".join(value.replace("\0", "").split())[:longest] if isinstance(value, str) else ""


def _is_text(value: object) -> bool:
    return isinstance(value, str)

"""`manage.py token`: make, list and revoke tokens of the API."""

from datetime import UTC
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from remediation_site.api import tokens
from remediation_site.api.scopes import Scope
from remediation_site.models import ApiToken
from tracker import terminal
from tracker.choices import Door
from tracker.management.base import DoorCommand
from tracker.refusals import Refused

HEADS = ("Number", "Begins with", "Account", "Name", "Scopes", "Expires", "Last used", "State")
MOST_LISTED = 500


class Command(DoorCommand):
    help = "Makes, lists and revokes tokens of the API. A secret is shown once, when its token is made."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a token and show its secret")
        whose = create.add_mutually_exclusive_group(required=True)
        whose.add_argument("--user", metavar="USERNAME", help="for the programs of this person")
        whose.add_argument("--service", metavar="NAME", help="for a service, whose account is made when it is new")
        create.add_argument("--group", metavar="NAME", help="the group whose rights a new service gets")
        create.add_argument("--name", required=True, help="what uses it; history names it")
        create.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=list(map(str, Scope)),
            help="what it is for (may be given several times)",
        )
        create.add_argument(
            "--days", type=int, default=tokens.USUAL_DAYS, help="valid for so many (default %(default)s)"
        )
        create.add_argument("--json", action="store_true", help="write one JSON object")
        listing = verbs.add_parser("list", help="the newest tokens, without their secrets")
        listing.add_argument("--user", metavar="USERNAME", help="of this account only")
        listing.add_argument("--json", action="store_true", help="write one JSON object")
        revoke = verbs.add_parser("revoke", help="end a token at once")
        revoke.add_argument("token", metavar="TOKEN", help="its number, or the beginning that the list shows")

    def handle(self, **options: Any) -> None:
        try:
            getattr(self, f"_{options['verb']}")(options)
        except Refused as refused:
            raise CommandError("\n".join(refused.reasons)) from refused

    def _create(self, options: dict[str, Any]) -> None:
        by = {"creator": None, "door": Door.COMMAND, "now": timezone.now()}
        given = {"name": options["name"], "scopes": options["scope"], "days": options["days"]}
        if service := options["service"]:
            token, secret = tokens.create_for_service(service, group=_group(options["group"]), **given, **by)
        else:
            token, secret = tokens.create(_person(options["user"]), **given, **by)
        if options["json"]:
            self.say_json(described(token) | {"token": secret})
            return
        self.say([secret])
        until = f"until {token.expires_at:%Y-%m-%d}"
        self.remark(f"Token {token.pk} of {token.user.get_username()}, {until}. Keep it: it is not shown again.")

    def _list(self, options: dict[str, Any]) -> None:
        rows = ApiToken.objects.select_related("user").order_by("-created_at", "-pk")
        if options["user"]:
            rows = rows.filter(user=_person(options["user"]))
        found = list(rows[:MOST_LISTED])
        if options["json"]:
            self.say_json({"tokens": [described(token) for token in found]})
            return
        lines = [HEADS, *(tuple(map(str, _cells(token))) for token in found)]
        self.say(terminal.table(lines, width=self.width()))

    def _revoke(self, options: dict[str, Any]) -> None:
        token = _token(options["token"])
        tokens.revoke(token, actor=None, door=Door.COMMAND, now=timezone.now())
        self.say([terminal.printable(f"Token {token.pk} ({token.name}) is revoked.")])


def _person(username: str) -> object:
    person = get_user_model().objects.filter(username=username).first()
    if person is None:
        raise CommandError(f"There is no account {username!r}.")
    return person


def _group(name: str | None) -> Group | None:
    if name is None:
        return None
    group = Group.objects.filter(name=name).first()
    if group is None:
        known = ", ".join(Group.objects.order_by("name").values_list("name", flat=True)[:20])
        raise CommandError(f"There is no group {name!r}: name one of {known}.")
    return group


def _token(words: str) -> ApiToken:
    is_number = words.isascii() and words.isdecimal() and len(words) < 19
    by = {"pk": int(words)} if is_number else {"prefix": words[: tokens.SHOWN]}
    found = list(ApiToken.objects.filter(**by)[:2])
    if len(found) != 1:
        raise CommandError(
            f"There is no token {words[: tokens.SHOWN]!r}, or more than one: `token list` shows their numbers."
        )
    return found[0]


def _cells(token: ApiToken) -> tuple:
    seen = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never"
    scopes = " ".join(token.scopes)
    until = f"{token.expires_at:%Y-%m-%d}"
    word = tokens.state(token, timezone.now())
    return token.pk, token.prefix, token.user.get_username(), token.name, scopes, until, seen, word


def described(token: ApiToken) -> dict[str, Any]:
    """A token for machines, without its secret."""
    used = token.last_used_at
    return {
        "number": token.pk,
        "prefix": token.prefix,
        "account": token.user.get_username(),
        "name": token.name,
        "scopes": token.scopes,
        "expires_at": token.expires_at.astimezone(UTC).isoformat(),
        "last_used_at": used.astimezone(UTC).isoformat() if used else None,
        "state": tokens.state(token, timezone.now()),
    }

"""A table that a person uploads, looks at and confirms: what is written is exactly what was shown, or nothing."""

from datetime import datetime, timedelta
from io import BytesIO

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from tracker.choices import Door
from tracker.models import ImportDraft
from tracker.reasons import refusal as reason_refusal
from tracker.sheets.outcome import Outcome
from tracker.sheets.take import ImportRefused, Request, run

MOST_BYTES = 4 * 1024 * 1024  # with the form below what the example of a proxy lets pass
MOST_ROWS = 2000  # within the minute that proxies wait
KEPT_FOR = timedelta(days=1)
LONGEST_NAME = 200
GONE = gettext_noop(
    "This table is not waiting any more: it was imported, or another one was uploaded since. Upload it again."
)


def keep(
    user: AbstractBaseUser, *, name: str, content: bytes, reason: str, mapped: dict[str, str], now: datetime
) -> ImportDraft:
    """Keep the table until it is confirmed, in place of the person's earlier one. Raises: ImportRefused."""
    if len(content) > MOST_BYTES:
        raise ImportRefused(
            gettext("The file has more than %(most)s bytes: import it with import_issues, or split it.")
            % {"most": f"{MOST_BYTES:,}"}
        )
    if sentence := reason_refusal(reason):
        raise ImportRefused(sentence)
    purge(now)
    values = {"name": name[-LONGEST_NAME:], "content": content, "reason": reason, "mapped": mapped, "made_at": now}
    ImportDraft.objects.filter(user=user).delete()  # a new number: what was shown of the earlier one is not confirmed
    return ImportDraft.objects.create(user=user, **values)


def purge(now: datetime) -> int:
    """Forget the tables that nobody has confirmed within a day; how many."""
    return ImportDraft.objects.filter(made_at__lte=now - KEPT_FOR).delete()[0]


def look(draft: ImportDraft, *, zone: str, now: datetime) -> Outcome:
    """What importing the table would do. Raises: ImportRefused."""
    return run(BytesIO(bytes(draft.content)), _request(draft, zone, now, ""), write=False)


@transaction.atomic
def confirm(user: AbstractBaseUser, draft_id: int, *, digest: str, zone: str, now: datetime) -> Outcome:
    """Import the table, if that does what was shown. Raises: OtherwiseNow when not, ImportRefused."""
    draft = ImportDraft.objects.select_for_update().filter(user=user, pk=draft_id).first()
    if draft is None:
        raise ImportRefused(gettext(GONE))
    found = run(BytesIO(bytes(draft.content)), _request(draft, zone, now, digest), write=True)
    draft.delete()
    return found


def _request(draft: ImportDraft, zone: str, now: datetime, expected: str) -> Request:
    return Request(
        name=draft.name,
        actor=draft.user,
        door=Door.ADMIN,
        now=now,
        zone=zone,
        mapped=draft.mapped,
        reason=draft.reason,
        expected=expected,
        most_rows=MOST_ROWS,
        most_bytes=MOST_BYTES,
    )

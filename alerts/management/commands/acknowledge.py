"""`manage.py acknowledge`: say that somebody takes care of an alert, or let it rest for a while with a reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from alerts import silences
from alerts.choices import SilenceDoor, SilenceKind
from alerts.models import Alert, Silence
from tracker import terminal
from tracker.management.base import DoorCommand

MOST_HOURS = 10 * 365 * 24


class Command(DoorCommand):
    help = "Acknowledges an alert: nobody is told until that ends, then escalation goes on from where it was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--alert-id", required=True, type=int, metavar="N", help="number of the alert")
        parser.add_argument("--acknowledged-by", metavar="NAME", default="", help="who takes care of it")
        parser.add_argument("--hours", type=int, metavar="H", help="quiet for so many hours")
        parser.add_argument("--snooze", action="store_true", help="let it rest instead; needs --hours and --reason")
        parser.add_argument("--reason", default="", help="why it may rest, or what is being done")
        parser.add_argument("--json", action="store_true", help="say the result as one JSON object")
        self.add_actor_argument(parser)

    def handle(self, **options: Any) -> None:
        actor = self.actor(options["actor"])
        if not actor and not options["acknowledged_by"].strip():
            raise CommandError("Say who it is, with --acknowledged-by NAME.", returncode=2)
        now = timezone.now()
        wish = {"actor": actor, "name": options["acknowledged_by"], "door": SilenceDoor.COMMAND, "now": now}
        wish |= {"reason": options["reason"], "until": self._until(options["hours"], now)}
        verb = silences.snooze if options["snooze"] else silences.acknowledge
        try:
            silence = verb(options["alert_id"], **wish)
        except Alert.DoesNotExist:
            raise CommandError(f"There is no alert {options['alert_id']}.") from None
        except silences.SilenceRefused as refused:
            raise CommandError("\n".join(refused.reasons)) from refused
        self._tell(silence, as_json=options["json"])

    def _until(self, hours: int | None, now: datetime) -> datetime | None:
        if hours is None:
            return None
        if not 0 < hours <= MOST_HOURS:
            raise CommandError("--hours is a number of hours above 0, and at most ten years.", returncode=2)
        return now + timedelta(hours=hours)

    def _tell(self, silence: Silence, *, as_json: bool) -> None:
        alert = silence.alert
        if as_json:
            self.say_json(described(silence))
            return
        until = f"{timezone.localtime(silence.until):%Y-%m-%d %H:%M %Z}"
        self.say([terminal.printable(f"Alert {alert.pk}: {alert.sentence}")])
        label = SilenceKind(silence.kind).label
        self.say([terminal.printable(f"{label} by {silence.by_name} until {until}; then escalation goes on.")])


def described(silence: Silence) -> dict[str, Any]:
    """A silence for machines."""
    return {
        "alert": silence.alert_id,
        "silence": silence.pk,
        "kind": silence.kind,
        "by": silence.by_name,
        "at": silence.at.astimezone(UTC).isoformat(),
        "until": silence.until.astimezone(UTC).isoformat(),
        "reason": silence.reason,
    }

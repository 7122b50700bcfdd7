"""POST /alerts/slack/actions: somebody pressed a button of a message in Slack."""

import json
import logging
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from alerts import silences, slack_buttons
from alerts.choices import SilenceDoor
from alerts.models import Alert
from alerts.slack_buttons import Press
from tracker import guarded
from tracker.refusals import Refused

logger = logging.getLogger(__name__)
# Slack waits three seconds for its answer, and what is written here waits for Slack.
ANSWER_LIMITS = guarded.Limits(connect_seconds=1, read_seconds=1.5, total_seconds=2, most_bytes=16 * 1024)


@csrf_exempt  # Slack signs instead
@require_POST
def slack_actions(request: HttpRequest) -> HttpResponse:
    """Acknowledge what was asked for and say so in the message; a refusal is told to the person who pressed alone."""
    if not settings.SLACK_SIGNING_SECRET:
        return _said(gettext("Slack's buttons are not set up here: an operator sets SLACK_SIGNING_SECRET."), 404)
    body = request.body
    if len(body) > slack_buttons.LONGEST_BODY:
        return _said(gettext("This is longer than anything that Slack sends."), 413)
    if not slack_buttons.is_from_slack(body, request.headers, secret=settings.SLACK_SIGNING_SECRET):
        return _said(gettext("This was not signed by Slack within the last five minutes."), 403)
    try:
        press = slack_buttons.read(body, signature=request.headers["X-Slack-Signature"])
    except slack_buttons.PressRefused as refusal:
        return _said(str(refusal), 400)
    _tell(press, _carried_out(press))
    return HttpResponse(status=200)


def _carried_out(press: Press) -> dict[str, object]:
    """What the person is told after the press."""
    try:
        owner = slack_buttons.owner_of(press)
        silence = silences.acknowledge(
            press.alert_id,
            actor=owner.user,
            door=SilenceDoor.SLACK,
            now=timezone.now(),
            link=press.link,
        )
    except Refused as refusal:
        return slack_buttons.refused(str(refusal))
    except Alert.DoesNotExist:
        return slack_buttons.refused(gettext("The alert is not there any more."))
    until = date_format(timezone.localtime(silence.until), "D j M Y, H:i T")
    return slack_buttons.answered(
        press, gettext("Acknowledged by %(name)s, quiet until %(until)s.") % {"name": owner.name, "until": until}
    )


def _tell(press: Press, message: dict[str, object]) -> None:
    """Answer where Slack wants the answer; what was done stays done when that fails."""
    if not _is_slack(press.response_url):
        logger.warning("An answer to Slack was not sent: %s is not Slack's host.", guarded.shown(press.response_url))
        return
    try:
        guarded.request(
            "POST",
            press.response_url,
            headers={"Content-Type": "application/json; charset=utf-8"},
            body=json.dumps(message).encode(),
            allow_hosts=tuple(settings.OUTGOING_ALLOW_HOSTS),
            limits=ANSWER_LIMITS,
            follow=False,
        )
    except (guarded.CallRefused, guarded.CallFailed) as error:
        logger.warning("An answer to Slack did not come through: %s", error)


def _is_slack(url: str) -> bool:
    """Whether an address is at the host where Slack takes answers, and nowhere else."""
    try:
        there, slack = urlsplit(url), urlsplit(settings.SLACK_ANSWER_URL)
    except ValueError:
        return False
    return (there.scheme, there.netloc) == (slack.scheme, slack.netloc)


def _said(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")

"""Everything else, by Apprise: the channel's secret (or address) is one Apprise address, such as pagerduty://….

Only schemes listed here are used: plugins that talk HTTP to a service of the internet, or to a host that the address
names and that the guard has looked at before. Apprise opens its connections itself; docs/decisions/channels.md says
what the guard cannot see of that.
"""

import logging
import re
from urllib.parse import parse_qsl, urlsplit

from apprise import Apprise, AppriseAsset, AppriseResult, NotifyBase, NotifyFormat, NotifyType
from django.conf import settings
from django.utils.translation import gettext

from alerts.channels.answers import MAY_BE_WELL_LATER, Answer, Refused
from alerts.choices import Severity
from alerts.envelope import Envelope
from alerts.models import Channel
from alerts.secrets import SecretProblem, secret_of
from tracker.guarded import CallFailed, CallRefused, resolved, target_of
from tracker.terminal import printable

# Plugins of these know themselves where they call.
SERVICES = frozenset(
    {
        "dingtalk",
        "discord",
        "feishu",
        "gchat",
        "ifttt",
        "ilert",
        "incidentio",
        "lark",
        "msgbird",
        "nexmo",
        "opsgenie",
        "pagerduty",
        "pagertree",
        "plivo",
        "pover",
        "sendgrid",
        "signl4",
        "sinch",
        "spike",
        "squadcast",
        "telnyx",
        "tgram",
        "threema",
        "twilio",
        "victorops",
        "vonage",
        "webex",
        "wxteams",
        "zoom",
    }
)
# These call the host that stands in the address: scheme → the scheme of the call.
OWN_HOST = {
    "form": "http",
    "forms": "https",
    "gotify": "http",
    "gotifys": "https",
    "json": "http",
    "jsons": "https",
    "mmost": "http",
    "mmosts": "https",
    "rocket": "http",
    "rockets": "https",
    "workflow": "https",  # Microsoft Teams
    "workflows": "https",
    "xml": "http",
    "xmls": "https",
}
# Options of an address: one leads elsewhere, one reads files of this machine, one trusts any certificate.
REFUSED_OPTIONS = frozenset({"redirect", "template", "verify"})
CODE = re.compile(r"error=(\d{3})")
TYPES = {
    Severity.INFO: NotifyType.INFO,
    Severity.WARNING: NotifyType.WARNING,
    Severity.CRITICAL: NotifyType.FAILURE,
    Severity.EMERGENCY: NotifyType.FAILURE,
}

logging.getLogger("apprise").setLevel(logging.WARNING)  # below that it writes addresses and bodies


def problem(channel: Channel) -> str:
    """Why nothing can be sent, or ""."""
    try:
        url = address_of(channel)
    except SecretProblem as missing:
        return str(missing)
    scheme = scheme_of(url)
    if not scheme:
        return gettext("The channel has no Apprise address: enter one as its secret, such as tgram://TOKEN/CHAT.")
    if scheme not in SERVICES and scheme not in OWN_HOST:
        return gettext("%(scheme)s:// is not among the schemes that may be used: docs/alerts.md lists them.") % {
            "scheme": printable(scheme[:40])
        }
    try:
        options = {name.lower() for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    except ValueError:
        return gettext("The Apprise address cannot be read.")
    return next(
        (
            gettext("The Apprise address may not have the option %(name)s.") % {"name": name}
            for name in REFUSED_OPTIONS & options
        ),
        "",
    )


def send(channel: Channel, envelope: Envelope) -> Answer:
    """Hand the message to the service. Raises: Refused."""
    if wrong := problem(channel):
        raise Refused(wrong, permanent=True, whole_channel=True)
    url = address_of(channel)
    asset = AppriseAsset(http_redirects=False, async_mode=False)
    service = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        raise Refused(
            gettext("Apprise cannot use this %(scheme)s:// address.") % {"scheme": scheme_of(url)},
            permanent=True,
            whole_channel=True,
        )
    _look_at(service, scheme_of(url))
    sender = Apprise(asset=asset)
    sender.add(service)
    result = sender.notify(
        title=envelope.subject,
        body=f"{envelope.text}\n\n{gettext('Message %(key)s') % {'key': envelope.idempotency_key}}",
        notify_type=TYPES[envelope.severity],
        body_format=NotifyFormat.TEXT,
        timeout=settings.SEND_SECONDS,
    )
    if result:
        return Answer(gettext("Apprise handed the message over."))
    raise _refusal(result)


def address_of(channel: Channel) -> str:
    """The Apprise address; the secret goes before what everybody may see. Raises: SecretProblem."""
    return secret_of(channel) or channel.address


def scheme_of(url: str) -> str:
    """The scheme of an address, "" when it has none."""
    return url.partition("://")[0].lower() if "://" in url else ""


def _look_at(service: NotifyBase, scheme: str) -> None:
    """Refuse a host of the address to which nothing may go. Raises: Refused."""
    if scheme not in OWN_HOST:
        return
    host = f"[{service.host}]" if ":" in service.host else service.host
    url = f"{OWN_HOST[scheme]}://{host}:{service.port}" if service.port else f"{OWN_HOST[scheme]}://{host}"
    try:
        target_of(
            url,
            schemes=("http", "https"),
            allow_hosts=tuple(settings.OUTGOING_ALLOW_HOSTS),
            resolve=resolved,
            seconds=settings.SEND_SECONDS,
        )
    except CallRefused as refused:
        sentence = refused.naming("OUTGOING_ALLOW_HOSTS")
        raise Refused(sentence, permanent=True, whole_channel=True) from None
    except CallFailed as failed:
        raise Refused(str(failed), permanent=False, whole_channel=True) from None


def _refusal(result: AppriseResult) -> Refused:
    """Apprise tells a status only in words of its log: without one, another try may go better."""
    words = " ".join(entry.message for entry in result.logs())
    code = CODE.search(words)
    permanent = bool(code) and 300 <= int(code[1]) < 500 and int(code[1]) not in MAY_BE_WELL_LATER
    sentence = (
        gettext("The service answered %(code)s.") % {"code": code[1]}
        if code
        else gettext("Apprise could not hand it over (%(name)s).") % {"name": result.status.name}
    )
    return Refused(sentence, permanent=permanent, whole_channel=not permanent)

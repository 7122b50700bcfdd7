"""What a message looks like in Slack: text for the notification, blocks for the message itself."""

from django.conf import settings
from django.utils.translation import gettext
from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ContextBlock, HeaderBlock, SectionBlock
from slack_sdk.models.blocks.basic_components import MarkdownTextObject, PlainTextObject

from alerts.choices import Event
from alerts.envelope import Envelope, Line
from alerts.slack_buttons import ACKNOWLEDGE, value_of

MOST_LINES = 20  # two blocks each, and Slack takes 50
MOST_PIECES = 40
LONGEST_HEADER = 150
LONGEST_SECTION = 2900  # Slack takes 3000
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escaped(text: str) -> str:
    """Words from outside: without < they can name no link, no person and no @channel."""
    return text.translate(ESCAPES)


def text(envelope: Envelope) -> str:
    """What a notification shows, and what programs read that know no blocks."""
    return escaped(envelope.subject)


def blocks(envelope: Envelope) -> list[Block]:
    """The message: each alert with a link and a button, or the text of a digest."""
    found: list[Block] = [HeaderBlock(text=PlainTextObject(text=envelope.subject[:LONGEST_HEADER], emoji=False))]
    for number, line in enumerate(envelope.lines[:MOST_LINES]):
        found += _line(line, number)
    more = len(envelope.lines) - MOST_LINES
    if more > 0:
        found.append(_section(gettext("and <%(url)s|%(number)s more>") % {"url": envelope.site_url, "number": more}))
    if not envelope.lines:
        found += [_section(piece) for piece in pieces(escaped(envelope.text))[:MOST_PIECES]]
    name = gettext("Message %(key)s") % {"key": escaped(envelope.idempotency_key)}
    found.append(ContextBlock(elements=[MarkdownTextObject(text=name)]))
    return found


def pieces(words: str) -> list[str]:
    """The lines of a text in pieces that Slack takes; a line that is longer than one piece is cut."""
    found = [""]
    for line in (line[:LONGEST_SECTION] for line in words.splitlines()):
        if len(found[-1]) + len(line) >= LONGEST_SECTION:
            found.append("")
        found[-1] += f"{line}\n"
    return [piece for piece in found if piece.strip()]


def _line(line: Line, number: int) -> list[Block]:
    link = f"<{line.url}|{escaped(line.reference or gettext('Open'))}>"
    section = _section(f"*{line.severity.label}* {escaped(line.sentence)}\n{escaped(line.facts)} · {link}")
    if line.resolved or line.event == Event.RESOLVED:
        return [section]
    if not settings.SLACK_SIGNING_SECRET:
        return [section]  # Slack would have nobody to tell of a press
    button = ButtonElement(text=gettext("Acknowledge"), action_id=ACKNOWLEDGE, value=value_of(line.alert_id))
    return [section, ActionsBlock(elements=[button], block_id=f"alert:{line.alert_id}:{number}")]


def _section(words: str) -> SectionBlock:
    return SectionBlock(text=MarkdownTextObject(text=words, verbatim=True))


def metadata(envelope: Envelope) -> dict[str, object]:
    """What programs read of a message: the key that is the same in each try."""
    return {"event_type": "remediation_alert", "event_payload": {"idempotency_key": envelope.idempotency_key}}

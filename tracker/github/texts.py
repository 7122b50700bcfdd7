"""What GitHub is told of an issue. Titles, names and descriptions are untrusted, and nothing in them acts there.

GitHub turns @names, #1, GH-1 and addresses of issues into mentions that reach people and other issues, after it has
read the Markdown: a backslash does not stop that, an invisible character within does. So these get one, the characters
of Markdown and HTML are written as such, and a description stands in a fence that is longer than any in it.
"""

import hashlib
import re
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from tracker.choices import Status
from tracker.models import GitHubLink, Issue
from tracker.querysets import CLOSED
from tracker.terminal import UNPRINTABLE

BREAK = "\u200b"  # zero width: mentions and links end at it
LONGEST_TITLE = 250  # GitHub takes 256
LONGEST_TEXT = 20_000  # GitHub takes 65,536 in all
ACTIVE = re.compile(r"(?<=@)|(?<=#)|(?<=\bGH-)|(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&=:@$^\"'])")
FENCE = re.compile(r"`{3,}")
OPEN, CLOSED_THERE = "open", "closed"
COMPLETED, NOT_PLANNED = "completed", "not_planned"
# What the status of an issue says about the state at GitHub; of all others, nothing.
STATES = {
    Status.VALIDATED: (CLOSED_THERE, COMPLETED),
    Status.CANCELLED: (CLOSED_THERE, NOT_PLANNED),
    Status.FAILED: (OPEN, ""),
}


@dataclass(frozen=True, slots=True)
class Saying:
    """What GitHub should show. `state` is "" where the issue says nothing about it."""

    title: str
    block: str
    state: str
    reason: str

    @property
    def digest(self) -> str:
        """What tells it from anything else that could be said."""
        return hashlib.sha256("\0".join((self.title, self.block, self.state, self.reason)).encode()).hexdigest()


def saying(link: GitHubLink) -> Saying:
    """What GitHub should show of the issue of a link."""
    issue = link.issue
    state, reason = STATES.get(Status(issue.status), ("", "")) if link.repository.closes_there else ("", "")
    if not state and issue.status not in CLOSED and link.said_state == CLOSED_THERE:
        state = OPEN  # we have closed it, and it is open again here
    return Saying(title_of(issue), block_of(link), state, reason)


def title_of(issue: Issue) -> str:
    """The title at GitHub: the reference, and the title as plain text that mentions nobody."""
    words = f"[{issue.reference}] {_harmless(_one_line(issue.title))}"
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1].rstrip() + "…"


def block_of(link: GitHubLink) -> str:
    """Our part of the text at GitHub, between two comments by which it is found again."""
    issue = link.issue
    lines = [
        opening(link),
        f"**[{issue.reference}]({url_of(issue)})**: {inline(issue.title)}",
        "",
        "- " + gettext("Priority: %(priority)s") % {"priority": inline(issue.get_priority_display())},
        "- " + gettext("Status: %(status)s") % {"status": inline(issue.get_status_display())},
        "- " + gettext("Deadline: %(deadline)s") % {"deadline": _deadline(issue)},
        "- "
        + gettext("Owner: %(owner)s") % {"owner": inline(issue.owner.name) if issue.owner else gettext("nobody yet")},
        *(_description(issue.description) if link.repository.with_text else ()),
        "",
        gettext("Closing this issue does not validate the work: the evidence is kept where the link leads."),
        closing(link),
    ]
    return "\n".join(lines)


def opening(link: GitHubLink) -> str:
    """The comment with which our part begins; it marks the issue as the one of this link."""
    return f"<!-- remediation {link.key} -->"


def closing(link: GitHubLink) -> str:
    """The comment with which our part ends."""
    return f"<!-- /remediation {link.key} -->"


def with_block(body: str, link: GitHubLink, block: str) -> str:
    """A text at GitHub with our part in it made new; the text itself where somebody has taken our part out."""
    begin, end = body.find(opening(link)), body.rfind(closing(link))
    if begin < 0 or end < begin:
        return body
    return body[:begin] + block + body[end + len(closing(link)) :]


def inline(text: str) -> str:
    """An untrusted text as one line of Markdown that shows what it says and does nothing."""
    return MARKDOWN.sub(r"\\\1", _harmless(_one_line(text)))


def url_of(issue: Issue) -> str:
    """The page of an issue on this site."""
    return settings.SITE_URL.rstrip("/") + reverse("admin:tracker_issue_change", args=[issue.pk])


def label_list(labels: str) -> list[str]:
    """The labels of a repository, each once."""
    return list(dict.fromkeys(word for line in labels.splitlines() if (word := _one_line(line))))


def _description(text: str) -> list[str]:
    kept = UNPRINTABLE.sub(lambda found: "\n" if found.group() == "\n" else " ", text).strip()
    if not kept:
        return []
    if len(kept) > LONGEST_TEXT:
        kept = kept[:LONGEST_TEXT].rstrip() + "…"
    kept = kept.replace("<!--", f"<!{BREAK}--")  # nothing in it is taken for one of our marks
    fence = "`" * max([3, *(len(run) + 1 for run in FENCE.findall(kept))])
    return ["", f"{fence}text", kept, fence]


def _deadline(issue: Issue) -> str:
    return f"{issue.deadline:%Y-%m-%d %H:%M} UTC" if issue.deadline else gettext("none")


def _harmless(text: str) -> str:
    """The text with an invisible character within everything that GitHub would make a mention or a link of."""
    return ACTIVE.sub(BREAK, text)


def _one_line(text: str) -> str:
    return " ".join(UNPRINTABLE.sub(" ", text).split())

"""Opens and resolves the alerts about the whole site, a channel or a level, and keeps their words up to date.

There are a handful of them at most, so their rows come here.
"""

from collections.abc import Sequence

from alerts.findings import Finding
from alerts.models import Alert
from alerts.opening import Policies, frozen
from alerts.rules import BY_KEY, Moment
from tracker.batches import write_each

WORDS = ("sentence", "severity")
ROUTE = ("priority", "policy", "next_step_at")


def compare(found: dict[str, Sequence[Finding]], moment: Moment, policies: Policies) -> tuple[int, int]:
    """Make the open alerts of these rules what was found; how many were opened, and how many resolved."""
    wanted = {(finding.rule.key, finding.subject): finding for findings in found.values() for finding in findings}
    there = {(alert.rule, alert.subject): alert for alert in Alert.objects.open().filter(rule__in=found)}
    new = [_opened(finding, moment, policies) for key, finding in wanted.items() if key not in there]
    Alert.objects.bulk_create(new)
    _follow({there[key]: finding for key, finding in wanted.items() if key in there}, moment, policies)
    gone = [alert for key, alert in there.items() if key not in wanted]
    write_each(
        Alert,
        ("resolved_at", "resolution", "next_step_at"),
        [(alert.pk, moment.now, f"{BY_KEY[alert.rule].ended}.", None) for alert in gone],
    )
    return len(new), len(gone)


def _opened(finding: Finding, moment: Moment, policies: Policies) -> Alert:
    return Alert(
        rule=finding.rule.key,
        subject=finding.subject,
        sentence=finding.sentence,
        priority=finding.priority,
        severity=finding.severity,
        policy=frozen(finding.rule, policies)[finding.priority],
        anchor_at=moment.now,
        opened_at=moment.now,
        next_step_at=moment.now,
    )


def _follow(pairs: dict[Alert, Finding], moment: Moment, policies: Policies) -> None:
    """Write what has changed: the words, and with another priority the policy."""
    words, routes = [], []
    for alert, finding in pairs.items():
        if (alert.sentence, alert.severity) != (finding.sentence, finding.severity):
            words.append((alert.pk, finding.sentence, finding.severity))
        if alert.priority != finding.priority:
            policy = frozen(finding.rule, policies)[finding.priority]
            routes.append((alert.pk, finding.priority, policy, moment.now))
    write_each(Alert, WORDS, words)
    write_each(Alert, ROUTE, routes)

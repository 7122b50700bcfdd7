"""The questions of the rules as somebody would write them in SQL for PostgreSQL by hand.

A statement that opens and one that resolves for each rule about issues and analyses, one for the severity of what is
late, and what is asked about the revenue, dead messages and levels without a person. The thresholds are those of a new
site. It knows nothing of policies that change, of moved deadlines, or of who is told.
"""

import json
from datetime import datetime

from django.db import connection

OPEN_WORK = "('identified', 'planned', 'in_progress', 'blocked', 'failed')"
MOVING = "('identified', 'planned', 'in_progress', 'failed')"
# rule: which issues, the words before and after the reference, what the steps count from
OF_ISSUES = {
    "due_soon": (
        f"""i.status IN {OPEN_WORK} AND i.deadline > %(now)s AND i.deadline <= %(now)s + interval '48 hours'
            AND (i.priority NOT IN ('P0', 'P1') OR i.deadline <= %(now)s + interval '24 hours')""",
        ("", " is due soon: "),
        "i.deadline",
    ),
    "overdue": (
        f"i.status IN {OPEN_WORK} AND i.deadline <= %(now)s",
        ("", " is past its deadline: "),
        "i.deadline",
    ),
    "stalled": (
        f"""i.status IN {MOVING} AND (i.priority = 'P0' AND i.worked_at <= %(now)s - interval '6 hours'
            OR i.priority = 'P1' AND i.worked_at <= %(now)s - interval '24 hours'
            OR i.priority = 'P2' AND i.worked_at <= %(now)s - interval '5 days')""",
        ("Nobody has written anything about ", " for too long: "),
        "%(now)s",
    ),
    "unassigned": (
        f"i.owner_id IS NULL AND i.priority IN ('P0', 'P1') AND i.status IN {OPEN_WORK}",
        ("", " is urgent and nobody owns it: "),
        "%(now)s",
    ),
    "validation_failed": ("i.status = 'failed'", ("The validation of ", " failed: "), "%(now)s"),
    "blocked_too_long": (
        "i.status = 'blocked' AND i.status_since <= %(now)s - interval '24 hours'",
        ("", " has been blocked for too long: "),
        "%(now)s",
    ),
    "acceptance_ended": (
        """(i.status = 'accepted' AND (i.accepted_until IS NULL OR i.accepted_until <= %(now)s)
            OR i.status = 'identified' AND EXISTS (SELECT 1 FROM tracker_statuschange c WHERE c.issue_id = i.id
                AND c.old_status = 'accepted' AND c.new_status = 'identified' AND c.door = 'task'
                AND c.at = i.status_since))""",
        ("The accepted risk of ", " has come to its end: "),
        "%(now)s",
    ),
}
OF_ANALYSES = {
    "pending_review": (
        """EXISTS (SELECT 1 FROM tracker_extracteditem e WHERE e.analysis_id = i.id AND e.decision = 'pending'
            AND e.gone_at IS NULL AND e.kind <> 'check'
            AND coalesce(e.found_at, i.imported_at) <= %(now)s - interval '2 hours')""",
        "Entries of an analysis wait for a decision: ",
    ),
    "recurrence_confirmed": (
        """EXISTS (SELECT 1 FROM tracker_recurrence r WHERE r.analysis_id = i.id AND r.decision = 'confirmed')
            AND EXISTS (SELECT 1 FROM tracker_issue o WHERE o.analysis_id = i.id
                AND o.status NOT IN ('validated', 'cancelled'))""",
        "An earlier failure has come back, and its issues are open: ",
    ),
}
LATENESS = """CASE WHEN {priority} = 'P0' AND {since} <= %(now)s - interval '8 hours' THEN 'emergency'
    WHEN {priority} = 'P0' AND {since} <= %(now)s - interval '4 hours' THEN 'critical'
    WHEN {priority} = 'P0' THEN 'warning'
    WHEN {priority} = 'P1' AND {since} <= %(now)s - interval '24 hours' THEN 'critical'
    WHEN {priority} = 'P1' AND {since} <= %(now)s - interval '8 hours' THEN 'warning' ELSE 'info' END"""
OPEN = """
INSERT INTO alerts_alert (rule, subject, {column}, sentence, priority, severity, policy, anchor_at, opened_at,
    resolution, level, next_step_at, resolution_told)
SELECT '{rule}', '{kind}:' || i.id, i.id, {sentence}, {priority}, {severity}, (%({policies})s::jsonb) -> {priority},
    {anchor}, %(now)s, '', -1, %(now)s, false
FROM {table} i
LEFT JOIN alerts_alert a ON a.{column} = i.id AND a.rule = '{rule}' AND a.resolved_at IS NULL
WHERE a.id IS NULL AND {condition}
"""
RESOLVE = """
UPDATE alerts_alert a SET resolved_at = %(now)s, next_step_at = NULL, resolution = 'It is over.',
    resolution_told = {told}
FROM {table} i
WHERE a.{column} = i.id AND a.rule = '{rule}' AND a.resolved_at IS NULL AND NOT ({condition})
"""
SEVERITY = f"""
UPDATE alerts_alert SET severity = {LATENESS.format(priority="priority", since="anchor_at")}
WHERE rule = 'overdue' AND resolved_at IS NULL
    AND severity <> {LATENESS.format(priority="priority", since="anchor_at")}
"""


SITE = (
    # the revenue at risk: in each analysis the largest share counts, and all of them are independent
    """SELECT mrr * (1 - exp(sum(ln(1 - share)))) FROM (
        SELECT r.mrr, max(least(coalesce(i.revenue_at_risk / r.mrr, CASE i.priority WHEN 'P0' THEN r.p0_likely
            WHEN 'P1' THEN r.p1_likely WHEN 'P2' THEN r.p2_likely ELSE r.p3_likely END / 100
            * least(2, 1 + floor(extract(epoch FROM %(now)s - i.created_at) / 3600) / 168)), 0.999999)) AS share
        FROM tracker_issue i CROSS JOIN tracker_revenueprofile r WHERE NOT i.is_closed
        GROUP BY r.mrr, coalesce(i.analysis_id, -i.id)
    ) AS risks GROUP BY mrr""",
    """SELECT m.channel_id, count(DISTINCT m.id), min(a.priority) FROM alerts_message m
        JOIN alerts_delivery d ON d.message_id = m.id JOIN alerts_alert a ON a.id = d.alert_id
        WHERE m.state = 'dead' AND a.resolved_at IS NULL GROUP BY m.channel_id""",
    """SELECT s.level, count(*), min(a.priority) FROM alerts_steptaken s JOIN alerts_alert a ON a.id = s.alert_id
        WHERE s.recipient_name = '' AND a.resolved_at IS NULL AND NOT EXISTS (SELECT 1 FROM alerts_steptaken t
            WHERE t.alert_id = s.alert_id AND t.level = s.level AND t.repeat > s.repeat) GROUP BY s.level""",
    """SELECT * FROM alerts_alert WHERE resolved_at IS NULL
        AND rule IN ('revenue_at_risk', 'delivery_failed', 'nobody_found')""",
)


def statements() -> list[str]:
    """All of them, in the order in which they are to run."""
    resolving, opening = [], []
    for rule, (condition, (before, after), anchor) in OF_ISSUES.items():
        words = {
            "rule": rule,
            "kind": "issue",
            "column": "issue_id",
            "table": "tracker_issue",
            "condition": condition,
            "sentence": f"'{before}' || i.reference || '{after}' || i.title",
            "priority": "i.priority",
            "severity": LATENESS.format(priority="i.priority", since="i.deadline") if rule == "overdue" else "'info'",
            "anchor": anchor,
            "told": "true" if rule == "due_soon" else "false",
            "policies": "first_only" if rule == "due_soon" else "policies",
        }
        resolving.append(RESOLVE.format(**words))
        opening.append(OPEN.format(**words))
    for rule, (condition, before) in OF_ANALYSES.items():
        words = {
            "rule": rule,
            "kind": "analysis",
            "column": "analysis_id",
            "table": "tracker_analysis",
            "condition": condition,
            "sentence": f"'{before}' || i.title",
            "priority": "coalesce(nullif(i.priority, ''), 'P1')",
            "severity": "'info'",
            "anchor": "%(now)s",
            "told": "false",
            "policies": "policies",
        }
        resolving.append(RESOLVE.format(**words))
        opening.append(OPEN.format(**words))
    return [*resolving, SEVERITY, *opening, *SITE]


def run(now: datetime, policies: dict, first_only: dict) -> None:
    """Open and resolve what should be now. The policies are frozen ones by priority."""
    values = {"now": now, "policies": json.dumps(policies), "first_only": json.dumps(first_only)}
    with connection.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement, values)

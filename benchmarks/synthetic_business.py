"""What makes a made-up site one of the dashboard: revenue with streams, systems, downtime, HTTP checks and alerts.

The profile has been in force for 30 days. `before` is called on the empty database, because issues name systems, and
`after` once the issues are there (benchmarks.synthetic_site).
"""

from datetime import datetime, timedelta

from django.db import connection

IN_FORCE = timedelta(days=30)
STREAMS = 4
TABLES = ("tracker_validationrun", "tracker_checkresult", "alerts_alert", "alerts_steptaken", "alerts_silence")
BEFORE = (
    """INSERT INTO tracker_system (name, keywords)
    SELECT unnest(ARRAY['checkout', 'search', 'login', 'billing', 'queue', 'mail']), ''""",
    """INSERT INTO tracker_revenueprofile (effective_on, currency, mrr, grows, p0_low, p0_likely, p0_high, p1_low,
        p1_likely, p1_high, p2_low, p2_likely, p2_high, p3_low, p3_likely, p3_high, hourly_rate, p0_hours, p1_hours,
        other_hours, months_counted, downtime_impact_percent)
    VALUES (%(since)s, 'USD', 100000, true, 7.5, 15, 30, 4, 8, 16, 1.5, 3, 6, 0.5, 1, 2, 150, 8, 16, 4, 1, 80)""",
    """INSERT INTO tracker_revenuestream (profile_id, name, mrr)
    SELECT id, 'Stream ' || n, mrr / %(streams)s FROM tracker_revenueprofile, generate_series(1, %(streams)s) AS n""",
    # each stream depends on one system, so a third of the issues threatens all of them
    """INSERT INTO tracker_revenuestream_systems (revenuestream_id, system_id)
    SELECT stream.id, system.id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM tracker_revenuestream) stream
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM tracker_system) system USING (n)""",
)
AFTER = (
    """INSERT INTO dashboard_downtime (started_at, hours, text, entered_at, entered_by_name)
    SELECT %(now)s - n * interval '20 days', 1 + n %% 4, 'Checkout', %(now)s - n * interval '19 days', 'Manager'
    FROM generate_series(1, 50) AS n""",
    """INSERT INTO tracker_validationrun (state, outcome, source, requested_by_name, door, requested_at, started_at,
        finished_at, attempts, sentence, issue_id, tail)
    SELECT 'finished', CASE WHEN id %% 39 = 0 THEN 'failed' ELSE 'passed' END, 'task', '', 'task', status_since,
        status_since, status_since, 1, '', id, '' FROM tracker_issue WHERE status = 'validated' AND id %% 3 = 0""",
    """INSERT INTO tracker_checkresult (check_text, outcome, sentence, command, folder, commit, started_at,
        duration_seconds, counts, output, output_sha256, truncated, signed_by_name, run_id, entry, entry_sha256, passes)
    SELECT 'It answers', outcome, '', 'GET https://example.org/', '', '', started_at, 0.2, '{}', '', '', false, '',
        id, 'answers', '', 1 FROM tracker_validationrun""",
    """INSERT INTO alerts_alert (rule, subject, issue_id, sentence, priority, severity, policy, anchor_at, opened_at,
        resolved_at, resolution, level, next_step_at, resolution_told)
    SELECT 'overdue', 'issue:' || id, id, reference || ' is past its deadline', priority, 'warning', '[]', deadline,
        deadline, CASE WHEN is_closed THEN status_since END, '', 1, NULL, true
    FROM tracker_issue WHERE deadline < %(now)s AND (NOT is_closed OR status_since > deadline)""",
    """INSERT INTO alerts_steptaken (level, repeat, at, recipient_name, by_fallback, alert_id)
    SELECT told, 0, opened_at + told * interval '4 hours', 'team_lead 1', false, id
    FROM alerts_alert, generate_series(1, 2) AS told
    WHERE opened_at + told * interval '4 hours' < coalesce(resolved_at, %(now)s)""",
    """INSERT INTO alerts_silence (kind, by_name, door, at, until, reason, alert_id)
    SELECT 'acknowledged', 'team_lead 1', 'admin', opened_at + interval '2 hours', opened_at + interval '10 hours', '',
        id FROM alerts_alert WHERE id %% 3 = 0 AND opened_at + interval '2 hours' < coalesce(resolved_at, %(now)s)""",
)


def before(now: datetime) -> None:
    """Write what issues name, and what there is to lose."""
    _execute(BEFORE, {"since": (now - IN_FORCE).date(), "streams": STREAMS})


def after(now: datetime) -> None:
    """Write what happened around the issues that are there."""
    _execute(AFTER, {"now": now})
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(TABLES)}")


def _execute(statements: tuple[str, ...], values: dict) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)

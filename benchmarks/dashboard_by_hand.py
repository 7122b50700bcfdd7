"""The questions of the pages as somebody would write them in SQL for PostgreSQL by hand, page by page.

As the pages do, it answers about this month and about the previous one as it was then. It knows nothing of confirmed
amounts, changed fields, cents that add up, the simulation of the return and the forecast: those two are Python by their
nature.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction

OPEN_WORK = "('identified', 'planned', 'in_progress', 'blocked', 'failed')"
DONE = "('completed', 'validated')"
PROFILE = (
    "(SELECT * FROM tracker_revenueprofile WHERE effective_on <= %(now)s::date ORDER BY effective_on DESC LIMIT 1)"
)
# how an issue stood at the end of the previous period: as it stands if it has stood so since, else by its last step
THEN = """CASE WHEN i.status_since <= %(now)s THEN i.status ELSE (SELECT s.new_status FROM tracker_statuschange s
    WHERE s.issue_id = i.id AND s.at <= %(now)s ORDER BY s.at DESC, s.id DESC LIMIT 1) END"""

# -- what is at risk: three tables of the transaction, which the questions about the live issues read ------------------

THREATS = f"""
CREATE TEMP TABLE threats ON COMMIT DROP AS
WITH profile AS {PROFILE}, stream AS (
    SELECT s.id, s.mrr::float8 AS mrr FROM tracker_revenuestream s JOIN profile ON s.profile_id = profile.id
), named AS (
    SELECT x.issue_id AS id, array_agg(DISTINCT y.revenuestream_id) AS named FROM tracker_issue i
    JOIN tracker_issue_systems x ON x.issue_id = i.id JOIN tracker_revenuestream_systems y USING (system_id)
    WHERE NOT i.is_closed GROUP BY 1
), live AS (
    SELECT i.id, coalesce(i.analysis_id, -i.id) AS risk, i.priority, i.status, i.owner_id, i.created_at, i.deadline,
        i.reference, n.named,
        CASE WHEN p.grows THEN least(2, 1 + floor(date_part('epoch', %(now)s - i.created_at) / 3600) / 168)
            ELSE 1 END::float8 AS growth
    FROM tracker_issue i LEFT JOIN named n USING (id) CROSS JOIN profile p
    WHERE NOT i.is_closed AND i.created_at <= %(now)s
)
SELECT l.*, s.id AS stream, s.mrr, least(0.999999, share.low / 100 * growth) AS low,
    least(0.999999, share.likely / 100 * growth) AS likely, least(0.999999, share.high / 100 * growth) AS high
FROM live l JOIN stream s ON l.named IS NULL OR s.id = ANY(l.named)
JOIN (SELECT priority, low::float8, likely::float8, high::float8 FROM profile, LATERAL (VALUES
    ('P0', p0_low, p0_likely, p0_high), ('P1', p1_low, p1_likely, p1_high), ('P2', p2_low, p2_likely, p2_high),
    ('P3', p3_low, p3_likely, p3_high)) AS v(priority, low, likely, high)) AS share USING (priority)
"""
STREAMS = """
CREATE TEMP TABLE streams ON COMMIT DROP AS
SELECT stream, mrr * (1 - exp(greatest(-600, sum(ln(1 - low))))) AS low,
    mrr * (1 - exp(greatest(-600, sum(ln(1 - likely))))) AS likely,
    mrr * (1 - exp(greatest(-600, sum(ln(1 - high))))) AS high, sum(likely) AS shares
FROM (SELECT stream, mrr, risk, max(low) AS low, max(likely) AS likely, max(high) AS high
    FROM threats GROUP BY stream, mrr, risk) AS largest
GROUP BY stream, mrr
"""
AT_RISK = """
CREATE TEMP TABLE at_risk ON COMMIT DROP AS
SELECT t.id, t.risk, t.priority, t.status, t.owner_id, t.created_at, t.deadline, t.reference,
    sum(t.likely / l.total * l.largest * s.likely / s.shares) AS amount
FROM threats t JOIN (SELECT stream, risk, max(likely) AS largest, sum(likely) AS total FROM threats GROUP BY 1, 2) l
    USING (stream, risk) JOIN streams s USING (stream)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
LIVE = (THREATS, STREAMS, AT_RISK)
TOTAL = "SELECT sum(low), sum(likely), sum(high) FROM streams"
BY_STREAM = "SELECT stream, likely FROM streams"
BY_PRIORITY = "SELECT priority, sum(amount), count(*) FROM at_risk GROUP BY 1"
BY_ANALYSIS = """SELECT a.id, a.title, r.amount FROM (SELECT risk, sum(amount) AS amount FROM at_risk GROUP BY 1
    ORDER BY 2 DESC LIMIT 10) r LEFT JOIN tracker_analysis a ON a.id = r.risk"""
WORST = """SELECT r.*, i.title, o.name FROM (SELECT * FROM at_risk ORDER BY amount DESC, priority, reference LIMIT 10) r
    JOIN tracker_issue i USING (id) LEFT JOIN tracker_owner o ON o.id = r.owner_id"""
DELAY = f"""SELECT sum(amount) / 30, sum(amount * extract(epoch FROM %(now)s - deadline) / 3600) / 720, count(*)
    FROM at_risk WHERE status IN {OPEN_WORK} AND deadline <= %(now)s"""
NEXT = f"""SELECT r.id, r.reference, r.amount / 30 / greatest(1, CASE r.priority WHEN 'P0' THEN p.p0_hours
        WHEN 'P1' THEN p.p1_hours ELSE p.other_hours END - coalesce(n.hours, 0)) AS by_hour
    FROM at_risk r CROSS JOIN {PROFILE} p LEFT JOIN (SELECT issue_id, sum(hours) AS hours FROM tracker_note
        WHERE hours IS NOT NULL AND at <= %(now)s AND issue_id IN (SELECT id FROM at_risk) GROUP BY 1) n
        ON n.issue_id = r.id
    WHERE r.status IN {OPEN_WORK} ORDER BY by_hour DESC, r.priority, r.reference LIMIT 3"""
AGES = """SELECT percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY age), count(*) FILTER (WHERE age < 24),
        count(*) FILTER (WHERE age >= 24 AND age < 72),
        count(*) FILTER (WHERE age >= 72 AND age < 168), count(*) FILTER (WHERE age >= 168 AND age < 720),
        count(*) FILTER (WHERE age >= 720)
    FROM (SELECT extract(epoch FROM %(now)s - created_at) / 3600 AS age FROM at_risk) AS ages"""
AGES_ALONE = AGES.replace("at_risk", "tracker_issue WHERE NOT is_closed AND created_at <= %(now)s")
COUNTS = f"""SELECT count(*) FILTER (WHERE status IN {OPEN_WORK}),
        count(*) FILTER (WHERE status IN {OPEN_WORK} AND deadline <= %(now)s),
        count(*) FILTER (WHERE status IN {OPEN_WORK} AND deadline > %(now)s
            AND deadline <= %(now)s + interval '24 hours'),
        count(*) FILTER (WHERE status = 'blocked'), count(*) FILTER (WHERE status = 'completed'),
        count(*) FILTER (WHERE owner_id IS NULL) FROM at_risk"""
DUE = f"""SELECT priority, deadline <= %(now)s, deadline <= %(now)s + interval '24 hours', count(*)
    FROM at_risk WHERE status IN {OPEN_WORK} GROUP BY 1, 2, 3"""
PRESSING = f"""SELECT r.*, i.title FROM (SELECT * FROM at_risk WHERE status = 'blocked' OR status IN {OPEN_WORK}
    AND deadline <= %(now)s + interval '24 hours' ORDER BY priority, deadline, reference LIMIT 50) r
    JOIN tracker_issue i USING (id)"""
LOADS = f"""SELECT o.name, lead.name, i.priority, count(*), count(*) FILTER (WHERE i.deadline <= %(now)s), sum(n.hours)
    FROM tracker_issue i LEFT JOIN tracker_owner o ON o.id = i.owner_id
    LEFT JOIN tracker_owner lead ON lead.id = CASE WHEN o.role = 'team_lead' THEN o.id ELSE o.reports_to_id END
    LEFT JOIN (SELECT issue_id, sum(hours) AS hours FROM tracker_note WHERE hours IS NOT NULL AND at <= %(now)s
        AND issue_id IN (SELECT id FROM tracker_issue WHERE status IN {OPEN_WORK}) GROUP BY 1) n ON n.issue_id = i.id
    WHERE i.status IN {OPEN_WORK} AND i.created_at <= %(now)s GROUP BY 1, 2, 3"""
STATUS = "SELECT status, priority, count(*) FROM tracker_issue WHERE created_at <= %(now)s GROUP BY 1, 2"

# -- what was done in a period: now by the columns, in the previous period by the history ------------------------------

COMPLETED = """SELECT priority, count(*), count(*) FILTER (WHERE at <= deadline),
        count(*) FILTER (WHERE at <= original),
        count(*) FILTER (WHERE at > deadline AND greatest(deadline, created_at) >= %(start)s),
        count(*) FILTER (WHERE at > original AND greatest(original, created_at) >= %(start)s),
        count(*) FILTER (WHERE stood = 'validated'), percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY took)
    FROM (SELECT i.id, i.priority, i.created_at, i.deadline, i.original_deadline AS original,
            {stood} AS stood, max(c.at) AS at, max(c.at) - i.created_at AS took
        FROM tracker_statuschange c JOIN tracker_issue i ON i.id = c.issue_id
        WHERE c.new_status = 'completed' AND c.at >= %(start)s AND c.at <= %(now)s GROUP BY i.id) AS done
    WHERE stood IN """ + f"{DONE} GROUP BY 1"  # fmt: skip
VALIDATED = """SELECT priority, percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY took)
    FROM (SELECT i.id, i.priority, {stood} AS stood, max(c.at) - i.created_at AS took
        FROM tracker_statuschange c JOIN tracker_issue i ON i.id = c.issue_id
        WHERE c.new_status = 'validated' AND c.at >= %(start)s AND c.at <= %(now)s GROUP BY i.id) AS done
    WHERE stood = 'validated' GROUP BY 1"""
LATE = (
    """SELECT priority, count(*) FROM tracker_issue i WHERE created_at <= %(now)s AND deadline <= %(now)s
        AND greatest(deadline, created_at) >= %(start)s AND (NOT is_closed OR status_since > %(now)s)
        AND {stood} IN """
    + f"{OPEN_WORK} GROUP BY 1"
)
HOURS = """SELECT i.priority, sum(n.hours) FROM tracker_note n JOIN tracker_issue i ON i.id = n.issue_id
    WHERE n.hours IS NOT NULL AND n.at >= %(start)s AND n.at <= %(now)s GROUP BY 1"""
UNNOTED = """SELECT i.priority, count(DISTINCT i.id)
    FROM tracker_statuschange c JOIN tracker_issue i ON i.id = c.issue_id
    WHERE c.new_status = 'completed' AND c.at >= %(start)s AND c.at <= %(now)s
        AND NOT EXISTS (SELECT 1 FROM tracker_statuschange e WHERE e.issue_id = i.id AND e.new_status = 'completed'
            AND e.at < %(start)s)
        AND NOT EXISTS (SELECT 1 FROM tracker_note n WHERE n.issue_id = i.id AND n.hours IS NOT NULL
            AND n.at <= %(now)s) GROUP BY 1"""
PROTECTED = """SELECT e.month, k.leading, sum(e.amount) FROM dashboard_protectionentry e
    JOIN dashboard_stakeshare s ON s.issue_id = e.issue_id JOIN dashboard_stake k ON k.id = s.stake_id
    WHERE e.at >= %(start)s AND e.at <= %(now)s GROUP BY 1, 2"""
UNPRICED = """SELECT count(DISTINCT i.id) FROM tracker_statuschange c JOIN tracker_issue i ON i.id = c.issue_id
    WHERE c.new_status = 'validated' AND i.kind = 'fix' AND c.at >= %(start)s AND c.at <= %(now)s
        AND NOT EXISTS (SELECT 1 FROM dashboard_stakeshare s WHERE s.issue_id = i.id)"""
CONVERSION = """SELECT count(*), count(*) FILTER (WHERE e.decision = 'added' AND e.decided_at <= %(now)s),
        count(*) FILTER (WHERE e.decision = 'dismissed' AND e.decided_at <= %(now)s)
    FROM tracker_extracteditem e JOIN tracker_analysis a ON a.id = e.analysis_id
    WHERE e.kind <> 'check' AND a.imported_at >= %(start)s AND a.imported_at <= %(now)s
        AND (e.found_at IS NULL OR e.found_at <= %(now)s) AND (e.gone_at IS NULL OR e.gone_at > %(now)s)"""
FIRST_ISSUE = """SELECT percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY took),
        count(*) FILTER (WHERE took <= interval '2 hours'), count(*) FILTER (WHERE took IS NULL AND waits)
    FROM (SELECT a.id, min(i.created_at) - a.imported_at AS took, EXISTS (SELECT 1 FROM tracker_extracteditem e
            WHERE e.analysis_id = a.id AND e.kind <> 'check' AND e.decision = 'pending') AS waits
        FROM tracker_analysis a LEFT JOIN tracker_issue i ON i.analysis_id = a.id AND i.created_at <= %(now)s
        WHERE a.imported_at >= %(start)s AND a.imported_at <= %(now)s GROUP BY a.id) AS waited"""
RETURNS = """SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT 1 FROM tracker_recurrence r
        WHERE r.analysis_id = a.id AND r.decision = 'confirmed' AND r.decided_at <= %(now)s))
    FROM tracker_analysis a WHERE a.imported_at >= %(start)s AND a.imported_at <= %(now)s"""
ESCAPES = """SELECT "case", count(*) FROM tracker_recurrence
    WHERE decision = 'confirmed' AND decided_at >= %(start)s AND decided_at <= %(now)s GROUP BY 1"""
DOWNTIME = "SELECT sum(hours) FROM dashboard_downtime WHERE started_at >= %(start)s AND started_at <= %(now)s"
STEPS = """SELECT level, count(*) FROM alerts_steptaken WHERE repeat = 0 AND at >= %(start)s AND at <= %(now)s
    GROUP BY 1"""
ACKNOWLEDGED = """SELECT percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY s.at - a.opened_at)
    FROM alerts_silence s JOIN alerts_alert a ON a.id = s.alert_id
    WHERE s.kind = 'acknowledged' AND s.at >= %(start)s AND s.at <= %(now)s AND NOT EXISTS (SELECT 1
        FROM alerts_silence e WHERE e.alert_id = s.alert_id AND e.kind = 'acknowledged' AND e.at < s.at)"""
UNSEEN = """SELECT count(*) FROM alerts_alert a WHERE (resolved_at IS NULL OR resolved_at > %(now)s)
    AND opened_at <= %(now)s AND NOT EXISTS (SELECT 1 FROM alerts_silence s WHERE s.alert_id = a.id
        AND s.kind = 'acknowledged' AND s.at <= %(now)s)"""
HTTP = """SELECT started_at::date, outcome, count(*) FROM tracker_checkresult WHERE command ~ '^(GET|HEAD) http'
    AND started_at >= %(start)s AND started_at <= %(now)s GROUP BY 1, 2"""
MESSAGES = """SELECT state, count(*) FROM alerts_message WHERE planned_at >= %(start)s AND planned_at <= %(now)s
    GROUP BY 1"""

# -- of all time, and by week and month --------------------------------------------------------------------------------

COVERED = """SELECT m.category, m.state, count(DISTINCT i.analysis_id) FROM tracker_preventionmeasure m
    JOIN tracker_issue i ON i.id = m.issue_id
    WHERE m.state IN ('in_place', 'verified') AND m.created_at <= %(now)s GROUP BY GROUPING SETS ((1), (2), ())"""
TRACKED = "SELECT count(DISTINCT analysis_id) FROM tracker_issue WHERE created_at <= %(now)s"
WATCHED = """SELECT sum(least(%(now)s, coalesce(greatest(held, a.imported_at), %(now)s)) - a.imported_at),
        sum(%(now)s - coalesce(greatest(held, a.imported_at), %(now)s))
    FROM tracker_analysis a LEFT JOIN (SELECT i.analysis_id, min(f.at) AS held FROM tracker_fieldchange f
        JOIN tracker_issue i ON i.id = f.issue_id WHERE f.field = 'prevention measure'
        AND f.new ~ '^(In place|Verified): ' GROUP BY 1) h ON h.analysis_id = a.id WHERE a.imported_at <= %(now)s"""
RETURNED = """SELECT r.earlier_id, a.imported_at FROM tracker_recurrence r JOIN tracker_analysis a
    ON a.id = r.analysis_id WHERE r.decision = 'confirmed' AND r.decided_at <= %(now)s"""
RETURNS_BY_MONTH = """SELECT date_trunc('month', decided_at), count(*) FROM tracker_recurrence
    WHERE decision = 'confirmed' AND decided_at >= %(year)s AND decided_at <= %(now)s GROUP BY 1"""
REVIEWS = """SELECT count(DISTINCT analysis_id) FROM tracker_extracteditem
    WHERE decision = 'pending' AND kind <> 'check' AND found_at <= %(now)s - interval '2 hours'"""
PROTECTED_BY_WEEK = """SELECT date_trunc('week', at), sum(amount) FROM dashboard_protectionentry
    WHERE at >= %(now)s - interval '12 weeks' GROUP BY 1"""
PROTECTED_BY_MONTH = """SELECT month, sum(amount) FROM dashboard_protectionentry
    WHERE month >= to_char(%(year)s::timestamptz, 'YYYY-MM') GROUP BY 1"""
STAKES = """SELECT s.issue_id, i.reference, i.title, k.increase, s.amount, (SELECT sum(amount)
        FROM dashboard_protectionentry e WHERE e.issue_id = s.issue_id)
    FROM dashboard_stakeshare s JOIN dashboard_stake k ON k.id = s.stake_id JOIN tracker_issue i ON i.id = s.issue_id
    WHERE k.at >= %(start)s AND k.at <= %(now)s ORDER BY s.amount DESC, s.id LIMIT 20"""
HOURS_BY_MONTH = """SELECT date_trunc('month', at), sum(hours) FROM tracker_note
    WHERE hours IS NOT NULL AND at >= %(year)s AND at <= %(now)s GROUP BY 1"""
UNNOTED_BY_MONTH = """SELECT date_trunc('month', c.at), i.priority, count(*) FROM tracker_statuschange c
    JOIN tracker_issue i ON i.id = c.issue_id WHERE c.new_status = 'completed' AND c.at >= %(year)s AND c.at <= %(now)s
        AND NOT EXISTS (SELECT 1 FROM tracker_statuschange e WHERE e.issue_id = i.id AND e.new_status = 'completed'
            AND e.at < c.at)
        AND NOT EXISTS (SELECT 1 FROM tracker_note n WHERE n.issue_id = i.id AND n.hours IS NOT NULL) GROUP BY 1, 2"""

NOW, BEFORE, EVER = "now", "before", "ever"
BOTH_PERIODS = (NOW, BEFORE)
MONEY = (PROTECTED, UNPRICED, HOURS, UNNOTED)
LEARNED = (RETURNS, ESCAPES)
EXPOSED = (*LIVE, TOTAL, BY_STREAM, BY_PRIORITY, BY_ANALYSIS, WORST)
PAGES: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "overview": (
        (NOW, (*EXPOSED, DELAY, NEXT, COUNTS, STATUS, COVERED, TRACKED, REVIEWS, PROTECTED_BY_WEEK)),
        *((each, (*MONEY, COMPLETED, LATE, CONVERSION, *LEARNED)) for each in BOTH_PERIODS),
    ),
    "board": ((NOW, (*LIVE, TOTAL, DELAY, NEXT, COUNTS, DUE, AGES, PRESSING, LOADS)),),
    "execution": (
        (NOW, (AGES_ALONE, LOADS)),
        *((each, (COMPLETED, VALIDATED, LATE, CONVERSION, FIRST_ISSUE)) for each in BOTH_PERIODS),
    ),
    "prevention": (
        (NOW, (COVERED, TRACKED, WATCHED, RETURNED, RETURNS_BY_MONTH)),
        (EVER, (HOURS, UNNOTED, DOWNTIME)),
        *((each, LEARNED) for each in BOTH_PERIODS),
    ),
    "value": (
        (NOW, (*EXPOSED, DELAY, PROTECTED_BY_MONTH, STAKES, HOURS_BY_MONTH, UNNOTED_BY_MONTH, DOWNTIME)),
        *((each, MONEY) for each in BOTH_PERIODS),
    ),
    "health": (
        (NOW, (HTTP, MESSAGES)),
        *((each, (STEPS, ACKNOWLEDGED, UNSEEN, HTTP)) for each in BOTH_PERIODS),
    ),
}


def answers(page: str, moments: Mapping[str, tuple[datetime, datetime]], year: datetime) -> dict[str, list[list]]:
    """What the statements of a page find, by statement; `moments` are the start and the end of NOW, BEFORE and EVER."""
    found: dict[str, list[list]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        for when, statements in PAGES[page]:
            start, now = moments[when]
            for statement in statements:
                stood = "i.status" if when == NOW else THEN
                cursor.execute(statement.replace("{stood}", stood), {"start": start, "now": now, "year": year})
                if cursor.description:
                    found.setdefault(statement, []).append(cursor.fetchall())
        transaction.set_rollback(True)
    return found

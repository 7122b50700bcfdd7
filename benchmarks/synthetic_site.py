"""A made-up site of any size on PostgreSQL: python -m benchmarks.synthetic_site --issues N fills an empty database.

Three years of analyses, issues and their history, a tenth of the issues open, most of those from the last months. What
is drawn depends on the seed and the number of the issue only. Everything is written by the database itself, in about a
minute for a million issues; the same numbers hold for 10,000 and 100,000.
"""

import argparse
import os
import time
from dataclasses import dataclass
from datetime import datetime

import django
from django.db import connection
from django.utils import timezone

YEARS_IN_HOURS = 3 * 365 * 24
ISSUES_AN_ANALYSIS = 5
ROLES = (("executive", 1), ("manager", 4), ("team_lead", 16), ("engineer", 180))  # each reports to one of those before
TABLES = (
    "tracker_analysis",
    "tracker_issue",
    "tracker_issue_systems",
    "tracker_extracteditem",
    "tracker_statuschange",
    "tracker_fieldchange",
    "tracker_note",
    "tracker_preventionmeasure",
    "tracker_recurrence",
)

# A number in [0, 1) that depends on the row, what it is drawn for, and the seed.
DRAW = """
CREATE OR REPLACE FUNCTION pg_temp.draw(number bigint, what int) RETURNS double precision IMMUTABLE LANGUAGE sql AS
$$ SELECT (hashint8extended(number, what + {seed} * 1000) & 2147483647) / 2147483648.0 $$
"""
PEOPLE = """
INSERT INTO tracker_owner (name, email, slack_name, role, reports_to_id, time_zone)
SELECT '{role} ' || n, '{role}' || n || '@example.org', '', '{role}',
    (SELECT min(id) + n % nullif(count(*), 0) FROM tracker_owner WHERE role = '{above}'), ''
FROM generate_series(1, {number}) AS n
"""
ENGINEERS = """
CREATE TEMP TABLE engineers AS
SELECT id, row_number() OVER (ORDER BY id) AS number FROM tracker_owner WHERE role = 'engineer'
"""
ANALYSES = """
INSERT INTO tracker_analysis
    (source, title, text, sha256, date, priority, root_cause, whys, stated_impact, imported_at, updated_at)
SELECT 'incidents/' || a || '.md', 'Incident ' || a || ' of the ' || system,
    '# Incident ' || a || E'\n\n- [ ] Raise the limits of the ' || system || E'\n', lpad(to_hex(a), 64, '0'), at::date,
    (ARRAY['P0', 'P1', 'P2', 'P3', ''])[1 + floor(pg_temp.draw(a, 1) * 5)::int],
    'Nobody watched the ' || system || '.', '[]', '{{}}', at, at
FROM (
    SELECT a, (ARRAY['checkout', 'search', 'login', 'billing', 'queue', 'mail'])[1 + a % 6] AS system,
        '{now}'::timestamptz - interval '1 hour' * (4 + ({analyses} - a) * {hours}::float / {analyses}) AS at
    FROM generate_series(1, {analyses}) AS a
) AS drawn ORDER BY a
"""
# One row for each issue with all that is drawn for it. `late`: a share of the open work is past its deadline already.
PLAN = """
CREATE TEMP TABLE plan AS
WITH drawn AS (
    SELECT n, ({count} - n)::double precision / {count} AS age, 1 + (n - 1) / {of_an_analysis} AS analysis,
        CASE WHEN pg_temp.draw(n, 1) < 0.03 THEN 'P0' WHEN pg_temp.draw(n, 1) < 0.15 THEN 'P1'
            WHEN pg_temp.draw(n, 1) < 0.65 THEN 'P2' ELSE 'P3' END AS priority,
        CASE WHEN ({count} - n) * 100 < {count} * 15 THEN n % 2 = 0 ELSE n % 34 = 0 END AS is_open,
        pg_temp.draw(n, 2) AS s, pg_temp.draw(n, 3) AS d, pg_temp.draw(n, 4) AS w
    FROM generate_series(1, {count}::bigint) AS n
), standing AS (
    SELECT *, '{now}'::timestamptz - interval '1 hour' * (1 + 2.5 * pg_temp.draw(analysis, 7)
            + greatest(0, {analyses} - analysis) * {hours}::float / {analyses}) AS created_at,
        CASE priority WHEN 'P0' THEN 24 WHEN 'P1' THEN 72 WHEN 'P2' THEN 336 ELSE 720 END AS hours,
        CASE WHEN NOT is_open THEN CASE WHEN s < 0.85 THEN 'validated' ELSE 'cancelled' END
            WHEN s < 0.35 THEN 'identified' WHEN s < 0.6 THEN 'planned' WHEN s < 0.85 THEN 'in_progress'
            WHEN s < 0.9 THEN 'blocked' WHEN s < 0.93 THEN 'failed' WHEN s < 0.98 THEN 'completed'
            ELSE 'accepted' END AS status
    FROM drawn
)
SELECT *, CASE WHEN status IN ('planned', 'in_progress') OR pg_temp.draw(n, 5) < 0.9
        THEN 1 + floor(pg_temp.draw(n, 6) * {engineers})::int END AS owner,
    least('{now}'::timestamptz, CASE WHEN is_open
        THEN greatest(created_at, '{now}'::timestamptz - w * w * interval '10 days')
        ELSE created_at + hours * (0.3 + 1.2 * w) * interval '1 hour' END) AS worked_at,
    row_number() OVER (PARTITION BY status IN ('identified', 'planned', 'in_progress', 'blocked', 'failed') ORDER BY w)
        AS place
FROM standing
"""
ISSUES = """
INSERT INTO tracker_issue (reference, title, description, kind, priority, status, owner_id, owner_words, deadline,
    original_deadline, deadline_words, analysis_id, source_line, source_end_line, fingerprint, accepted_until,
    hours_unknown, created_at, updated_at, status_since, worked_at)
SELECT reference, title, title || ' so that it holds at twice the load.', kind, priority, status, owner_id, '',
    deadline, deadline, '', {first_analysis} + (n - 1) / {of_an_analysis}, 3, 3, to_hex(n), accepted_until, false,
    created_at, worked_at, status_since, worked_at
FROM (
    SELECT plan.*, priority || '-' || to_char(created_at, 'YYYYMMDD') || '-' || n AS reference,
        (ARRAY['Raise the limits', 'Alert on the queue', 'Write a test', 'Review the runbook'])[1 + n % 4]
            || ' of service ' || n % 97 AS title,
        (ARRAY['fix', 'fix', 'investigate', 'prevent'])[1 + n % 4] AS kind,
        engineers.id AS owner_id,
        least(worked_at, created_at + (worked_at - created_at) * 0.8) AS status_since,
        CASE WHEN status = 'accepted' THEN '{now}'::timestamptz + (d - 0.02) * interval '60 days' END AS accepted_until,
        CASE WHEN NOT is_open OR status IN ('completed', 'accepted') THEN created_at + hours * interval '1 hour'
            WHEN place <= {newly_due} THEN '{now}'::timestamptz + (1 + 298 * d) * interval '1 second'
            WHEN d < {late} THEN '{now}'::timestamptz - power(d / {late}, 3) * interval '30 days'
            ELSE '{now}'::timestamptz + interval '10 minutes' + (d - {late}) * hours * interval '1 hour'
            END AS deadline
    FROM plan LEFT JOIN engineers ON engineers.number = plan.owner
) AS drawn ORDER BY n
"""
SYSTEMS = """
INSERT INTO tracker_issue_systems (issue_id, system_id)
SELECT issue.id, system.id FROM tracker_issue AS issue
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS number FROM tracker_system) AS system
    ON system.place = issue.analysis_id % system.number
"""
ENTRIES = """
INSERT INTO tracker_extracteditem (analysis_id, kind, line, end_line, title, text, previous_text, section, priority,
    priority_stated, owner_words, deadline_words, done, duplicate_lines, score, reasons, fingerprint, decision,
    found_at, edited_fields, decision_reason)
SELECT id, 'fix', 3, 3, 'Raise the limits', 'Raise the limits', '', '[]', 'P2', false, '', '', false, '[]', 1, '[]', '',
    'pending', imported_at, '[]', ''
FROM tracker_analysis WHERE id % 100 = 0
"""
ADDED = """
INSERT INTO tracker_extracteditem (analysis_id, issue_id, kind, line, end_line, title, text, previous_text, section,
    priority, priority_stated, owner_words, deadline_words, done, duplicate_lines, score, reasons, fingerprint,
    decision, found_at, decided_at, edited_fields, decision_reason)
SELECT issue.analysis_id, issue.id, issue.kind, 3, 3, issue.title, issue.title, '', '[]', issue.priority, false, '', '',
    false, '[]', 1, '[]', issue.fingerprint, 'added', analysis.imported_at, issue.created_at, '[]', ''
FROM tracker_issue AS issue JOIN tracker_analysis AS analysis ON analysis.id = issue.analysis_id
"""
MEASURES = """
INSERT INTO tracker_preventionmeasure (issue_id, category, text, state, created_at, created_by_name, owner_id)
SELECT id, (ARRAY['monitoring', 'test', 'automation', 'process'])[1 + id / 4 % 4], 'It is watched.',
    CASE WHEN status = 'validated' THEN (ARRAY['in_place', 'verified'])[1 + id / 16 % 2] ELSE 'planned' END, created_at,
    'Manager', owner_id
FROM tracker_issue WHERE kind = 'prevent' AND owner_id IS NOT NULL
"""
HELD = """
INSERT INTO tracker_fieldchange (issue_id, field, old, new, reason, actor_name, door, at)
SELECT issue.id, 'prevention measure', 'Planned: ' || text, 'In place: ' || text, '', 'Manager', 'admin', status_since
FROM tracker_preventionmeasure JOIN tracker_issue AS issue ON issue.id = issue_id WHERE state <> 'planned'
"""
FIRST_STEPS = """
INSERT INTO tracker_statuschange (issue_id, old_status, new_status, reason, actor_name, door, at)
SELECT id, '', 'identified', '', 'Intake', 'intake', created_at FROM tracker_issue
"""
COMPLETIONS = """
INSERT INTO tracker_statuschange (issue_id, old_status, new_status, reason, actor_name, door, at)
SELECT id, 'in_progress', 'completed', 'So it was.', 'Engineer', 'admin', created_at + (status_since - created_at) * 0.9
FROM tracker_issue WHERE status = 'validated'
"""
LAST_STEPS = """
INSERT INTO tracker_statuschange (issue_id, old_status, new_status, reason, actor_name, door, at)
SELECT id, CASE status WHEN 'validated' THEN 'completed' ELSE 'identified' END, status, 'So it was.', 'Manager',
    'admin', status_since
FROM tracker_issue WHERE status <> 'identified'
"""
NOTES = """
INSERT INTO tracker_note (issue_id, kind, text, hours, links, actor_name, door, at)
SELECT id, 'progress', 'It goes on.', 1 + id % 7, '[]', 'Engineer', 'admin', worked_at
FROM tracker_issue WHERE status NOT IN ('identified', 'cancelled') AND id % 5 > 0
"""
RETURNS = """
INSERT INTO tracker_recurrence (analysis_id, earlier_id, score, likely, kind, reasons, found_at, decision, "case",
    decided_at, decided_by_name, reason, consequences)
SELECT id, id - 40, 0.9, true, 'recurrence', '[]', imported_at, 'confirmed', 'while_open', imported_at, 'Manager', '',
    '{{}}'
FROM tracker_analysis WHERE id % 400 = 50 AND id - 40 >= {first_analysis}
"""


OF_ISSUES = (SYSTEMS, ENTRIES, ADDED, MEASURES, HELD, FIRST_STEPS, COMPLETIONS, LAST_STEPS, NOTES, RETURNS)


@dataclass(frozen=True)
class Wish:
    """What the site is to be like at `now`. `newly_due` issues come to their deadline in the five minutes after it."""

    issues: int
    now: datetime
    newly_due: int = 0
    late: float = 0.4  # share of the open work that is past its deadline
    seed: int = 1


def fill(wish: Wish) -> None:
    """Fill an empty, migrated database on PostgreSQL."""
    with connection.cursor() as cursor:
        for (role, number), (above, _) in zip(ROLES, (("", 0), *ROLES), strict=False):
            cursor.execute(PEOPLE.format(role=role, number=number, above=above))
        words = {
            "seed": wish.seed,
            "now": wish.now.isoformat(),
            "count": wish.issues,
            "analyses": max(1, wish.issues // ISSUES_AN_ANALYSIS),
            "hours": YEARS_IN_HOURS,
            "engineers": dict(ROLES)["engineer"],
            "of_an_analysis": ISSUES_AN_ANALYSIS,
            "newly_due": wish.newly_due,
            "late": wish.late,
        }
        for statement in (DRAW, ENGINEERS, ANALYSES, PLAN):
            cursor.execute(statement.format(**words))
        cursor.execute("SELECT min(id) FROM tracker_analysis")
        words["first_analysis"] = cursor.fetchone()[0]
        for statement in (ISSUES, *OF_ISSUES):
            cursor.execute(statement.format(**words))
        cursor.execute("DROP TABLE plan, engineers")
        cursor.execute(f"ANALYZE {', '.join(TABLES)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "remediation_site.settings")
    django.setup()
    start = time.perf_counter()
    fill(Wish(options.issues, timezone.now(), seed=options.seed))
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {', '.join(TABLES)}")  # so that indexes alone answer what they can
    print(f"{options.issues:,} issues in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()

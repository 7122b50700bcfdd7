"""What the pages of issues read and a transition writes, as hand-written SQL: the least that it can cost."""

from collections.abc import Callable
from functools import partial

from django.db import connection, transaction

COLUMNS = """i.id, i.reference, i.title, i.description, i.kind, i.priority, i.status, i.is_closed, i.owner_id,
    i.owner_words, i.deadline, i.original_deadline, i.deadline_words, i.analysis_id, i.source_line, i.source_end_line,
    i.accepted_until, i.revenue_at_risk, i.hours_unknown, i.created_at, i.updated_at, i.status_since, i.worked_at"""
COUNT = "SELECT count(*) FROM (SELECT 1 FROM tracker_issue WHERE NOT is_closed LIMIT 10001) AS bounded"
PAGE = f"""SELECT {COLUMNS}, o.name FROM tracker_issue i LEFT JOIN tracker_owner o ON o.id = i.owner_id
    WHERE NOT i.is_closed ORDER BY i.is_closed, i.priority, i.deadline, i.id LIMIT 50"""
SYSTEMS = """SELECT x.issue_id, s.id, s.name, s.default_owner_id FROM tracker_system s
    JOIN tracker_issue_systems x ON x.system_id = s.id WHERE x.issue_id = ANY(%s) ORDER BY s.name"""
OF_ISSUE = (
    f"""SELECT {COLUMNS}, o.*, a.title, a.source, a.text FROM tracker_issue i
        LEFT JOIN tracker_owner o ON o.id = i.owner_id LEFT JOIN tracker_analysis a ON a.id = i.analysis_id
        WHERE i.id = %(issue)s""",
    "SELECT * FROM tracker_check WHERE issue_id = %(issue)s ORDER BY source_line, id",
    "SELECT * FROM tracker_validationrun WHERE issue_id = %(issue)s ORDER BY requested_at DESC LIMIT 1",
    """SELECT DISTINCT ON (r.issue_check_id) r.id, r.outcome, r.sentence, r.signed_by_name, r.started_at
        FROM tracker_checkresult r JOIN tracker_check c ON c.id = r.issue_check_id WHERE c.issue_id = %(issue)s
        ORDER BY r.issue_check_id, r.id DESC""",
    "SELECT * FROM tracker_statuschange WHERE issue_id = %(issue)s ORDER BY at DESC LIMIT 100",
    "SELECT * FROM tracker_fieldchange WHERE issue_id = %(issue)s ORDER BY at DESC LIMIT 100",
    "SELECT * FROM tracker_note WHERE issue_id = %(issue)s ORDER BY at DESC LIMIT 100",
    """SELECT m.*, o.name FROM tracker_preventionmeasure m JOIN tracker_owner o ON o.id = m.owner_id
        WHERE m.issue_id = %(issue)s ORDER BY m.id""",
    """SELECT p.*, s.name, s.mrr FROM tracker_revenueprofile p LEFT JOIN tracker_revenuestream s ON s.profile_id = p.id
        WHERE p.effective_on <= current_date ORDER BY p.effective_on DESC""",
    "SELECT * FROM alerts_alert WHERE issue_id = %(issue)s AND resolved_at IS NULL",
    """SELECT t.* FROM alerts_steptaken t JOIN alerts_alert a ON a.id = t.alert_id
        WHERE a.issue_id = %(issue)s AND a.resolved_at IS NULL""",
    "SELECT id, name, email, reports_to_id, role FROM tracker_owner",
    """SELECT t.*, c.channel_id FROM alerts_escalationstep t JOIN alerts_escalationpolicy p ON p.id = t.policy_id
        LEFT JOIN alerts_escalationstep_channels c ON c.escalationstep_id = t.id WHERE p.priority = 'P1'""",
)
MOVE = (
    "SELECT * FROM tracker_issue WHERE id = %(issue)s FOR UPDATE",
    "SELECT at FROM tracker_statuschange WHERE issue_id = %(issue)s ORDER BY at DESC LIMIT 1",
    """UPDATE tracker_issue SET status = 'in_progress', updated_at = now(), status_since = now(), worked_at = now()
        WHERE id = %(issue)s""",
    """INSERT INTO tracker_statuschange (issue_id, old_status, new_status, reason, actor_name, door, at)
        VALUES (%(issue)s, 'planned', 'in_progress', '', 'Somebody', 'admin', now())""",
)


def issue_list() -> None:
    """The first page of the live issues by urgency, with how many there are, up to a bound."""
    _ask(COUNT)
    rows = _ask(PAGE)
    _ask(SYSTEMS, [[row[0] for row in rows]])


def issue_page(issue: int) -> None:
    """All that the page of an issue tells."""
    for statement in OF_ISSUE:
        _ask(statement, {"issue": issue})
    _ask(SYSTEMS, [[issue]])


def transition(issue: int) -> None:
    """Start the work on a planned issue."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in MOVE:
            cursor.execute(statement, {"issue": issue})


def of_issue(issue: int) -> Callable[[], None]:
    """The page of this issue."""
    return partial(issue_page, issue)


def insert_again(table: str, columns: list[str], rows: list[tuple]) -> None:
    """Write rows with one statement for all of them."""
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)


def _ask(statement: str, values: object = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()

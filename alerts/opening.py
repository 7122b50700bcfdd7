"""Opens and resolves the alerts about issues and analyses, inside the database: no row of them comes here.

One statement resolves and one opens, for all rules and any number of alerts, so that the time for a million issues is
the time that the database takes for the questions.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from string import Formatter

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Case, Exists, Expression, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, NullIf
from django.utils.translation import gettext

from alerts.choices import Severity
from alerts.escalation import Policy
from alerts.models import Alert
from alerts.rules import ABOUT_ROWS, RULES, Anchor, Moment, Rule, Subject
from tracker.choices import Priority, Status
from tracker.models import Issue

Policies = Mapping[Priority, Policy]
WITHOUT_PRIORITY = str(Priority.P1)  # an analysis may state none
LATE = (Severity.WARNING, Severity.CRITICAL, Severity.EMERGENCY)  # in the order of Thresholds.lateness


def kept_by(rule: Rule, policy: Policy) -> Policy:
    """What an alert of the rule keeps of a policy: all of it, or the first level when the rule does not escalate."""
    return policy if rule.escalates else policy.up_to(rule.first_level)


def frozen(rule: Rule, policies: Policies) -> dict[Priority, dict]:
    """The policy that an alert of the rule keeps, by priority."""
    return {priority: kept_by(rule, policy).frozen() for priority, policy in policies.items()}


def lateness(moment: Moment, since: str) -> Case:
    """The severity of what is late since the column `since`, by its priority."""
    worst_first = [
        When(priority=str(priority), then=Value(str(severity)), **{f"{since}__lte": moment.now - span})
        for priority, thresholds in moment.thresholds.items()
        for severity, span in reversed(list(zip(LATE, thresholds.lateness(), strict=True)))
        if span is not None
    ]
    return Case(*worst_first, default=Value(str(Severity.INFO)), output_field=models.CharField())


def resolve(moment: Moment) -> int:
    """Resolve the open alerts whose rule does not find their subject any more, or is no rule any more; how many."""
    gone = [_no_longer(rule, moment) for rule in ABOUT_ROWS]
    gone.append(Alert.objects.open().exclude(rule__in=[rule.key for rule in RULES]).order_by().values("pk"))
    quiet = [rule.key for rule in RULES if not rule.tells_resolution]
    return Alert.objects.filter(pk__in=gone[0].union(*gone[1:], all=True)).update(
        resolved_at=moment.now,
        next_step_at=None,
        resolution=_reason(),
        resolution_told=Case(When(rule__in=quiet, then=Value(True)), default=Value(False)),
    )


def _no_longer(rule: Rule, moment: Moment) -> QuerySet:
    found = rule.question(moment).order_by().filter(pk=OuterRef(f"{rule.subject}_id"))
    return Alert.objects.open().filter(~Exists(found), rule=rule.key).order_by().values("pk")


def _reason() -> Expression:
    """Why it ended, and where the issue stands."""
    ended = Case(
        *(When(rule=rule.key, then=Value(str(rule.ended))) for rule in ABOUT_ROWS),
        default=Value(gettext("There is no such rule any more")),
    )
    stands = Case(
        *(
            When(status=str(status), then=Value(gettext(" (now: %(status)s).") % {"status": status.label.lower()}))
            for status in Status
        )
    )
    issue = Subquery(Issue.objects.filter(pk=OuterRef("issue_id")).order_by().values(text=stands))
    return Concat(ended, Coalesce(issue, Value(".")), output_field=models.CharField())


def open_new(moment: Moment, policies: Policies) -> int:
    """Open an alert for every subject that a rule finds and that has none; how many."""
    statements = list(_selects(moment, policies))
    if not statements:
        return 0
    columns = ", ".join(connection.ops.quote_name(field.column) for field in _stored())
    table = connection.ops.quote_name(Alert._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) " + " UNION ALL ".join(sql for sql, _ in statements),
            [value for _, values in statements for value in values],
        )
        return cursor.rowcount


def _selects(moment: Moment, policies: Policies) -> Iterator[tuple[str, tuple]]:
    """For each rule the statement that selects the new rows of Alert, with its parameters."""
    names = [f"alert_{field.attname}" for field in _stored()]
    for rule in ABOUT_ROWS:
        rows = _without_alert(rule, moment).annotate(**_columns(rule, moment, policies)).values_list(*names)
        try:
            yield rows.query.sql_with_params()
        except EmptyResultSet:  # every threshold of the rule is "never"
            continue


def _without_alert(rule: Rule, moment: Moment) -> QuerySet:
    there = Alert.objects.open().filter(rule=rule.key, **{f"{rule.subject}_id": OuterRef("pk")})
    return rule.question(moment).filter(~Exists(there)).order_by()


def _stored() -> list[models.Field]:
    """The columns that are written: all but those that the database fills, and those that are empty at first."""
    fields = Alert._meta.concrete_fields
    empty = ("resolved_at", "silenced_until")
    return [field for field in fields if not field.primary_key and not field.generated and field.name not in empty]


def _columns(rule: Rule, moment: Moment, policies: Policies) -> dict[str, Expression]:
    """What goes into each column of Alert, in words of the subject's own columns."""
    given = {
        "rule": Value(rule.key),
        "subject": Concat(Value(f"{rule.subject}:"), Cast("pk", models.CharField())),
        "issue_id": F("pk") if rule.subject == Subject.ISSUE else _nothing(),
        "analysis_id": F("pk") if rule.subject == Subject.ANALYSIS else _nothing(),
        "sentence": _sentence(str(rule.sentence)),
        "priority": _priority(),
        "severity": lateness(moment, "deadline") if rule.by_lateness else Value(str(Severity.INFO)),
        "policy": _policy(frozen(rule, policies)),
        "anchor_at": F("deadline") if rule.anchor == Anchor.DEADLINE else _time(moment.now),
        "opened_at": _time(moment.now),
        "next_step_at": _time(moment.now),
    }
    return {
        f"alert_{field.attname}": given.get(field.attname) or Value(field.get_default(), output_field=field)
        for field in _stored()
    }


def _nothing() -> Expression:
    return Cast(Value(None), models.BigIntegerField())


def _time(moment: datetime) -> Value:
    return Value(moment, output_field=models.DateTimeField())


def _priority() -> Expression:
    return Coalesce(NullIf(F("priority"), Value("")), Value(WITHOUT_PRIORITY))


def _policy(by_priority: Mapping[Priority, dict]) -> Case:
    as_json = models.JSONField()
    fitting = [
        When(Q(priority=str(priority)), then=Value(policy, output_field=as_json))
        for priority, policy in by_priority.items()
    ]
    rest = Value(by_priority[Priority(WITHOUT_PRIORITY)], output_field=as_json)
    return Case(*fitting, default=rest, output_field=as_json)


def _sentence(template: str) -> Concat:
    parts: list[Expression] = [Value("")]
    for text, column, _, _ in Formatter().parse(template):
        parts += [Value(text)] if text else []
        parts += [F(column)] if column else []
    return Concat(*parts, output_field=models.CharField())

"""The API held against its own OpenAPI document: requests made from it by schemathesis, good ones and bad ones.

Each operation is asked in this process, with the same seed in each run. Half of the requests name rows that exist. No
answer is a 500, each is one that the document has, and a refusal writes nothing.
"""

import copy
from datetime import timedelta

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from alerts.tests.pages import make_alert  # noqa: F401 - fixtures
from remediation_site.api.openapi import document
from remediation_site.api.v1 import api
from remediation_site.tests.api import kept_connection, make_caller  # noqa: F401 - fixtures
from remediation_site.tests.test_api_rights import ROWS
from tracker.choices import ItemKind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_connection")]
EXAMPLES = 6  # of each kind for each operation
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
KINDS = {GenerationMode.POSITIVE: CHECKS, GenerationMode.NEGATIVE: [*CHECKS, negative_data_rejection]}
QUIETLY = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TEXTS = ("text/markdown", "application/xml", "text/xml")
for text in TEXTS:
    schemathesis.openapi.media_type(text, st.text().map(str.encode))


def without_security() -> dict:
    """The document without its tokens: who may ask is tried in test_api_rights.py, and here everybody may."""
    found = copy.deepcopy(document(api, "/api/v1/"))
    del found["components"]["securitySchemes"]
    for methods in found["paths"].values():
        for operation in methods.values():
            del operation["security"]
    return found


SCHEMA = schemathesis.openapi.from_dict(without_security())
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]


@pytest.fixture
def names(make_issue, make_owner, make_alert, make_analysis, now):  # noqa: F811
    """The path parameters of rows that exist."""
    issue = make_issue(owner=make_owner())
    alert = make_alert(issue=issue)
    analysis = make_analysis()
    entry = analysis.items.create(kind=ItemKind.FIX, line=1, end_line=1, title="Fix it", priority="P1", fingerprint="a")
    run = issue.validation_runs.create(
        source="ci", requested_by_name="x", door="api", requested_at=now, state="finished", outcome="passed",
        finished_at=now,
    )  # fmt: skip
    silence = alert.silences.create(
        kind="acknowledged", by_name="x", door="admin", at=now, until=timezone.now() + timedelta(hours=9)
    )
    found = {"reference": issue.reference, "alert": alert.pk, "silence": silence.pk, "analysis": analysis.pk}
    return found | {"entry": entry.pk, "run": run.pk, "check": issue.checks.create(text="It holds").pk}


def everything() -> list:
    return [list(model.objects.order_by("pk").values()) for model in ROWS]


@pytest.mark.parametrize("mode", KINDS, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.definition.raw["operationId"])
def test_no_request_breaks_it_and_what_is_refused_writes_nothing(operation, mode, names, make_caller, settings):  # noqa: F811
    settings.API_REQUESTS_A_MINUTE = 1_000_000
    caller = make_caller("Manager")
    headers = {"Authorization": f"Bearer {caller.secret}"}
    site, known = get_wsgi_application(), {"before": everything()}

    @given(case=operation.as_strategy(generation_mode=mode), there=st.booleans())
    @QUIETLY
    def ask(case, there):
        # What schemathesis takes for no text, such as true, is one when it stands in a body of text.
        checks = CHECKS if case.media_type in TEXTS else KINDS[mode]
        if there and case.path_parameters:  # what was wrong with the request may have been its path alone
            case.path_parameters |= {name: names[name] for name in case.path_parameters}
            checks = CHECKS
        answer = case.call(base_url="http://127.0.0.1", headers=headers, app=site)
        case.validate_response(answer, checks=checks, headers=headers)
        after = everything()
        assert answer.status_code < 400 or after == known["before"]
        known["before"] = after

    ask()

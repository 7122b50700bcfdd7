"""Priorities: what an entry, its section or the incident states, and what holds when nobody states one."""

import pytest

from tracker.choices import IssueKind, Priority
from tracker.extraction.blocks import parse
from tracker.extraction.priorities import default_priority, incident_priority, spoken, stated_priority

P0, P1, P2, P3 = Priority


def stated(text, words="Order flour"):
    document = parse(text)
    return stated_priority(document, [block for block in document.blocks if words in block.text][-1])


@pytest.mark.parametrize(
    ("heading", "priority"),
    [
        ("Phase 1 (P0)", P0),
        ("Priority 2 work", P2),
        ("Priority: High", P1),
        ("Medium priority (2-8 hours)", P2),
        ("CRITICAL", P0),
        ("[Low] Later", P3),
        ("Critical security remediation", P0),
        ("Immediate actions", P0),
        ("Immediate (This Week)", P0),
        ("IMMEDIATE FIX (Priority 1)", P1),
        ("Short-term improvements", P1),
        ("This week", P1),
        ("Medium-Term Actions (Next 90 Days)", P2),
        ("Next sprint", P2),
        ("Long term", P3),
        ("Deploy within 4 hours", P0),
        ("Within 24 hours", P0),
        ("24-72h", P1),
        ("Within 1 week", P1),
        ("Next 30 days", P2),
        ("Next 180 days", P3),
        ("Week 1", P1),
    ],
)
def test_a_heading_states_a_priority_by_number_word_term_or_limit(heading, priority):
    assert spoken(heading) == priority


@pytest.mark.parametrize(
    "heading",
    [
        "Mission Critical Tests",
        "High priority risks",
        "Critical Path",
        "Immediate Cause",
        "Immediate Impact Prevention",
        "Phase 2 (1 hour)",
        "Fix it - 15 minutes",
        "1000+ Priority 1-6 tests",
        "High availability",
        "Next steps",
        "Phase 3: two weeks of work",
        "Version P3.2",
    ],
)
def test_names_and_estimates_of_effort_state_none(heading):
    assert spoken(heading) is None


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("- **URGENT:** Order flour", P0),
        ("- [P1] Order flour", P1),
        ("- Order flour (high priority)", P1),
        ("- Longer term, we will Order flour", P3),
        ("- Order flour immediately", P0),
        ("- Order flour – Zoe, this week", P1),
        ("### Order flour\n**Priority:** Low\n", P3),
        ("### Order flour\nAssigned to: Zoe, this month\n", P2),
        ("| Action | Priority |\n|---|---|\n| Order flour | High |", P1),
        ("| Action | Due |\n|---|---|\n| P0: Order flour | 3 May |", P0),
        ("| Action | Priority |\n|---|---|\n| P0: Order flour | Low |", P3),
        ("| Action | Severity |\n|---|---|\n| Order flour | P2 |", P2),
        ("**Immediate action required:**\n\n- Order flour", P0),
        ("- Long term\n  - Order flour", P3),
        ("# Shop\n## Short term\n### Flour\n- Order flour", P1),
    ],
)
def test_an_entry_has_the_priority_of_the_nearest_statement(text, priority):
    assert stated(text) == priority


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("## Long term\n- **Immediate:** Order flour", P0),
        ("# Shop\n## Long term\n### Immediate\n- Order flour", P0),
        ("## Immediate\n| Action | Priority |\n|---|---|\n| Order flour | Low |", P3),
    ],
)
def test_the_nearer_statement_wins(text, priority):
    assert stated(text) == priority


@pytest.mark.parametrize(
    "text",
    [
        "# Critical failure: all actions stopped\n## Plan\n- Order flour",
        "- Order flour to fix the immediate shortage",
        "- Order flour when the mill answers, and alert immediately after it does not",
        "We acted immediately after the mill had called us, and this is what we did then:\n\n- Order flour",
    ],
)
def test_titles_and_stories_state_nothing_about_an_entry(text):
    assert stated(text) is None


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("# O\n**Severity:** SEV-2\n", P1),
        ("# O\n**Priority:** P0 - all shops\n", P0),
        ("# O\n## Severity\n**Critical** - all shops are closed\n", P0),
        ("# O\n| Severity | Duration |\n|---|---|\n| Medium | 3 h |", P2),
        ("# O\n| Field | Value |\n|---|---|\n| Severity | High |", P1),
        ("# O\nAcme · review · severity: low\n", P3),
        ("# O\nAcme\nClassification: P1\n", P1),
        ("# O\nWe raised it as a Sev 1 incident.\n", P0),
        ("# P1: shops closed\n", P1),
        ("# O\n**Criticality:** Mission critical\n", P0),
        ("# O\n**Severity:** Major (all shops)\n", P1),
        ("# O\n| Action | Priority |\n|---|---|\n| Order flour | P0 |\n| Sell bread | P1 |", None),
        ("# O\n## PRIORITY 0: order flour\n- today\n", None),
        ("# O\n## Plan\n- Order flour at once\n", None),
        ("# O\nImpact: high costs\n", None),
    ],
)
def test_the_incident_has_the_severity_that_the_document_states(text, priority):
    assert incident_priority(parse(text)) == priority


@pytest.mark.parametrize(
    ("kind", "section", "incident", "priority"),
    [
        (IssueKind.FIX, ("Shop", "Immediate actions"), P2, P0),
        (IssueKind.PREVENT, ("Immediate actions",), None, P0),
        (IssueKind.INVESTIGATE, ("Shop",), P3, P1),
        (IssueKind.PREVENT, ("Shop",), P0, P2),
        (IssueKind.FIX, ("Shop",), P0, P0),
        (IssueKind.FIX, ("Immediate cause",), None, P2),
        (IssueKind.FIX, (), None, P2),
    ],
)
def test_without_a_statement_section_kind_and_incident_decide_in_this_order(kind, section, incident, priority):
    assert default_priority(kind, section, incident) == priority

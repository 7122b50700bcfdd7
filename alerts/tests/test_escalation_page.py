"""docs/escalation.md says what the code does (alerts/escalation_page.py)."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from alerts import escalation_page
from alerts.choices import ChannelKind, Level, MessageState, SilenceDoor
from alerts.rules import RULES
from tracker.choices import Priority


def test_the_page_is_the_one_that_the_code_makes(capsys):
    written = (Path(settings.BASE_DIR) / "docs" / "escalation.md").read_text(encoding="utf-8")

    call_command("escalation_page")

    assert capsys.readouterr().out == written, "make it again: python manage.py escalation_page > docs/escalation.md"


def test_the_page_has_every_rule_level_priority_channel_and_state():
    text = escalation_page.page()

    for rule in RULES:
        assert f"| `{rule.key}` {rule.label} | `{rule.sentence}` |" in text
        assert f"- {rule.label}: {rule.ended}." in text
    for level in Level:
        assert f"| {level.value} | {level.label} |" in text
    for priority in Priority:
        assert text.count(f"| `{priority}` |") == 2, "its thresholds and its hours"
    for word in (*ChannelKind, *MessageState):
        assert f"| `{word}` | {word.label} |" in text


def test_every_state_and_every_door_that_is_built_is_explained():
    assert set(escalation_page.STATE_MEANINGS) == set(MessageState)
    assert set(SilenceDoor) - set(escalation_page.DOORS) == {SilenceDoor.API}

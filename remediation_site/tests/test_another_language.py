"""A site in another language: what it writes, sends and shows is in that language, and its figures are the same."""

import json
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from alerts import texts
from alerts.evaluate import evaluate
from alerts.models import Alert, Message
from dashboard.metrics import computed, filters
from dashboard.reports import report
from dashboard.reports.document import document
from tracker import prevention
from tracker.choices import Door, MeasureCategory, MeasureState

HOUR = timedelta(hours=1)
GERMAN = {
    "{reference} is past its deadline: {title}": "{reference} ist überfällig: {title}",
    "deadline %(moment)s": "fällig %(moment)s",
    "In place": "Vorhanden",
    "Proposed": "Vorgeschlagen",
    "Age of open issues": "Alter offener Aufgaben",
    "Board": "Tafel",
    "Figure": "Kennzahl",
    "Monthly report": "Monatsbericht",
}


def write_catalogue(path: Path, words: dict[str, str]) -> None:
    """Words and what they are in another language, as msgfmt writes them."""
    words = {"": "Content-Type: text/plain; charset=UTF-8\n"} | words
    pairs = sorted((one.encode(), other.encode()) for one, other in words.items() if other)
    texts = [one for one, _ in pairs] + [other for _, other in pairs]
    start, places = 28 + 8 * len(texts), []
    for text in texts:
        places += [len(text), start]
        start += len(text) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    path.parent.mkdir(parents=True)
    path.write_bytes(head + struct.pack(f"<{len(places)}I", *places) + b"".join(text + b"\0" for text in texts))


@pytest.fixture
def german(settings, tmp_path):
    """The site in German, as far as GERMAN goes; in English until it is called."""
    write_catalogue(tmp_path / "de" / "LC_MESSAGES" / "django.mo", GERMAN)
    settings.LOCALE_PATHS = [tmp_path]

    def speak(code: str = "de") -> None:
        settings.LANGUAGE_CODE = code

    return speak


def test_an_alert_is_written_and_told_in_the_language_of_the_site(german, make_issue, now):
    german()
    issue = make_issue(title="Raise the limit", deadline=now - HOUR)

    evaluate(now)

    sentence = f"{issue.reference} ist überfällig: Raise the limit"
    assert Alert.objects.get(rule="overdue").sentence == sentence
    mail = texts.envelope_of(Message.objects.filter(deliveries__alert__rule="overdue").first(), now)
    assert sentence in mail.text
    assert "fällig 2026-03-10 11:00 UTC" in mail.text


def test_an_alert_that_was_written_in_one_language_ends_in_another(german, make_issue, now):
    issue = make_issue(deadline=now - HOUR)
    evaluate(now)
    german()
    issue.deadline = now + 30 * 24 * HOUR
    issue.save()

    evaluate(now + HOUR)

    assert not Alert.objects.open().filter(rule="overdue").exists()


def test_figures_of_the_past_are_the_same_when_the_language_changes(german, make_issue, make_analysis, make_owner, now):
    issue = make_issue(analysis=make_analysis(), owner=make_owner())
    hand = {"actor": None, "door": Door.COMMAND}
    german()
    measure = prevention.propose(
        issue.pk, "Watch the pool", category=MeasureCategory.MONITORING, owner=None, now=now, **hand
    )
    prevention.set_state(measure.pk, MeasureState.IN_PLACE, now=now + HOUR, **hand)
    prevention.set_state(measure.pk, MeasureState.PROPOSED, now=now + 3 * HOUR, reason="It did not hold.", **hand)

    for code in ("de", "en-us"):
        german(code)
        moment = now + 2 * HOUR
        asked = filters.Filters(filters.period("month", moment, timezone.get_default_timezone()))
        sheet = computed.sheet_of("prevention", moment, asked)
        assert sheet.figures["prevention_coverage.monitoring"].value == 1


def test_pages_files_and_reports_are_in_the_language_of_the_site(german, admin_client, make_issue):
    german()
    make_issue()

    page = admin_client.get(reverse("dashboard:board")).content.decode()
    assert "Alter offener Aufgaben" in page
    assert '<html lang="de">' in page
    head, *_ = b"".join(admin_client.get(reverse("dashboard:figures_csv"))).decode().splitlines()
    assert "Kennzahl" in head
    told = json.loads(document(report.build("month", datetime(2026, 3, 31, 12, 0, tzinfo=UTC)), generated=""))
    assert told["title"] == "Monatsbericht"
    assert told["risk_level"] in ("low", "medium", "high", "critical")

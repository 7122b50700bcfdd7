from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command

from remediation_site import first_run
from tracker.models import Analysis, Issue

pytestmark = pytest.mark.django_db


def run() -> str:
    output = StringIO()
    call_command("first_run", stdout=output)
    return output.getvalue()


def all_rows() -> dict[str, list]:
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in apps.get_models()}


def printed_password(output: str) -> str:
    return output.partition("with the password ")[2].split()[0]


def test_a_new_site_has_an_administrator_whose_password_is_printed():
    output = run()

    user = get_user_model().objects.get(username="admin")
    assert user.is_superuser
    assert user.check_password(printed_password(output))
    assert len(printed_password(output)) >= 16


def test_a_new_site_has_every_sample_to_review_and_issues_of_one():
    run()

    samples = len(list(first_run.SAMPLES.glob("*.md")))
    assert samples >= 8
    assert Analysis.objects.count() == samples
    assert set(Issue.objects.values_list("analysis__source", flat=True)) == {f"samples/{first_run.TRACKED_SAMPLE}"}
    assert not Analysis.objects.exclude(items__isnull=False).exists()


def test_a_second_run_changes_no_row_and_prints_no_password():
    run()
    before = all_rows()

    output = run()

    assert all_rows() == before
    assert "password" not in output


def test_a_site_with_accounts_gets_neither_administrator_nor_samples(make_user):
    make_user("olga")

    run()

    assert list(get_user_model().objects.values_list("username", flat=True)) == ["olga"]
    assert not Analysis.objects.exists()


def test_a_site_in_production_gets_no_samples(settings, tmp_path):
    settings.LOCAL = False
    settings.SECRET_KEY, settings.ALLOWED_HOSTS = "aZ3_kR8b" * 8, ["issues.example.org"]
    settings.STATIC_ROOT = tmp_path

    output = run()

    assert "password" in output
    assert not Analysis.objects.exists()
    assert list(tmp_path.iterdir()) != []

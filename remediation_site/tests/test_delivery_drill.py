"""Messages while workers are killed, with real processes: the short form of benchmarks/delivery_drill.py."""

import json
import subprocess
import sys

import pytest
from django.db import connection

from remediation_site.tests.conftest import BASE_DIR

pytestmark = pytest.mark.process


def test_every_alert_is_received_though_workers_are_killed_and_the_receiver_fails(site_environment):
    clusters = 1 if connection.vendor == "sqlite" else 2
    command = [sys.executable, "-m", "remediation_site.tests.drill", "--clusters", str(clusters)]
    environment = site_environment | {"DJANGO_SETTINGS_MODULE": "remediation_site.settings"}

    done = subprocess.run(
        [*command, "--alerts", "200", "--kills", "4", "--patience", "120"],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert sum(seen["kills"].values()) == 4
    assert seen["never_taken"] == 0
    assert seen["under_two_keys"] == 0
    assert set(seen["states"]) == {"sent"}

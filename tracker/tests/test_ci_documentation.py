"""The pipelines of docs/ci.md: what they run exists, and a shell reads what they mean."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

TEXT = (Path(settings.BASE_DIR) / "docs" / "ci.md").read_text(encoding="utf-8")
PIPELINES = re.findall(r"(?ms)^```yaml\n(.*?)^```", TEXT)
VALUES = {"$issue": "P0-20260309-002", "$GITHUB_SHA": "a1b2c3d", "$CI_COMMIT_SHA": "a1b2c3d"}
SCRIPT = re.compile(r"(?ms)^( +)issue=.*?\|\| \[ \$\? -eq 4 \]")


def commands(pipeline: str) -> list[list[str]]:
    """What a pipeline hands to manage.py."""
    joined = pipeline.replace("\\\n", " ")
    lines = re.findall(r'manage\.py" (.*?)(?:\|\||$)', joined, flags=re.MULTILINE)
    return [[VALUES.get(word, word) for word in shlex.split(line)] for line in lines]


@pytest.mark.parametrize("pipeline", PIPELINES, ids=["GitHub Actions", "GitLab"])
def test_every_command_of_a_pipeline_is_one_that_there_is_with_options_that_it_has(pipeline):
    found = commands(pipeline)

    assert [name for name, *_ in found] == ["validate", "gate"]
    for name, *arguments in found:
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        parser.parse_args(arguments)


@pytest.mark.parametrize("pipeline", PIPELINES, ids=["GitHub Actions", "GitLab"])
@pytest.mark.parametrize(
    ("message", "code", "ends", "asked"),
    [
        pytest.param("P0-20260309-002 Renew it", 0, 0, True, id="passed"),
        pytest.param("Renew it (P0-20260309-002)", 3, 1, True, id="failed"),
        pytest.param("P0-20260309-002 Renew it", 4, 0, True, id="other checks are open"),
        pytest.param("P0-20260309-002 Renew it", 1, 1, True, id="refused"),
        pytest.param("Tidy up", 1, 0, False, id="no issue is named"),
        pytest.param("$(touch stolen) `touch stolen` P0-20260309-002", 0, 0, True, id="a message that is a program"),
    ],
)
def test_the_script_ends_as_the_table_says(pipeline, message, code, ends, asked, tmp_path):
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/asked"\nexit {code}\n')
    python.chmod(0o700)
    found = SCRIPT.search(pipeline)
    script = "set -e -o pipefail\n" + "\n".join(line[len(found[1]) :] for line in found[0].splitlines())
    environment = {"PATH": os.environ["PATH"], "SITE": str(tmp_path), "GITHUB_SHA": "a1b2c3d"}
    environment |= {"MESSAGE": message, "CI_COMMIT_MESSAGE": message, "CI_COMMIT_SHA": "a1b2c3d"}

    done = subprocess.run(["bash", "-c", script], env=environment, cwd=tmp_path, check=False)

    assert done.returncode == ends
    assert (tmp_path / "asked").exists() == asked
    assert (
        not asked
        or "--issue-id P0-20260309-002 --junit report.xml --commit a1b2c3d" in (tmp_path / "asked").read_text()
    )
    assert not (tmp_path / "stolen").exists()

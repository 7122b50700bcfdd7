import os
import re
import subprocess
import sys
import time

import pytest

from tracker.choices import CheckOutcome
from tracker.guard import parent_of
from tracker.validation import junit
from tracker.validation.entries import TestSuite
from tracker.validation.junit import BrokenReport
from tracker.validation.outcomes import Counts
from tracker.validation.runners import test_suite
from tracker.validation.surroundings import Surroundings

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=report.xml")
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "SHOP_TOKEN": "correct-horse"}
PASSING = '<testsuites><testsuite><testcase name="a"/><testcase name="b"/></testsuite></testsuites>'


def suite(folder, *, argv=PYTEST, **options):
    facts = {"timeout_seconds": 120, "environment": ("PYTEST_DISABLE_PLUGIN_AUTOLOAD",)} | options
    return TestSuite(name="shop", argv=argv, folder=folder, junit_xml="report.xml", **facts)


def run(folder, tests="", **options):
    if tests:
        (folder / "test_shop.py").write_text(tests)
    return test_suite.run(suite(folder, **options), Surroundings(environment=ENVIRONMENT))


def writer(xml, code=0):
    """A command that writes this report and ends with this code."""
    return (sys.executable, "-c", f"import sys; open('report.xml', 'w').write({xml!r}); sys.exit({code})")


def test_a_suite_whose_tests_pass_has_passed(tmp_path):
    found = run(tmp_path, "def test_one(): pass\ndef test_two(): pass\n")

    assert (found.outcome, found.sentence) == (CheckOutcome.PASSED, "2 tests passed.")
    assert found.counts == Counts(tests=2, failures=0, errors=0, skipped=0)
    assert (found.exit_code, found.folder) == (0, str(tmp_path))
    assert "2 passed" in found.output.text
    assert found.command.endswith("-m pytest -q -p no:cacheprovider --junitxml=report.xml")


def test_a_suite_with_a_failing_test_has_failed_with_its_output(tmp_path):
    found = run(tmp_path, "def test_one(): pass\ndef test_two(): assert 'basket' == 'empty'\n")

    assert (found.outcome, found.sentence) == (CheckOutcome.FAILED, "1 of 2 tests failed.")
    assert found.exit_code == 1
    assert "assert 'basket' == 'empty'" in found.output.text


def test_a_suite_that_cannot_be_collected_has_not_passed(tmp_path):
    found = run(tmp_path, "import no_such_module_of_the_shop\n")

    assert found.outcome == CheckOutcome.FAILED
    assert found.counts.errors == 1


def test_a_suite_whose_tests_are_all_skipped_shows_nothing(tmp_path):
    found = run(tmp_path, "import pytest\n@pytest.mark.skip\ndef test_one(): pass\n")

    assert (found.outcome, found.counts.skipped) == (CheckOutcome.SKIPPED, 1)


def test_a_suite_without_tests_is_an_error(tmp_path):
    found = run(tmp_path, "def helper(): pass\n")

    assert (found.outcome, found.exit_code) == (CheckOutcome.ERROR, 5)
    assert "ran no test" in found.sentence


@pytest.mark.process
def test_a_suite_that_hangs_is_an_error_and_is_ended_with_its_children(tmp_path):
    (tmp_path / "child.py").write_text("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.pause()\n")
    hanging = (
        "import subprocess, sys\n"
        "def test_one():\n"
        "    child = subprocess.Popen([sys.executable, 'child.py'], start_new_session=True)\n"
        "    print('pid', child.pid, flush=True)\n"
        "    child.wait()\n"
    )

    found = run(tmp_path, hanging, argv=(*PYTEST, "-s"), timeout_seconds=8)

    [pid] = re.findall(r"pid (\d+)", found.output.text)
    assert found.outcome == CheckOutcome.ERROR
    assert "took longer than 8 s" in found.sentence
    assert found.exit_code is None
    assert parent_of(pid) is None


def test_the_report_of_an_earlier_run_is_never_taken_for_this_one(tmp_path):
    (tmp_path / "report.xml").write_text(PASSING)

    found = run(tmp_path, argv=("true",))

    assert found.outcome == CheckOutcome.ERROR
    assert "No report was written" in found.sentence
    assert not (tmp_path / "report.xml").exists()


def test_a_report_with_an_old_time_stamp_is_an_error(tmp_path):
    (tmp_path / "old.xml").write_text(PASSING)
    os.utime(tmp_path / "old.xml", (time.time() - 3600,) * 2)

    found = run(tmp_path, argv=("cp", "-p", "old.xml", "report.xml"))

    assert (found.outcome, "older than this run" in found.sentence) == (CheckOutcome.ERROR, True)


def test_what_is_no_ordinary_file_is_neither_deleted_nor_read(tmp_path):
    (tmp_path / "report.xml").mkdir()

    found = run(tmp_path, argv=("touch", "was-run"))

    assert found.outcome == CheckOutcome.ERROR
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize(
    ("xml", "code", "outcome"),
    [
        pytest.param(PASSING, 0, CheckOutcome.PASSED, id="a good report and exit code 0"),
        pytest.param(PASSING, 1, CheckOutcome.FAILED, id="a good report and another exit code"),
        pytest.param("", 0, CheckOutcome.ERROR, id="an empty report"),
        pytest.param("<testsuites><testsuite>", 0, CheckOutcome.ERROR, id="half a report"),
        pytest.param("<html><body/></html>", 0, CheckOutcome.ERROR, id="no report of tests"),
        pytest.param('<testsuite failures="x"><testcase/></testsuite>', 0, CheckOutcome.ERROR, id="no number"),
        pytest.param("<testsuites/>", 0, CheckOutcome.ERROR, id="no test"),
        pytest.param('<testsuite failures="1"><testcase/></testsuite>', 0, CheckOutcome.FAILED, id="more stated"),
        pytest.param(
            PASSING.replace("<testsuites>", '<testsuites errors="1">'), 0, CheckOutcome.FAILED, id="more stated above"
        ),
        pytest.param(
            "<testsuites><testsuite><testsuite><testcase><error/></testcase></testsuite></testsuite></testsuites>",
            *(0, CheckOutcome.FAILED),
            id="an error in a suite within a suite",
        ),
    ],
)
def test_exit_code_and_report_must_both_say_that_it_passed(tmp_path, xml, code, outcome):
    assert run(tmp_path, argv=writer(xml, code)).outcome == outcome


@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(
            '<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>',
            id="entities that grow",
        ),
        pytest.param(
            '<!DOCTYPE t [<!ENTITY a SYSTEM "file:///etc/hostname">]><testsuite><testcase>&a;</testcase></testsuite>',
            id="an entity that reads a file",
        ),
        pytest.param("<testsuite>" * 100_000, id="nested without an end"),
    ],
)
def test_a_hostile_report_is_an_error(tmp_path, xml):
    path = tmp_path / "report.xml"
    path.write_text(xml)

    with pytest.raises(BrokenReport, match="is no JUnit XML"):
        junit.read(path, written_after=0)


def test_entities_in_another_encoding_are_refused_too(tmp_path):
    path = tmp_path / "report.xml"
    path.write_bytes(
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE t><testsuite><testcase/></testsuite>'.encode("utf-16")
    )

    with pytest.raises(BrokenReport, match="document type"):
        junit.read(path, written_after=0)


def test_a_report_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(junit, "MOST_BYTES", len(PASSING) - 1)
    (tmp_path / "report.xml").write_text(PASSING)

    with pytest.raises(BrokenReport, match="larger than"):
        junit.read(tmp_path / "report.xml", written_after=0)


def test_a_link_is_not_read_as_report(tmp_path):
    (tmp_path / "elsewhere.xml").write_text(PASSING)
    (tmp_path / "report.xml").symlink_to(tmp_path / "elsewhere.xml")

    with pytest.raises(BrokenReport, match="cannot be read"):
        junit.read(tmp_path / "report.xml", written_after=0)


def test_variables_of_the_entry_are_passed_and_their_values_hidden(tmp_path):
    tests = "import os\ndef test_one(): assert os.environ['SHOP_TOKEN'] == 'wrong'\n"

    found = run(tmp_path, tests, environment=("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "SHOP_TOKEN"))

    assert found.outcome == CheckOutcome.FAILED
    assert "correct-horse" not in found.output.text


def test_a_variable_that_is_not_set_is_an_error_that_names_it(tmp_path):
    found = run(tmp_path, environment=("SHOP_PASSWORD",))

    assert found.outcome == CheckOutcome.ERROR
    assert "SHOP_PASSWORD" in found.sentence


def test_the_evidence_names_the_commit_of_the_folder(tmp_path):
    git = ["git", "-c", "user.name=Olga", "-c", "user.email=olga@example.com"]
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "Start"], cwd=tmp_path, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    assert run(tmp_path, argv=writer(PASSING)).commit == head.strip()


def test_a_folder_that_is_no_checkout_has_no_commit(tmp_path):
    assert run(tmp_path, argv=writer(PASSING)).commit == ""

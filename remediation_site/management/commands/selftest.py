"""`manage.py selftest`: does this installation work?"""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from remediation_site.selftest import Finding, State, look
from tracker.management.base import DoorCommand
from tracker.terminal import printable

FAILED = 1


class Command(DoorCommand):
    help = "Looks at every part of this installation: one line each, exit code 1 when one does not work."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one object with every finding")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        for finding in look():
            findings.append(finding)
            if not options["json"]:
                self.stdout.write(f"{finding.state:<7} {finding.part:<11} {printable(finding.sentence)}")
        failed = sum(finding.state is State.FAILED for finding in findings)
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not failed, "parts": [asdict(finding) for finding in findings]}))
        else:
            self.stdout.write(_in_all(findings, failed))
        if failed:
            sys.exit(FAILED)


def _in_all(findings: list[Finding], failed: int) -> str:
    notes = sum(finding.state is State.NOTE for finding in findings)
    took = f"{sum(finding.seconds for finding in findings):.1f} s"
    if failed:
        return f"{failed} of {len(findings)} parts do not work ({took})."
    return f"All is well ({took})." if not notes else f"All is well; {notes} notes ({took})."

"""Ask for known vulnerabilities of every pinned package: exit 1 with those that were found, else 0.

    python tools/audit_packages.py [constraints.txt] [--service https://api.osv.dev/v1/query]

pip-audit asks the OSV database. Where that cannot be reached within its time, this says so and passes: a network that
is down must not stop a change, and the next run asks again. What was looked at and does not concern this site is named
in ACCEPTED, with the reason.
"""

import argparse
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

SERVICE = "https://api.osv.dev/v1/query"
KNOCK_SECONDS, ASK_SECONDS, ALL_SECONDS = 5, 10, 180
ACCEPTED: dict[str, str] = {}  # the id of a vulnerability: why it does not concern this site
KNOCK = json.dumps({"package": {"name": "pip", "ecosystem": "PyPI"}, "version": "0"}).encode()


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def is_there(service: str) -> bool:
    """Whether the service answers at all."""
    try:
        with urllib.request.urlopen(urllib.request.Request(service, data=KNOCK), timeout=KNOCK_SECONDS):
            return True
    except (OSError, ValueError):
        return False


def asked(pins: Path, service: str) -> subprocess.CompletedProcess | None:
    """What pip-audit says of the pins; None when it did not end in time."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(pins), "--no-deps", "--disable-pip"]
    command += ["--vulnerability-service", "osv", "--osv-url", service, "--timeout", str(ASK_SECONDS)]
    command += ["--format", "json", "--progress-spinner", "off"]
    for name in ACCEPTED:
        command += ["--ignore-vuln", name]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=ALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None


def found_in(said: str) -> tuple[int, list[str]]:
    """How many packages were asked about, and a line for each vulnerability."""
    packages = json.loads(said)["dependencies"]
    lines = [
        f"{package['name']} {package['version']}: {each['id']} {each.get('description', '')[:150]}"
        f" (mended in {', '.join(each['fix_versions']) or 'no version yet'})"
        for package in packages
        for each in package.get("vulns", [])
    ]
    return len(packages), lines


def main() -> int:
    parser = argparse.ArgumentParser(description="Ask for known vulnerabilities of the pinned packages.")
    parser.add_argument("pins", nargs="?", type=Path, default=Path(__file__).parent.parent / "constraints.txt")
    parser.add_argument("--service", default=SERVICE)
    given = parser.parse_args()
    unreached = f"{given.service} cannot be reached: known vulnerabilities were not looked for this time."
    if not is_there(given.service):
        say(unreached)
        return 0
    done = asked(given.pins, given.service)
    if done is None:
        say(unreached)
        return 0
    try:
        number, lines = found_in(done.stdout)
    except (ValueError, KeyError):
        if is_there(given.service):
            say(f"pip-audit failed:\n{done.stderr[-2000:]}")
            return 2
        say(unreached)
        return 0
    say("\n".join(lines) or f"No known vulnerability in {number} packages.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())

"""What the audit costs: DATABASE_URL=... python -m benchmarks.audit [--rows N].

Takes an empty, migrated database that nobody needs. Measured are a row that is written beside a bare INSERT of the same
row, sealing, `verify_audit` beside reading the same rows with one SHA-256 for each, what one issue's rows take, and the
memory of the process. Exit 1 when verifying takes more than 8 times as long as that reading, or more than 300 MB.
"""

import argparse
import importlib
import os
import sys

import django


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "remediation_site.settings")
    django.setup()
    turns = importlib.import_module("benchmarks.audit_turns")  # it imports rows, which need the settings
    return turns.measure(options.rows)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Django's command line for this project."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    """Run one command; settings that cannot work end it with one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "remediation_site.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as refused:
        sys.exit(f"The settings cannot be used. {refused}")


if __name__ == "__main__":
    main()

"""Two processes on one database: each compares with what the other one has imported, changed and settled."""

import subprocess
import sys

from tracker.tests.test_recurrence import INVOICES, LEASE, LEASE_AGAIN

WORK = """
import django
django.setup()
from django.utils import timezone
from tracker import intake, likely_returns
from tracker.choices import Door
from tracker.models import Recurrence
for line in iter(input, "end"):
    verb, source, text = line.split(" ", 2)
    if verb == "import":
        intake.import_analysis(eval(text), source=source, actor=None, door=Door.COMMAND, now=timezone.now())
    else:
        likely_returns.catch_up(timezone.now())
    print(sorted(Recurrence.objects.values_list("analysis__source", "earlier__source")), flush=True)
"""


def test_two_processes_compare_with_what_each_other_imports_changes_and_settles(site_environment):
    environment = site_environment | {"DJANGO_SETTINGS_MODULE": "remediation_site.settings"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    with (
        subprocess.Popen([sys.executable, "-c", WORK], **pipes) as one,
        subprocess.Popen([sys.executable, "-c", WORK], **pipes) as other,
    ):

        def pairs(process, verb, source="-", text=""):
            print(verb, source, repr(text), file=process.stdin, flush=True)
            return process.stdout.readline().strip()

        assert pairs(one, "import", "a.md", LEASE) == "[]"
        assert pairs(other, "import", "b.md", LEASE_AGAIN) == "[('b.md', 'a.md')]"
        pairs(one, "settle")
        pairs(other, "import", "a.md", INVOICES)
        assert pairs(one, "settle") == "[]"  # the later one was compared again with what the other process wrote
        assert "('c.md', 'b.md')" in pairs(other, "import", "c.md", f"{LEASE_AGAIN}\nOnce more.\n")
        assert "('d.md', 'c.md')" in pairs(one, "import", "d.md", f"{LEASE_AGAIN}\nTwice more.\n")
        for process in (one, other):
            print("end", file=process.stdin, flush=True)
    assert (one.returncode, other.returncode) == (0, 0)

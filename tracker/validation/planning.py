"""With what each check of an issue would be executed now: its confirmed entry, a person, or nothing."""

from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext

from tracker.models import Check, Issue
from tracker.validation import catalogue
from tracker.validation.catalogue import Catalogue, CatalogueRefused
from tracker.validation.entries import AnyEntry, CheckKind
from tracker.validation.fingerprints import fingerprint


@dataclass(frozen=True, slots=True)
class Planned:
    """A check and the entry that executes it. Without an entry it is manual, or `problem` says why it cannot be run.

    `fingerprint` is that of what the entry executes.
    """

    check: Check
    entry: AnyEntry | None = None
    problem: str = ""
    fingerprint: str = ""

    @property
    def is_manual(self) -> bool:
        """Whether a person has to look: nothing is executed."""
        return not self.problem and (self.entry is None or self.entry.kind == CheckKind.MANUAL)

    @property
    def passes(self) -> int:
        """How many times in a row it has to pass. A person looks once."""
        return self.entry.passes if self.entry and not self.is_manual else 1


@dataclass(frozen=True, slots=True)
class Plan:
    """The checks of an issue in their order, and the catalogue that they are executed with."""

    catalogue: Catalogue
    checks: tuple[Planned, ...]
    broken: str = ""  # why the catalogue cannot be used

    @property
    def executes(self) -> bool:
        """Whether there is anything to execute, or to say why it cannot be."""
        return any(not planned.is_manual for planned in self.checks)

    def seconds(self) -> int:
        """How long all entries together may take."""
        entries = [planned.entry for planned in self.checks if planned.entry and not planned.is_manual]
        return sum(entry.timeout_seconds * entry.passes for entry in entries)


def site_catalogue() -> tuple[Catalogue, str]:
    """The site's catalogue; or an empty one and, in words, why it cannot be used."""
    try:
        return catalogue.load(settings.VALIDATION_CATALOGUE), ""
    except CatalogueRefused as refused:
        return Catalogue(), gettext("The catalogue of checks cannot be used: %(refused)s") % {"refused": refused}


def plan(issue: Issue) -> Plan:
    """What a run of the issue's checks would execute now."""
    entries, broken = site_catalogue()
    return Plan(entries, tuple(_planned(check, entries, broken) for check in issue.checks.all()), broken)


def _planned(check: Check, entries: Catalogue, broken: str) -> Planned:
    if not check.entry:
        return Planned(check)
    if broken:
        return Planned(check, problem=broken)
    if not (entry := entries.entries.get(check.entry)):
        sentence = gettext("The catalogue has no entry “%(entry)s” any more: confirm another one for this check.") % {
            "entry": check.entry
        }
        return Planned(check, problem=sentence)
    marked = fingerprint(entry, docker_host=entries.docker_host)
    return Planned(check, replace(entry, passes=max(entry.passes, check.passes)), fingerprint=marked)

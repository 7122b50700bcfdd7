"""A mark of what an entry executes, by which a result is told from one of the entry as it is now. Pure: no Django."""

import hashlib
import json
from dataclasses import fields

from tracker.validation.entries import AnyEntry, CheckKind

# What changes nothing of that which is executed. How often it has to pass is compared by itself.
OF_NO_EFFECT = frozenset({"name", "description", "systems", "words", "passes", "timeout_seconds"})


def fingerprint(entry: AnyEntry, *, docker_host: str) -> str:
    """The sha256 of what the entry executes; of a manual one, of what a person is told to look at."""
    left_out = OF_NO_EFFECT - {"description"} if entry.kind == CheckKind.MANUAL else OF_NO_EFFECT
    facts = {each.name: getattr(entry, each.name) for each in fields(entry) if each.name not in left_out}
    if entry.kind == CheckKind.DOCKER:
        facts["docker_host"] = docker_host
    text = json.dumps({"kind": entry.kind, **facts}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()

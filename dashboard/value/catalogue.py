"""Every kind of figure by its key: what a stored number means, for pages and reports that read snapshots."""

from collections.abc import Mapping
from types import MappingProxyType

from dashboard.value import delay, downtime, execution, forecast, prevention, protection, remediation, roi
from dashboard.value.figures import Definition

DEFINITIONS: Mapping[str, Definition] = MappingProxyType(
    {
        value.key: value
        for module in (forecast, protection, remediation, roi, delay, downtime, prevention, execution)
        for value in vars(module).values()
        if isinstance(value, Definition)
    }
)


def definition_of(key: str) -> Definition:
    """The definition of a figure by its key with or without parts. Raises: KeyError when there is none."""
    return DEFINITIONS[key.split(".", 1)[0]]

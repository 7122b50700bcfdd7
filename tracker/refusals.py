"""The one shape of a refusal: reasons that a person can act on, and nothing written."""

from collections.abc import Iterable


class Refused(Exception):
    """What was asked for is refused. `reasons` has one sentence for everything that is missing."""

    def __init__(self, reasons: str | Iterable[str]) -> None:
        self.reasons = (reasons,) if isinstance(reasons, str) else tuple(reasons)
        super().__init__(" ".join(self.reasons))

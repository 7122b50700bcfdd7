"""The output of a command, streamed to a file that is bounded and has no name."""

import os
from collections.abc import Iterable
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from tracker.validation.outcomes import HELD_BYTES, Tail

MOST_BYTES = 1024 * 1024  # of the file; then its beginning is dropped


class Spool(Tail):
    """A Tail whose end is kept on disk. Nobody else can open the file, and it goes with whoever holds it.

    A worker that is killed leaves nothing to tidy up, and no secret that a command wrote.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Make the file, where temporary files are. Raises: OSError where there is no room for it."""
        super().__init__(secrets)
        self._file = TemporaryFile(prefix="validation-")  # noqa: SIM115 - closed at the end of the with statement

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _keep(self, data: bytes) -> None:
        if self._file.tell() + len(data) > MOST_BYTES:
            end = self._held()
            self._file.seek(0)
            self._file.truncate()
            self._file.write(end)
        self._file.write(data)
        self._file.flush()

    def _held(self) -> bytes:
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(0, size - HELD_BYTES))
        return self._file.read()  # and the next bytes follow where this ends

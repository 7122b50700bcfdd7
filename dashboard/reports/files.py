"""Reports as files on this machine."""

import os
import tempfile
from pathlib import Path

from django.utils.translation import gettext

from dashboard.reports.moments import ReportRefused


def write_file(path: Path, content: bytes) -> None:
    """Write the whole file or none of it; a file of that name is replaced. Raises: ReportRefused."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                file.write(content)
                file.close()
                os.replace(file.name, path)
            except OSError:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise ReportRefused(
            gettext("%(path)s cannot be written: %(reason)s.")
            % {"path": path, "reason": (error.strerror or gettext("unknown reason")).lower()}
        ) from None

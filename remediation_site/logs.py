"""What of a log record is worth its lines."""

import logging


class NoTracebackOfRefusals(logging.Filter):
    """Leaves the traceback out where a request was refused: the line says it all, and nothing is broken."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True

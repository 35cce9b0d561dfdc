"""Log lines for machines that carry no words of a person.

An exception's message can hold what somebody typed (a database quotes the row it refused), and a request
holds an address. So a line keeps the time, the level, the logger, the fixed message and the frames.
"""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

from pythonjsonlogger.json import JsonFormatter

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class QuietJson(JsonFormatter):
    """One JSON object a line: time, level, logger, message, and frames of a fault without its message."""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            # Everything else a caller hangs on a record (the request above all) stays out.
            reserved_attrs=[],
        )

    def add_fields(
        self, log_data: dict[str, object], record: logging.LogRecord, message_dict: dict[str, object]
    ) -> None:
        """Fill `log_data` from the four fields and the exception only."""
        log_data.update(
            time=self.formatTime(record),
            level=record.levelname,
            logger=record.name,
            message=_message(record),
        )
        if record.exc_info:
            log_data["fault"] = self.formatException(record.exc_info)

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 (the name is logging's)
        """Return the kind of fault and where it happened, without its message."""
        kind, _fault, trace = ei
        frames = "".join(traceback.format_tb(trace))
        return f"{frames}{kind.__name__ if kind else 'no fault'}"


def _message(record: logging.LogRecord) -> str:
    """Return the message of `record`; for a request the status and the route, never the address asked for.

    An address can hold a certificate's number, or whatever a person typed behind the slash.
    """
    request = getattr(record, "request", None)
    if request is None:
        return record.getMessage()
    match = getattr(request, "resolver_match", None)
    return f"{getattr(record, 'status_code', 400)} {match.route if match else 'no such page'}"

"""Logs: one line of `key=value` an event, for people and for grep."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

# What moves a terminal's cursor, colours it, or turns the direction of reading.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class _InertLines(structlog.processors.LogfmtRenderer):
    """Lines that are only read: strangers' words are in errors, and operators read logs in a terminal."""

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        line = super().__call__(logger, name, event)
        return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), line)


def configure(level: str, stream: TextIO | None = None) -> None:
    """Sets up structlog and the standard library's logging, on `stream` or stderr.

    Raises `ValueError` for an unknown level.
    """
    stream = sys.stderr if stream is None else stream
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"LOG_LEVEL={level!r}: use one of DEBUG, INFO, WARNING, ERROR")
    # Libraries say what concerns their callers; below a warning that is noise, and URLs with bot tokens.
    logging.basicConfig(
        stream=stream, level=max(number, logging.WARNING), format="%(name)s: %(message)s", force=True
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(),
            _InertLines(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )

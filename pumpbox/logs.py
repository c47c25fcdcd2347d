"""Logs: one line an event, of `key=value` for people and for grep, or of JSON for a log store."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog

# What moves a terminal's cursor, colours it, or turns the direction of reading.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class _InertLines(structlog.processors.LogfmtRenderer):
    """Lines that are only read: strangers' words are in errors, and operators read logs in a terminal."""

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        line = super().__call__(logger, name, event)
        return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), line)


class _JsonLines(structlog.processors.JSONRenderer):
    """All but ASCII is escaped by JSON; DEL is left."""

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        return str(super().__call__(logger, name, event)).replace("\x7f", "\\u007f")


class _LibraryLines(logging.Formatter):
    """A library's warning in the same form as ours."""

    def __init__(self, render: structlog.typing.Processor) -> None:
        super().__init__()
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        event = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return str(self._render(None, "", structlog.contextvars.merge_contextvars(None, "", event)))


_RENDERERS: dict[str, Callable[[], structlog.typing.Processor]] = {
    "logfmt": lambda: _InertLines(key_order=["timestamp", "level", "event"]),
    "json": lambda: _JsonLines(default=repr),
}


def configure(level: str, stream: TextIO | None = None, form: str = "logfmt") -> None:
    """Sets up structlog and the standard library's logging, on `stream` or stderr. `form`: logfmt | json.

    Raises `ValueError` for an unknown level.
    """
    stream = sys.stderr if stream is None else stream
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"LOG_LEVEL={level!r}: use one of DEBUG, INFO, WARNING, ERROR")
    render = _RENDERERS[form]()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_LibraryLines(render))
    # Libraries say what concerns their callers; below a warning that is noise, and URLs with bot tokens.
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )

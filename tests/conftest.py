"""For all tests."""

from __future__ import annotations

import structlog

# Plain lines, as the product writes them. structlog's own default draws a fault's frames with everything that
# was in them: slow, and no test shall get used to logs that show what the product's don't.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.ExceptionRenderer(),
        structlog.processors.LogfmtRenderer(key_order=["level", "event"]),
    ]
)

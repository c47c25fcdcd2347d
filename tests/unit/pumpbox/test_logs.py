"""What the log makes of strangers' words."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from pumpbox.logs import configure

HOSTILE = "a\x1b[2J\x1b]0;title\x07\r\nlevel=error\x9b31m\u202egpj\u2066"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    before = logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    configure("INFO", stream)
    yield stream
    structlog.reset_defaults()
    logging.root.handlers[:], logging.root.level = before


def test_nothing_in_a_line_is_obeyed_by_a_terminal(written: io.StringIO) -> None:
    log = structlog.get_logger()
    log.info("heard", said=HOSTILE, among=[HOSTILE])
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        log.exception("failed")
    lines = written.getvalue().split("\n")
    assert len(lines) == 3  # two, each ended
    assert all(line.isprintable() for line in lines)
    assert "\\x1b[2J" in lines[0]
    assert "level=info" in lines[0]


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOG_LEVEL"):
        configure("LOUD")

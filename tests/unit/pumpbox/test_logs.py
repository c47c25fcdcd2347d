"""What the log makes of strangers' words."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from pumpbox.logs import configure

HOSTILE = "a\x1b[2J\x1b]0;title\x07\r\nlevel=error\x9b31m\u202egpj\u2066"


def _written_in(form: str, say: Callable[[structlog.typing.FilteringBoundLogger], None]) -> str:
    """The one line that `say` makes in that form."""
    before = logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    configure("INFO", stream, form)
    try:
        say(structlog.get_logger())
    finally:
        structlog.reset_defaults()
        logging.root.handlers[:], logging.root.level = before
    (line,) = stream.getvalue().splitlines()
    return line


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


def test_a_line_of_json_is_inert_too_and_holds_what_was_said() -> None:
    line = _written_in("json", lambda log: log.info("heard", said=HOSTILE + "\x7f"))
    assert line.isprintable()
    assert json.loads(line)["said"] == HOSTILE + "\x7f"


def test_what_a_library_warns_of_has_the_same_form_and_carries_the_reference() -> None:
    def warn(log: structlog.typing.FilteringBoundLogger) -> None:
        with structlog.contextvars.bound_contextvars(ref="9QW3RT5Y"):
            logging.getLogger("somebody").warning("lost %s", HOSTILE)

    line = json.loads(_written_in("json", warn))
    assert line["event"] == f"lost {HOSTILE}"
    assert (line["level"], line["logger"], line["ref"]) == ("warning", "somebody", "9QW3RT5Y")
    assert _written_in("logfmt", warn).isprintable()


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOG_LEVEL"):
        configure("LOUD")

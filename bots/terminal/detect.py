"""Whether this terminal shows pictures, and how: asked, never guessed alone, so that none gets garbage.

Every terminal answers "primary device attributes" (`CSI c`); attribute 4 in the answer is sixel, and tmux and
Zellij answer for what they themselves pass on. Kitty's protocol is asked for by its own query, and only of
terminals that name themselves as ones that read it: others might print the question. Imports nothing heavy,
since it runs while the installation starts.
"""

from __future__ import annotations

import os
import re
import select
import termios
import time
import tty
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

PATIENCE = 1.0  # seconds for an answer; a terminal far away needs some
SIXEL_ATTRIBUTE = "4"
_ATTRIBUTES = re.compile(r"\x1b\[\?([0-9;]*)c")
_KITTY_SAYS = re.compile(r"\x1b_Gi=31;([^\x1b]*)\x1b\\")
ASK_ATTRIBUTES = "\x1b[c"
ASK_KITTY = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"  # a pixel to be looked at and thrown away


class Pictures(StrEnum):
    """How pictures are shown. AUTO asks the terminal; NONE says where the file lies."""

    AUTO = "auto"
    KITTY = "kitty"
    SIXEL = "sixel"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Found:
    """typed: what somebody had typed meanwhile, up to the end of the line; it belongs to the prompt.
    codes: whether the terminal knows any escape codes."""

    pictures: Pictures
    typed: str = ""
    codes: bool = True


def detect(wanted: Pictures, environ: Mapping[str, str], ask: Callable[[str], str]) -> Found:
    """`wanted`, and for AUTO what the terminal says it can. ask: writes to the terminal, returns what came."""
    term = environ.get("TERM", "")
    if term in ("", "dumb"):
        return Found(Pictures.NONE, codes=False)
    if wanted is not Pictures.AUTO or term == "linux":
        return Found(Pictures.NONE if wanted is Pictures.AUTO else wanted)
    answer = ask(ASK_KITTY + ASK_ATTRIBUTES if _reads_kitty(environ, term) else ASK_ATTRIBUTES)
    kitty, attributes = _KITTY_SAYS.search(answer), _ATTRIBUTES.search(answer)
    typed = _typed(_ATTRIBUTES.sub("", _KITTY_SAYS.sub("", answer)))
    if kitty is not None and kitty[1] == "OK":
        return Found(Pictures.KITTY, typed)
    if attributes is not None and SIXEL_ATTRIBUTE in attributes[1].split(";"):
        return Found(Pictures.SIXEL, typed)
    return Found(Pictures.NONE, typed)


def ask_tty(question: str, source: int = 0, target: int = 1) -> str:
    """Writes to the terminal and reads until it has said its attributes, or for `PATIENCE` seconds."""
    before = termios.tcgetattr(source)
    tty.setcbreak(source, termios.TCSANOW)  # not TCSAFLUSH: what was typed already is not ours to lose
    try:
        os.write(target, question.encode())
        answer = b""
        until = time.monotonic() + PATIENCE
        while _ATTRIBUTES.search(answer.decode(errors="replace")) is None:
            ready, _, _ = select.select([source], [], [], max(0.0, until - time.monotonic()))
            chunk = os.read(source, 4096) if ready else b""
            if not chunk:
                break
            answer += chunk
        return answer.decode(errors="replace")
    finally:
        termios.tcsetattr(source, termios.TCSANOW, before)


def _reads_kitty(environ: Mapping[str, str], term: str) -> bool:
    """Inside tmux or screen the variables are the outer terminal's, and the inner one takes no such pictures."""
    if "TMUX" in environ or "STY" in environ or term.startswith(("tmux", "screen")):
        return False
    named = environ.get("TERM_PROGRAM", "").lower() in ("ghostty", "wezterm")
    return (
        named
        or term in ("xterm-kitty", "xterm-ghostty")
        or bool({"KITTY_WINDOW_ID", "KONSOLE_VERSION"} & {*environ})
    )


def _typed(rest: str) -> str:
    line = re.split(r"[\r\n]", re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]", "", rest))[0]
    return "".join(char for char in line if char.isprintable())

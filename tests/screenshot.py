"""A picture of the real terminal: a session in tmux, its screen drawn with Pillow (needs tmux and DejaVu Sans Mono)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from prompt_toolkit.formatted_text import ANSI, to_formatted_text
from wcwidth import wcwidth

COLUMNS, ROWS = 88, 70
SIZE, MARGIN, LINE = 22, 24, 1.3  # pixels of a letter and around all of it; line height in letters
BACK, FRONT = (17, 24, 39), (229, 231, 235)
DISCS = {
    "⚪": "#d1d5db",
    "🟢": "#22c55e",
    "🔵": "#3b82f6",
    "🟣": "#a855f7",
    "🟡": "#eab308",
}  # not in the font
SERVER = "pumpbox-screenshot"  # a tmux of our own
PATIENCE = 60.0  # seconds for an answer
LOOK = 0.2


async def screen(command: str, session: Sequence[tuple[str, str]]) -> str:
    """What the terminal shows, with its escape codes, when the last line of the session has been answered.

    session: words to wait for, and the line to type then; an empty one is not typed.
    """
    size = ("-x", str(COLUMNS), "-y", str(ROWS))
    await _tmux("new-session", "-d", *size, f"env -u NO_COLOR TERM=screen-256color {command} 2>/dev/null")
    try:
        for words, line in session:
            await _until(words)
            if line:
                await _tmux("send-keys", "-l", line)
                await _tmux("send-keys", "Enter")
        return await _tmux("capture-pane", "-e", "-p", "-J")
    finally:
        await _tmux("send-keys", "C-d")
        await _ended()


async def _until(words: str) -> None:
    """Looks until the words are on the screen below the last line typed."""
    async with asyncio.timeout(PATIENCE):
        while words not in re.split(r"\n> (?=.)", await _tmux("capture-pane", "-p", "-J"))[-1]:  # noqa: ASYNC110 - tmux tells nobody
            await asyncio.sleep(LOOK)


async def _ended() -> None:
    async with asyncio.timeout(PATIENCE):
        while "0:" in await _tmux("list-sessions", check=False):  # noqa: ASYNC110 - nor of this
            await asyncio.sleep(LOOK)


async def _tmux(*arguments: str, check: bool = True) -> str:
    process = await asyncio.create_subprocess_exec(
        *("tmux", "-f", "/dev/null", "-L", SERVER, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    if check and process.returncode:
        raise RuntimeError(f"tmux {arguments[0]}: {error.decode()}")
    return out.decode()


def drawn(shown: str, tidy: Callable[[str], str]) -> Image.Image:
    """The screen as a picture; `tidy` replaces what differs from machine to machine."""
    text = tidy(shown).strip()
    regular = ImageFont.truetype("DejaVuSansMono.ttf", SIZE)
    bold = ImageFont.truetype("DejaVuSansMono-Bold.ttf", SIZE)
    wide, high = regular.getlength("M"), round(SIZE * LINE)
    size = round(wide * COLUMNS) + 2 * MARGIN, high * (text.count("\n") + 1) + 2 * MARGIN
    picture = Image.new("RGB", size, BACK)
    pen = ImageDraw.Draw(picture)
    column, y = 0, MARGIN
    for style, char, *_ in to_formatted_text(ANSI(text)):
        x = MARGIN + round(column * wide)
        if char == "\n":
            column, y = 0, y + high
        elif char in DISCS:
            pen.ellipse((x + 3, y + 5, x + SIZE - 1, y + SIZE + 1), fill=DISCS[char])
        else:
            pen.text((x, y), char, fill=_colour(style), font=bold if "bold" in style else regular)
        column += max(0, wcwidth(char))
    return picture


def _colour(style: str) -> tuple[int, int, int]:
    found = re.search(r"(?<!bg:)#([0-9a-f]{6})", style)
    colour = tuple(bytes.fromhex(found[1])) if found else FRONT
    red, green, blue = (
        (front * 6 + back * 4) // 10 if "dim" in style else front
        for front, back in zip(colour, BACK, strict=True)
    )
    return red, green, blue


async def take(
    path: Path, command: str, session: Sequence[tuple[str, str]], tidy: Callable[[str], str]
) -> None:
    drawn(await screen(command, session), tidy).save(path, lossless=True, method=6)

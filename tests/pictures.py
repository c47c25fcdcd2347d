"""Makes what README and docs show, from the product: `python -m tests.pictures`.

The sheet of coins comes from the box's own namer and renderer. The picture of the terminal and the transcript
are sessions with `pumpbox terminal` on fresh data folders, each line typed when the answer to the one before is
there: the first in tmux, as a person sees it, the second through a pipe.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

from PIL import Image

from core.adapters.ai.offline_namer import OfflineNamer
from core.adapters.ai.procedural_art import ProceduralRenderer
from core.domain import box
from core.domain.theme import check_theme
from core.ports.renderer import ArtBrief
from tests.screenshot import take

ROOT = Path(__file__).parents[1]
THEMES = (
    "space cats",
    "pizza dragon",
    "cyber duck",
    "ninja tofu",
    "wizard hamster",
    "king penguin",
    "robot love",
    "lazy bear",
    "ghost dog",
    "golden retriever",
    "coffee",
    "moon bank",
)
COLUMNS, SIDE = 6, 256
SESSION = (  # a line, and what is on the screen when it has been answered
    ("/launch space cats", "Launch  [2] Reroll"),
    ("1", "is live"),
    ("2", "The quote holds"),
    ("y", "Bought"),
)
SEEN = (  # words on the screen, and what is typed then
    ("/quit leaves", "/launch space cats"),
    ("Reroll", "1"),
    ("is live", "2"),
    ("The quote holds", "y"),
    ("Bought", ""),
)
BEGIN, END = "<!-- transcript: python -m tests.pictures -->", "<!-- /transcript -->"


async def sheet(path: Path) -> None:
    """Twelve coins, each from the seed that its number gives."""
    namer, renderer = OfflineNamer(), ProceduralRenderer()

    async def free(name: str, ticker: str) -> bool:
        return False

    picture = Image.new("RGB", (SIDE * COLUMNS, SIDE * (len(THEMES) // COLUMNS)))
    for number, words in enumerate(THEMES):
        seed, theme = box.derive(bytes([number]) * 32, "sheet"), check_theme(words)
        proposal = await namer.propose(theme, seed, free)
        brief = ArtBrief(seed, theme, proposal.name, proposal.ticker, box.rarity(seed))
        art = Image.open(io.BytesIO((await renderer.render(brief)).thumbnail)).convert("RGB")
        picture.paste(art, (SIDE * (number % COLUMNS), SIDE * (number // COLUMNS)))
    picture.save(path, quality=85, method=6)


async def transcript(data: Path) -> str:
    """What a person sees who types `SESSION`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pumpbox", "terminal", "--data", str(data)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    screen, ticker = "", ""

    async def until(words: str, start: int) -> None:
        nonlocal screen
        while words not in screen[start:]:
            try:
                chunk = await asyncio.wait_for(process.stdout.read(4096), 60)
            except TimeoutError:
                chunk = b""
            assert chunk, f"the session ended before {words!r}:\n{screen}"
            screen += chunk.decode()

    for line, answer in SESSION:
        found = re.search(r"\(\$([A-Z0-9]+)\)", screen)
        ticker = found[1] if found else ticker
        at = len(screen)
        process.stdin.write((line.format(ticker=ticker) + "\n").encode())
        await process.stdin.drain()
        await until(answer, at)
    process.stdin.close()
    screen += (await process.stdout.read()).decode()
    await process.wait()
    return tidy(screen, data)


def tidy(screen: str, data: Path) -> str:
    """The session without what differs from machine to machine: the folder, the port, the ends of long links."""
    screen = screen.replace(str(data), ".demo")
    screen = re.sub(r"(https://explorer\.solana\.com/tx/\w{8})\w+\S*", r"\1...", screen)
    screen = re.sub(r"(files/i/[\w-]{8})[\w-]+\.webp", r"\1....webp", screen)
    return "\n".join(line.rstrip() for line in screen.splitlines()).strip()


def put(page: Path, text: str) -> None:
    """Replaces what stands between the two marks."""
    words = page.read_text()
    before, after = words.index(BEGIN) + len(BEGIN), words.index(END)
    page.write_text(f"{words[:before]}\n```text\n{text}\n```\n{words[after:]}")


async def main() -> None:
    (ROOT / "docs" / "images").mkdir(exist_ok=True)
    await sheet(ROOT / "docs" / "images" / "coins.webp")
    with tempfile.TemporaryDirectory() as folder:
        put(ROOT / "docs" / "terminal.md", await transcript(Path(folder) / "demo"))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "demo"
        command = shlex.join([sys.executable, "-m", "pumpbox", "terminal", "--data", str(data)])
        await take(ROOT / "docs" / "images" / "terminal.webp", command, SEEN, lambda shown: tidy(shown, data))


if __name__ == "__main__":
    asyncio.run(main())

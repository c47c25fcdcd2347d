"""Golden files: what a surface makes of a message, committed, so that a change is seen and looked at.

    check(Path(__file__).parent / "golden" / "buy-quoted.json", native)

`make goldens` (UPDATE_GOLDENS=1) writes them anew; the difference is then reviewed as any other change.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable
from pathlib import Path


class GoldenDiffers(AssertionError):
    """The native object is not the committed one; the message is the difference, line by line."""


def check(path: Path, native: object) -> None:
    """Raises `GoldenDiffers` unless the file holds `native`: text as it is, anything else as JSON.

    Raises `TypeError` for what JSON can't hold: make it text, lists and dicts first, without the machine's
    paths, ports and times.
    """
    said = native if isinstance(native, str) else json.dumps(native, ensure_ascii=False, indent=2)
    said = said.rstrip("\n") + "\n"
    if os.environ.get("UPDATE_GOLDENS") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said, encoding="utf-8", newline="\n")
        return
    held = path.read_text(encoding="utf-8") if path.exists() else ""
    if held == said:
        return
    lines = difflib.unified_diff(held.splitlines(), said.splitlines(), "golden", "now", lineterm="", n=4)
    difference = "\n".join(lines)
    where = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    raise GoldenDiffers(f"{where}: if this is meant, `make goldens` and review:\n{difference}")


def leftovers(folder: Path, names: Iterable[str]) -> list[str]:
    """Golden files that no card has any more: to be deleted."""
    return sorted({file.name for file in folder.iterdir()} - set(names))

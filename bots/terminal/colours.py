"""Colours of the prompt, and whether there are any."""

from __future__ import annotations

from collections.abc import Mapping

from prompt_toolkit.styles import Style as Colours

# Each has a contrast of about 4 or more on black and on white alike; a test holds that. What is less important
# is faint, not grey: a fixed grey vanishes on one background or another.
GREEN, AMBER, RED, VIOLET, BLUE = "#008700", "#af5f00", "#ff0000", "#d700d7", "#005fff"

COLOURS = Colours.from_dict(
    {
        "title": "bold",
        "busy": f"bold {AMBER}",
        "good": f"bold {GREEN}",
        "bad": f"bold {RED}",
        "warn": f"bold {VIOLET}",
        "dim": "dim",
        "key": "bold",
        "success": GREEN,
        "danger": RED,
        "primary": BLUE,
        "secondary": "",
    }
)


def coloured(environ: Mapping[str, str]) -> bool:
    """Not where somebody said no (no-color.org: any value that is not empty), nor where codes would be shown."""
    return not environ.get("NO_COLOR") and environ.get("TERM", "") not in ("", "dumb")

"""Whatever the box refuses is said in words, with a next step."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = files("core")
SOURCES = [
    *(Path(str(ROOT)) / "domain" / name for name in ("theme.py", "ticker.py")),
    *(Path(str(ROOT)) / "adapters" / "ai" / name for name in ("offline_namer.py", "procedural_art.py")),
]


def raised() -> list[str]:
    return sorted(
        {code for file in SOURCES for code in re.findall(r'UserError\("([a-z-]+)"', file.read_text())}
    )


def test_the_box_refuses_something() -> None:
    assert len(raised()) == 15


@pytest.mark.parametrize("code", raised())
def test_a_refusal_has_its_text_and_next_step(code: str) -> None:
    text = (ROOT / "assets" / "locales" / "en" / "box.ftl").read_text()
    assert re.search(rf"^error-{code} = .+\n    \.next = .+$", text, re.MULTILINE)

"""Instructions recorded by earlier releases mean today what they meant then: see fixtures/README.md."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.program import fixtures
from tests.program.every import CALLS

FILES = sorted(fixtures.FOLDER.glob("v*/*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_it_does_today_what_it_did_then(path: Path) -> None:
    recorded = json.loads(path.read_text())
    now = fixtures.replay(recorded)
    assert now["events"] == recorded["events"]
    assert now["after"] == recorded["after"]
    assert recorded["before"] != recorded["after"], "a recording of nothing"


def test_every_case_is_recorded() -> None:
    """`python -m tests.program.fixtures` records what is missing."""
    assert {fixtures.path_of(name) for name in CALLS if name not in fixtures.NOT_RECORDED} <= set(FILES)


def test_recording_never_overwrites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a changed meaning would be recorded as the old one, and the replay would prove nothing."""
    monkeypatch.setattr(fixtures, "FOLDER", tmp_path)
    monkeypatch.setattr(fixtures, "CURRENT", tmp_path)
    fixtures.path_of("buy").write_text("as it was")
    fixtures.main()
    assert fixtures.path_of("buy").read_text() == "as it was"
    again = json.loads(fixtures.path_of("sell").read_text())
    assert again == json.loads((Path(__file__).parent / "fixtures/v1/sell.json").read_text())

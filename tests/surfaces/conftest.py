from __future__ import annotations

from pathlib import Path

import pytest

from tests.surfaces.cards import write_pictures


@pytest.fixture
def card_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the cards' pictures, and the test works in it: their relative paths lead to files."""
    write_pictures(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path

"""The keeper's two halves are one role: one that breaks ends both, and is what the operator is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.adapters.db.migrate import upgrade
from core.bootstrap import places, roles
from core.bootstrap.app import App
from tests.fakes.installation import settings_of


async def test_what_breaks_is_named_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> None:
        raise RuntimeError("the coins are gone")

    def upkeep(app: App) -> roles.Work:
        return broken

    monkeypatch.setattr(roles, "_upkeep", upkeep)
    settings = settings_of(tmp_path)
    settings.data_dir.mkdir()
    await upgrade(places.database_url(settings))
    with pytest.raises(RuntimeError, match="the coins are gone"):
        await roles.keeper(settings, ready=lambda _: None, stop=asyncio.Event())

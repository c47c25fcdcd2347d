"""Slash commands come from the declarations, and are sent only when they changed."""

from __future__ import annotations

import pytest

from bots.discord.register import commands
from core.adapters.db.store import SqlStore
from core.bootstrap.app import load_commands
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_rules import check_commands
from tests.surfaces.discord.parts import SPECS, Serving, spec


def test_a_declaration_is_a_slash_command() -> None:
    made = {command["name"]: command for command in commands(SPECS)}
    assert made["buy"] == {
        "type": 1,
        "name": "buy",
        "description": "Fill in",
        "options": [
            {
                "type": 3,
                "name": "coin",
                "description": "There is news",
                "required": True,
                "max_length": 120,
                "autocomplete": True,
            },
            {
                "type": 3,
                "name": "sol",
                "description": "There is news",
                "required": True,
                "max_length": 120,
                "autocomplete": True,
            },
        ],
    }
    assert made["wallet"]["options"] == []
    assert made["Look up coin"] == {"type": 3, "name": "Look up coin"}
    assert "sealed" not in made, "hidden commands are reached by buttons only"
    check_commands(commands(SPECS))


async def test_commands_are_sent_once_and_again_when_they_change(
    discord: FakeDiscord, serving: Serving, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        async with serving():
            assert [c["name"] for c in discord.commands] == ["coin", "buy", "wallet", "Look up coin"]
    assert discord.overwrites == 1

    monkeypatch.setitem(SPECS, "new", spec("new"))
    async with serving():
        assert [c["name"] for c in discord.commands] == ["coin", "buy", "wallet", "new", "Look up coin"]
    assert discord.overwrites == 2


async def test_only_unprivileged_intents_are_asked_for(discord: FakeDiscord, serving: Serving) -> None:
    async with serving():
        intents = discord.gateway.session.intents
    guilds, guild_messages, direct_messages = 1 << 0, 1 << 9, 1 << 12
    assert intents == guilds | guild_messages | direct_messages


def test_discord_takes_every_command_that_there_is() -> None:
    made = commands(load_commands())
    check_commands(made)
    assert {"launch", "buy", "sell", "wallet", "portfolio"} <= {command["name"] for command in made}

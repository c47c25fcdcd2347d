"""Slash commands come from the declarations, and are sent only when they changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.discord.register import commands
from core import localize
from core.adapters.db.store import SqlStore
from core.bootstrap.app import load_commands
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_rules import check_commands
from tests.surfaces.discord.parts import SPECS, Serving, spec

NAMES = ("coin", "buy", "wallet", "home")


def test_a_declaration_is_a_slash_command() -> None:
    made = {command["name"]: command for command in commands(SPECS)}
    assert made["buy"] == {
        "type": 1,
        "name": "buy",
        "description": "Fill in",
        "integration_types": [0, 1],
        "contexts": [0, 1, 2],
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
    assert made["Look up coin"] == {
        "type": 3,
        "name": "Look up coin",
        "integration_types": [0, 1],
        "contexts": [0, 1, 2],
    }
    assert "sealed" not in made, "hidden commands are reached by buttons only"
    check_commands(commands(SPECS))


def test_what_only_managers_may_do_is_offered_in_servers_to_managers() -> None:
    """A hint: `dispatch` asks who calls."""
    home = {command["name"]: command for command in commands(SPECS)}["home"]
    assert (home["integration_types"], home["contexts"]) == ([0], [0])
    assert home["default_member_permissions"] == str(1 << 5), "Manage Server"


def test_texts_come_in_every_language_that_we_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for language, words in (("de", "Ausfüllen"), ("es", "Rellenar")):
        (tmp_path / language).mkdir()
        (tmp_path / language / "discord.ftl").write_text(f"discord-open-form = {words}\n")
    (tmp_path / "en").symlink_to(localize.LOCALES / "en")
    monkeypatch.setattr(localize, "LOCALES", tmp_path)
    localize._bundle.cache_clear()
    made = {command["name"]: command for command in commands(SPECS)}
    localize._bundle.cache_clear()
    assert made["buy"]["description"] == "Fill in"
    assert made["buy"]["description_localizations"] == {
        "de": "Ausfüllen",
        "es-ES": "Rellenar",
        "es-419": "Rellenar",
    }
    assert made["Look up coin"]["name_localizations"]["de"] == "Look up coin", "what has no words yet"
    check_commands(list(made.values()))


async def test_commands_are_sent_once_and_again_when_they_change(
    discord: FakeDiscord, serving: Serving, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        async with serving():
            assert [c["name"] for c in discord.commands] == [*NAMES, "Look up coin"]
    assert discord.overwrites == 1

    monkeypatch.setitem(SPECS, "new", spec("new"))
    async with serving():
        assert [c["name"] for c in discord.commands] == [*NAMES, "new", "Look up coin"]
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

"""Slash commands out of the declarations; sent to Discord only when they differ from what it has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import discord
import structlog
from discord.http import Route

from bots.discord.inbound import LOOK_UP
from bots.discord.render import label
from bots.discord.wire import Wire
from core.commands.spec import Access, ArgSpec, Spec
from core.localize import FALLBACK, available
from core.ports.store import Store
from core.reply import T, t

log = structlog.get_logger()

SLASH, STRING = 1, 3  # application command type, option type
CURSOR = "discord-commands"
MAX_DESCRIPTION, MAX_NAME = 100, 32
GUILD_INSTALL, USER_INSTALL = 0, 1
GUILD, BOT_DM, PRIVATE_CHANNEL = 0, 1, 2
ANYWHERE = {
    "integration_types": [GUILD_INSTALL, USER_INSTALL],
    "contexts": [GUILD, BOT_DM, PRIVATE_CHANNEL],
}
MANAGED = {  # what a server's managers are shown; `dispatch` asks again who calls
    "integration_types": [GUILD_INSTALL],
    "contexts": [GUILD],
    "default_member_permissions": str(discord.Permissions(manage_guild=True).value),
}


def commands(specs: Mapping[str, Spec]) -> list[dict[str, Any]]:
    """The body of a bulk overwrite: the slash commands, and the look-up in the menu of a message."""
    made = [_command(spec) for spec in specs.values() if not spec.hidden]
    if "coin" in specs:
        made.append({"type": LOOK_UP, **_words("name", t("discord-look-up"), MAX_NAME), **ANYWHERE})
    return made


def _command(spec: Spec) -> dict[str, Any]:
    return {
        "type": SLASH,
        "name": spec.name,
        **_words("description", spec.help, MAX_DESCRIPTION),
        "options": [_option(a) for a in sorted(spec.args, key=lambda a: not a.required)],
        **(MANAGED if spec.access is Access.ADMIN else ANYWHERE),
    }


def _words(key: str, words: T, limit: int) -> dict[str, Any]:
    """A text, and the same in every language of Discord's that we have words in."""
    ours = [found.value for found in discord.Locale if available(found.value) != FALLBACK]
    translated = {locale: label(words, locale, limit) for locale in ours}
    return {key: label(words, None, limit), **({f"{key}_localizations": translated} if translated else {})}


def _option(a: ArgSpec) -> dict[str, Any]:
    """Every value is text: `core` parses it, and says what is wrong with it. Presets are only suggested."""
    option: dict[str, Any] = {
        "type": STRING,
        "name": a.name,
        **_words("description", a.help, MAX_DESCRIPTION),
        "required": a.required,
        "max_length": a.max_length,
    }
    if a.suggest or a.presets:
        option["autocomplete"] = True
    return option


async def sync(wire: Wire, application_id: str, specs: Mapping[str, Spec], store: Store) -> None:
    """Overwrites the global commands if their hash changed: Discord counts creations per day."""
    wanted = commands(specs)
    digest = hashlib.sha256(json.dumps([application_id, wanted], sort_keys=True).encode()).hexdigest()
    async with store.read() as work:
        known = await work.cursors.get(CURSOR)
    if known is not None and known.get("hash") == digest:
        return
    await wire.request(
        Route("PUT", "/applications/{application_id}/commands", application_id=application_id), wanted
    )
    async with store.begin() as work:
        await work.cursors.set(CURSOR, {"hash": digest})
    log.info("discord.commands_synced", count=len(wanted))

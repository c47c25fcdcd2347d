"""Telegram's command menu, from the declarations: by scope and language, sent when it has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import structlog
import telegram
from telegram import (
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)
from telegram.error import TelegramError

from bots.desk import Desk
from bots.telegram.render import clip
from core.commands.spec import Access, Spec
from core.localize import FALLBACK, LOCALES, text

log = structlog.get_logger()

DESCRIPTION, COMMANDS = 256, 100  # characters, commands in a menu
SCOPES = {  # the narrower first: Telegram shows the narrowest that there is
    "managers": BotCommandScopeAllChatAdministrators(),
    "group": BotCommandScopeAllGroupChats(),
    "private": BotCommandScopeAllPrivateChats(),
}

Menu = list[tuple[str, str]]


def menus(specs: Mapping[str, Spec]) -> dict[tuple[str, str | None], Menu]:
    """(scope, language or None for everybody else) -> (name, description). Menus are hints, not rights."""
    shown = [spec for spec in specs.values() if not spec.hidden]
    others = sorted(
        folder.name for folder in LOCALES.iterdir() if folder.is_dir() and folder.name != FALLBACK
    )
    made: dict[tuple[str, str | None], Menu] = {}
    for scope in SCOPES:
        listed = [spec for spec in shown if _offered(spec, scope)][:COMMANDS]
        for language in (*others, None):
            made[scope, language] = [(s.name, clip(text(s.help, language), DESCRIPTION)) for s in listed]
    return made


def _offered(spec: Spec, scope: str) -> bool:
    """To a group what is not private, and to its managers alone what is theirs."""
    if spec.access is Access.ADMIN:
        return scope == "managers"
    return scope == "private" or not spec.private


async def register(bot: telegram.Bot, desk: Desk, specs: Mapping[str, Spec]) -> None:
    """Sends the menus if they are not those sent before. A refusal is logged: commands work without."""
    wanted = menus(specs)
    listing = json.dumps([[*key, menu] for key, menu in wanted.items()])
    digest = hashlib.sha256(listing.encode()).hexdigest()
    cursor = f"telegram-commands:{bot.id}"
    async with desk.store.read() as work:
        kept = await work.cursors.get(cursor)
    if kept == {"sha256": digest}:
        return
    try:
        for (scope, language), menu in wanted.items():
            commands = [BotCommand(name, words) for name, words in menu]
            await bot.set_my_commands(commands, SCOPES[scope], language)
    except TelegramError as refused:
        log.warning("telegram.menu_refused", error=str(refused))
        return
    async with desk.store.begin() as work:
        await work.cursors.set(cursor, {"sha256": digest})

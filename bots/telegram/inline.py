"""Inline mode: `@bot space` in any chat offers coins, whose cards can be posted where we are not ourselves.

A question is a read, asked anew with every letter: it goes past the inbox, only the last of a person is
answered, and what fails stays unanswered. The card's buttons lead into our private chat, since a
message that we did not send has no chat of ours. One answer serves everybody, in one language: Telegram
keeps it for a moment.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import structlog
import telegram
from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bots.desk import Desk
from bots.telegram.answer import PRIVATE, Answers
from bots.telegram.render import clip, label, reachable, render
from bots.telegram.send import NO_PREVIEW
from core.localize import text
from core.ports.store import StoreAway
from core.reply import Button, Message, Style, t

log = structlog.get_logger()

RESULTS = 25  # Telegram takes 50
CACHE = 10  # seconds that Telegram may repeat an answer
PATIENCE = 5.0  # seconds that a read may take: nobody looks at a later answer
ASKING = 64  # questions at a time; more are not answered, and the next letter asks again
FACTS = 3  # rows of the card below its title in the list
DESCRIPTION = 160  # characters


class Inline:
    """Answers inline queries. `public_url`: where the installation's pictures are found, if anywhere."""

    def __init__(self, bot: telegram.Bot, desk: Desk, answers: Answers, public_url: str | None) -> None:
        self._bot, self._desk, self._answers = bot, desk, answers
        self._public_url = None if public_url is None else public_url.rstrip("/")
        self._asking: dict[str, asyncio.Task[None]] = {}  # by user

    def take(self, update: dict[str, Any]) -> bool:
        """Whether the update is such a question; then it is being answered, and is none for the inbox."""
        query = update.get("inline_query")
        if query is None:
            return False
        user = str((query.get("from") or {}).get("id"))
        if (earlier := self._asking.pop(user, None)) is not None:
            earlier.cancel()
        if len(self._asking) < ASKING:
            task = asyncio.create_task(self._answer(str(query.get("id")), str(query.get("query", ""))))
            self._asking[user] = task
            task.add_done_callback(lambda done: self._forget(user, done))
        return True

    def _forget(self, user: str, done: asyncio.Task[None]) -> None:
        if self._asking.get(user) is done:
            del self._asking[user]

    async def close(self) -> None:
        """Answers nothing more."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _answer(self, query_id: str, typed: str) -> None:
        try:
            results, hint = await self._found(typed)
            button = (
                None if hint is None else InlineQueryResultsButton(text(t(hint)), start_parameter=PRIVATE)
            )
            cached = 0 if hint == "telegram-inline-away" else CACHE
            await self._bot.answer_inline_query(query_id, results, cached, is_personal=False, button=button)
        except TelegramError as refused:
            log.info("telegram.query_not_answered", error=str(refused))
        except Exception:
            log.exception("telegram.query_failed")  # the next letter asks again

    async def _found(self, typed: str) -> tuple[list[InlineQueryResultArticle], str | None]:
        """What is offered, and a hint where nothing is."""
        try:
            async with asyncio.timeout(PATIENCE):
                cards = await self._desk.glance(typed, RESULTS)
        except (StoreAway, TimeoutError) as away:
            log.warning("telegram.query_store_away", error=str(away))
            return [], "telegram-inline-away"
        return [self._article(card) for card in cards], None if cards else "telegram-inline-none"

    def _article(self, card: Message) -> InlineQueryResultArticle:
        coin = card.data["coin"]
        link = self._answers.private_link(coin["mint"])
        trade = Button(t("telegram-inline-trade", ticker=coin["ticker"]), url=link, style=Style.PRIMARY)
        copies = tuple(button for row in card.buttons for button in row if button.copy is not None)
        rendered = render(replace(card, buttons=((trade, *copies),), media=None), None)
        facts = (f"{label(row.label, None)}: {label(row.value, None)}" for row in card.rows[:FACTS])
        picture = self._picture(card)
        preview = NO_PREVIEW
        if picture is not None:
            preview = LinkPreviewOptions(url=picture, prefer_large_media=True, show_above_text=True)
        return InlineQueryResultArticle(
            coin["mint"],
            label(card.title, None),
            InputTextMessageContent(rendered.html, ParseMode.HTML, link_preview_options=preview),
            rendered.keyboard,
            description=clip(" · ".join(facts), DESCRIPTION),
            thumbnail_url=picture,
        )

    def _picture(self, card: Message) -> str | None:
        """Where Telegram finds the coin's picture."""
        if card.media is None or self._public_url is None:
            return None
        url = f"{self._public_url}/{card.media.path}"
        return url if reachable(url) else None

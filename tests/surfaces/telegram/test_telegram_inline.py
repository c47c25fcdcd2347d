"""Inline mode: coins offered in any chat, a read that never reaches the inbox nor stops what does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import unused_port
from pydantic import SecretStr

from bots.desk import Desk
from bots.telegram import inline
from bots.telegram.surface import serve
from core.cards.coin import coin_card
from core.domain import curve
from core.ports.rows import Coin
from core.ports.store import StoreAway
from core.reply import Message, Reply
from tests.fakes.installation import installation
from tests.fakes.rows import a_coin
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.surfaces.telegram.conftest import Running, card

MINT = "So11111111111111111111111111111111111111112"


def a_live_coin(**changes: Any) -> Coin:
    return a_coin(MINT, virtual_sol=30 * 10**9, virtual_tokens=curve.INITIAL_TOKENS, **changes)


async def offered(telegram: FakeTelegram, query: str) -> dict[str, Any]:
    answer = await telegram.until(lambda: telegram.offers.get(query))
    assert isinstance(answer, dict)
    return answer


def knows(running: Running, *cards: Message) -> list[str]:
    """The core finds these, and the list holds what it was asked."""
    asked: list[str] = []

    async def glance(typed: str, limit: int) -> list[Message]:
        asked.append(typed)
        return list(cards)[:limit]

    running.core.glance = glance
    return asked


async def test_a_coin_is_offered_with_its_market_and_posted_as_its_card(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    asked = knows(running, coin_card(a_live_coin(ticker="CATS", name="Space <b>Cats</b>", image=None)))
    async with running.process():
        answer = await offered(running.telegram, await running.telegram.ask(ada, "ca"))

    assert asked == ["ca"]
    (result,) = answer["results"]
    assert (result["type"], result["id"]) == ("article", MINT)
    assert result["title"] == "Space <b>Cats</b> ($CATS)"
    assert result["description"].startswith("Market cap: ")
    posted = result["input_message_content"]
    assert posted["parse_mode"] == "HTML"
    assert posted["message_text"].startswith("<b>Space &lt;b&gt;Cats&lt;/b&gt; ($CATS)</b>")
    assert posted["link_preview_options"] == {"is_disabled": True}
    assert result["reply_markup"]["inline_keyboard"] == [
        [
            {
                "text": "Trade CATS",
                "url": f"https://t.me/pumpbox_test_bot?start={MINT}",
                "style": "primary",
            },
            {"text": "Copy mint address", "copy_text": {"text": MINT}},
        ]
    ]
    assert (int(answer["cache_time"]), answer["is_personal"]) == (10, "false")
    assert "button" not in answer


async def test_the_picture_is_shown_where_the_public_finds_it(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    knows(running, coin_card(a_live_coin(image="cat.webp")))
    running.more["public_url"] = "https://coins.example.org/"
    async with running.process():
        answer = await offered(running.telegram, await running.telegram.ask(ada, ""))
    (result,) = answer["results"]
    picture = "https://coins.example.org/i/cat.webp"
    assert result["thumbnail_url"] == picture
    preview = result["input_message_content"]["link_preview_options"]
    assert preview == {"url": picture, "prefer_large_media": True, "show_above_text": True}


async def test_without_a_match_there_is_a_way_on(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    async with running.process():
        answer = await offered(running.telegram, await running.telegram.ask(ada, "zebra"))
    assert answer["results"] == []
    assert answer["button"] == {
        "text": "No coin begins with that: open pumpbox",
        "start_parameter": "private",
    }


async def test_without_the_database_there_is_a_hint_that_is_not_kept(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")

    async def away(typed: str, limit: int) -> list[Message]:
        raise StoreAway("gone fishing")

    running.core.glance = away
    async with running.process():
        answer = await offered(running.telegram, await running.telegram.ask(ada, "ca"))
    assert "try again in a minute" in answer["button"]["text"]
    assert (answer["results"], int(answer["cache_time"])) == ([], 0)


@pytest.mark.parametrize("typed", ["x" * 256, "\0", "\u202e", "<b>", "' OR 1=1 --", "%", "_", "🚀" * 128])
async def test_hostile_questions_are_questions(running: Running, typed: str) -> None:
    ada = running.telegram.user(7, "Ada")
    async with running.process():
        answer = await offered(running.telegram, await running.telegram.ask(ada, typed))
    assert answer["results"] == []


async def test_a_fault_or_a_refusal_stops_nothing_and_nothing_is_kept(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/start", Reply(card("Hello")))

    async def broken(typed: str, limit: int) -> list[Message]:
        raise ZeroDivisionError

    running.core.glance = broken
    async with running.process():
        await running.telegram.ask(ada, "boom")
        await running.telegram.say(ada, "/start")
        await running.telegram.shown(ada, "Hello")
        knows(running)
        running.telegram.fail("answerInlineQuery", 400, "Bad Request: query is too old")
        await running.telegram.ask(ada, "late")
        await running.telegram.until(lambda: "answerInlineQuery" in running.telegram.methods())
        await offered(running.telegram, await running.telegram.ask(ada, "again"))
        async with running.store.read() as work:
            assert not any("inline_query" in item.payload for item in await work.inbox.pending("telegram"))


async def test_by_the_webhook_too(running: Running) -> None:
    ada, port = running.telegram.user(7, "Ada"), unused_port()
    running.telegram.hook.port = port
    running.more = {"telegram_webhook_url": "https://bot.example.org/", "telegram_webhook_port": port}
    async with running.process():
        await offered(running.telegram, await running.telegram.ask(ada, "zebra"))


async def test_only_the_last_question_of_a_person_is_answered(running: Running) -> None:
    ada, bob = running.telegram.user(7, "Ada"), running.telegram.user(8, "Bob")
    begun = asyncio.Event()

    async def slow(typed: str, limit: int) -> list[Message]:
        if typed == "c":
            begun.set()
            await asyncio.Event().wait()
        return []

    running.core.glance = slow
    async with running.process():
        first = await running.telegram.ask(ada, "c")
        await begun.wait()
        await offered(running.telegram, await running.telegram.ask(bob, "b"))  # not delayed by hers
        await offered(running.telegram, await running.telegram.ask(ada, "ca"))
    assert first not in running.telegram.offers


async def test_a_slow_database_is_not_waited_for(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inline, "PATIENCE", 0)
    ada = running.telegram.user(7, "Ada")

    async def never(typed: str, limit: int) -> list[Message]:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    running.core.glance = never
    async with running.process():
        answer = await offered(running.telegram, await running.telegram.ask(ada, "ca"))
    assert "try again in a minute" in answer["button"]["text"]


async def test_the_real_index_answers(tmp_path: Path, telegram: FakeTelegram) -> None:
    ada = telegram.user(7, "Ada")
    async with installation(tmp_path) as home:
        given = {"telegram_token": SecretStr(TOKEN), "telegram_api_base": telegram.base}
        settings = home.settings.model_copy(update=given)
        async with home.app.store.begin() as work:
            await work.coins.put(a_live_coin(ticker="CATS"))
        stop = asyncio.Event()
        desk = Desk.of(home.app, "telegram")
        task = asyncio.create_task(serve(desk, settings, stop=stop, specs=home.app.specs))
        for typed in ("", "cat", "$CATS", f"https://solscan.io/token/{MINT}"):
            answer = await offered(telegram, await telegram.ask(ada, typed))
            assert [result["id"] for result in answer["results"]] == [MINT]
        # The button leads into the private chat, to the coin.
        await telegram.say(ada, f"/start {MINT}")
        await telegram.shown(ada, "($CATS)")
        stop.set()
        await asyncio.wait_for(task, 15)

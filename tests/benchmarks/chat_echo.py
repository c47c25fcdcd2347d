"""The other side of bench-chat: the smallest bot on each of the libraries that our surfaces use.

It keeps nothing: an update that it has asked for and not answered is lost when it dies. Run by
`tests.benchmarks.chat` as a process of its own, as our app is.
"""

from __future__ import annotations

import asyncio
import logging
import sys

import discord
import telegram
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from telegram.request import HTTPXRequest

from tests.benchmarks.chat_wire import TOKEN

ANSWER = "You said something to me, and I say something to you."


async def echo_telegram(base: str) -> None:
    bot = telegram.Bot(TOKEN, base_url=f"{base}/bot", request=HTTPXRequest(64, pool_timeout=60))
    await bot.initialize()
    offset, tasks = None, set()
    while True:
        updates = await bot.get_updates(offset, timeout=10)
        for update in updates:
            offset = update.update_id + 1
            assert update.effective_chat is not None
            task = asyncio.create_task(bot.send_message(update.effective_chat.id, ANSWER))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


class Echo(discord.AutoShardedClient):
    async def on_interaction(self, interaction: discord.Interaction[Echo]) -> None:
        await interaction.response.send_message(ANSWER)


async def echo_discord(base: str) -> None:
    Route.BASE = base
    client = Echo(intents=discord.Intents.none(), guild_ready_timeout=0.0)
    await client.login(TOKEN)
    _, gateway, _ = await client.http.get_bot_gateway()
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    await client.connect()


if __name__ == "__main__":
    logging.disable(logging.INFO)
    asyncio.run({"telegram": echo_telegram, "discord": echo_discord}[sys.argv[1]](sys.argv[2]))

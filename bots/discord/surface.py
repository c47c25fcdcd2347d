"""Discord by the gateway: what comes in is written down, handled, answered; what is promised is sent.

    await serve(desk, settings, stop=stop, specs=REGISTRY)

No privileged intent: the text of a message is seen in private and where the bot is mentioned.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections.abc import Mapping
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bots.desk import Desk, RetryAfter
from bots.discord.answer import Answer
from bots.discord.forms import Typed
from bots.discord.inbound import PLATFORM, SLASH, Asked, from_interaction, from_item, from_message, lane_of
from bots.discord.register import sync
from bots.discord.render import shorten
from bots.discord.send import Outbox
from bots.discord.wire import MAX_WAIT, Buckets, Wire
from bots.inbox import InboxRunner
from bots.life import live, unless
from core.commands.spec import Spec
from core.localize import UnknownText, clean
from core.ports.ids import reference
from core.ports.rows import InboxItem
from core.ports.store import StoreAway
from core.reply import Kind, Message, Reply, Tone, Visibility, t
from core.settings import Settings

log = structlog.get_logger()

DEFER_AFTER = 1.5  # seconds that the core has to answer before "thinking" is shown
TYPEAHEAD = 2.0  # seconds that suggestions may take
LOGIN_WAITS = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds between attempts while Discord can't be reached
GIVE_UP = 3600  # seconds after which an answer that Discord won't take is dropped
CHOICES, CHOICE_LENGTH = 8, 100
AUTHENTICATION_FAILED = 4004


class TokenRefused(Exception):
    """Discord doesn't know the token. The message says what to do, and never shows the token."""

    def __init__(self) -> None:
        super().__init__(
            "Discord refused DISCORD_TOKEN. Copy the token again from the Developer Portal "
            "(your application, Bot, Reset Token) and set DISCORD_TOKEN or DISCORD_TOKEN_FILE."
        )


async def serve(desk: Desk, settings: Settings, *, stop: asyncio.Event, specs: Mapping[str, Spec]) -> None:
    """Runs until `stop` is set. Raises `TokenRefused`; an outage of Discord or of the network is waited out."""
    token = settings.discord_token.get_secret_value().strip() if settings.discord_token else ""
    if not token:
        raise TokenRefused
    Route.BASE = settings.discord_api_base.rstrip("/")
    logging.getLogger("discord").setLevel(logging.INFO)  # at DEBUG it writes interaction tokens
    surface = Surface(desk, specs)
    try:
        if await unless(stop, surface.connected(token)):
            await live(desk, surface.inbox, surface.listen(), surface.send, stop)
    finally:
        await surface.close()


class Surface:
    """The client with what it feeds."""

    def __init__(self, desk: Desk, specs: Mapping[str, Spec]) -> None:
        self._desk, self._specs = desk, specs
        self._client = Client(self)
        self._wire = Wire(self._client)
        self.inbox = InboxRunner(desk, self.handle, lane_of)
        self.send = Outbox(desk, self._wire).send
        self._answers: dict[str, Answer] = {}
        self._typed = Typed()

    async def connected(self, token: str) -> bool:
        """Logs in, and brings the commands up to date. Raises `TokenRefused`."""
        await self._login(token)
        await self._sync()
        return True

    async def listen(self) -> None:
        """By the gateway, until Discord refuses us for good."""
        _, gateway, _ = await self._client.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)  # where an invalidated session begins anew
        try:
            await self._client.connect()
        except discord.ConnectionClosed as closed:
            if closed.code == AUTHENTICATION_FAILED:
                raise TokenRefused from closed
            raise

    async def _login(self, token: str) -> None:
        for wait in itertools.chain(LOGIN_WAITS, itertools.repeat(LOGIN_WAITS[-1])):
            try:
                await self._client.login(token)
                return
            except discord.LoginFailure as refused:
                raise TokenRefused from refused
            except (discord.HTTPException, aiohttp.ClientError, OSError) as fault:
                log.warning("discord.login_failed", error=type(fault).__name__, wait=wait)
            await self._client.http.close()
            self._client.clear()
            self._client.http.connector = discord.utils.MISSING  # it closed with the session
            await asyncio.sleep(wait)

    async def _sync(self) -> None:
        """Brings Discord's commands up to date; if it refuses them, the old ones work on."""
        while True:
            try:
                await sync(self._wire, str(self._client.application_id), self._specs, self._desk.store)
                return
            except RetryAfter as wait:
                await asyncio.sleep(wait.seconds)
            except discord.HTTPException as refused:
                log.error("discord.commands_refused", code=refused.code, why=refused.text)
                return

    async def close(self) -> None:
        for answer in self._answers.values():
            await answer.close()
        await self._client.close()

    async def asked(self, interaction: discord.Interaction[Any]) -> None:
        """An interaction has come: it is written down, then handled; the clock of 3 s runs already."""
        if interaction.type is discord.InteractionType.autocomplete:
            await self._suggest(interaction)
            return
        asked = from_interaction(interaction, self._desk.clock.now())
        if asked is None or asked.id in self._answers:
            return
        answer = Answer(self._desk, self._wire, asked, self._typed, hidden=self._hides(asked), known=True)
        self._answers[asked.id] = answer
        answer.defer_after(DEFER_AFTER)
        await self._accept(asked)

    async def said(self, message: discord.Message, words: str) -> None:
        """A line was said to the bot."""
        await self._accept(from_message(message, words, self._desk.clock.now()))

    async def left(self, guild: discord.Guild) -> None:
        """A server threw us out: its channels are not announced to until somebody there calls again."""
        try:
            async with self._desk.store.begin() as work:
                for channel in guild.channels:
                    await work.chats.set_active(PLATFORM, str(channel.id), False)
        except StoreAway as away:
            log.warning("discord.store_away", error=str(away))  # the next notice there finds out

    async def _accept(self, asked: Asked) -> None:
        try:
            new = await self.inbox.accept(asked.item())
        except StoreAway as away:
            log.warning("discord.store_away", error=str(away))
            answer = self._answer(asked)
            sorry = Message(t("discord-store-away"), tone=Tone.BAD)
            await answer.give(Reply(sorry, kind=Kind.ERROR, visibility=Visibility.QUIET))
            await self._finish(asked.id)
            return
        if not new or self.inbox.ended:
            # It came twice, and the first is being handled, or was; or it is handled next time.
            await self._finish(asked.id)

    async def handle(self, item: InboxItem) -> None:
        """Runs what was asked and answers. Raises `RetryAfter` or `StoreAway` to be called again."""
        asked = from_item(item)
        answer = self._answer(asked)
        again = False
        try:
            reply = await self._desk.dispatch(asked.invocation())
            if reply is not None:
                await self._give(reply, answer, asked)
        except (RetryAfter, StoreAway):
            again = self._desk.clock.now() - asked.at < GIVE_UP
            if again:
                raise
            log.exception("discord.gave_up", event_id=asked.id)
        finally:
            if not again:
                await self._finish(asked.id)

    async def _give(self, reply: Reply, answer: Answer, asked: Asked) -> None:
        """If Discord refuses it in every form, or we can't say it, the caller hears that at least."""
        try:
            await answer.give(reply)
        except (discord.HTTPException, ValueError, UnknownText):
            ref = reference(PLATFORM, asked.id)
            log.exception("discord.reply_not_shown", reference=ref, event_id=asked.id)
            await answer.give(
                Reply(self._desk.apology(asked.id), kind=Kind.ERROR, visibility=Visibility.QUIET)
            )

    def _answer(self, asked: Asked) -> Answer:
        """The one that is waiting, or one that must find out what an earlier process has said."""
        if asked.id not in self._answers:
            hidden = self._hides(asked)
            self._answers[asked.id] = Answer(
                self._desk, self._wire, asked, self._typed, hidden=hidden, known=False
            )
        return self._answers[asked.id]

    async def _finish(self, event_id: str) -> None:
        answer = self._answers.pop(event_id, None)
        if answer is not None:
            await answer.close()

    def _hides(self, asked: Asked) -> bool:
        """Whether even "thinking" is for the caller alone."""
        spec = self._specs.get(asked.name) if asked.kind == SLASH else None
        return spec is not None and spec.visibility is not Visibility.PUBLIC

    async def _suggest(self, interaction: discord.Interaction[Any]) -> None:
        data: Any = interaction.data
        focused = next(o for o in data["options"] if o.get("focused"))
        found: list[tuple[str, str]] = []
        try:
            async with asyncio.timeout(TYPEAHEAD):
                found = await self._desk.suggest(data["name"], focused["name"], str(focused["value"]))
        except TimeoutError:
            log.info("discord.typeahead_slow", command=data["name"])
        choices = [
            {"name": shorten(clean(words), CHOICE_LENGTH), "value": value}
            for value, words in found[:25]
            if clean(words).strip() and 0 < len(value) <= CHOICE_LENGTH
        ]
        try:
            await self._wire.respond(str(interaction.id), interaction.token, CHOICES, {"choices": choices})
        except (discord.HTTPException, RetryAfter) as refused:
            log.info("discord.typeahead_refused", error=str(refused))  # the person types on; nothing is lost


class Client(discord.AutoShardedClient):
    """discord.py, told to keep no caches and to look nowhere else for handlers.

    Its `DynamicItem` would serve buttons of old messages too, by a pattern over custom ids. Here every press,
    choice and form comes to `on_interaction`, whatever process sent the message: what it means is the token in
    the database, and a custom id of another scheme is answered as well, where a view would stay silent.
    """

    def __init__(self, surface: Surface) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        super().__init__(
            intents=intents,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=MAX_WAIT,
            guild_ready_timeout=0.0,
        )
        self.http._buckets = Buckets()
        self._surface = surface

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        await self._surface.asked(interaction)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self._surface.left(guild)

    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot or self.user is None:
            return
        mention = re.compile(f"<@!?{self.user.id}>")
        if not isinstance(message.channel, discord.DMChannel) and not mention.search(message.content):
            return
        words = mention.sub("", message.content).strip()
        if words:
            await self._surface.said(message, words)

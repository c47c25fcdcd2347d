"""A Discord that speaks the wire: REST v10 and the gateway on one local port.

It refuses what Discord refuses: a first response after 3 s or a second one, an interaction token after
15 min, forms over their limits, a channel without access, a closed private chat. A test acts as the people:

    async with FakeDiscord() as discord:
        ann, room = discord.user("ann"), discord.room()
        asked = await discord.slash(ann, room, "buy", coin="SPACE", sol="0.1")
        await discord.answered(asked)
        pressed = await discord.press(ann, asked.message, "Confirm")
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Self

from aiohttp import web

from tests.fakes.discord_gateway import Gateway, Session
from tests.fakes.discord_limits import Limits
from tests.fakes.discord_rest import Rest
from tests.fakes.discord_rules import BUTTON, EPHEMERAL, SELECT, TEXT, walk
from tests.fakes.discord_world import (
    DM,
    GROUP_DM,
    TEXT_CHANNEL,
    THREAD,
    Channel,
    Clock,
    Guild,
    Interaction,
    Json,
    Message,
    User,
)

TOKEN = "MTIz.fake.token"
BOT_DM, GUILD, PRIVATE_CHANNEL = 1, 0, 2


class FakeDiscord:
    """`api` is what `DISCORD_API_BASE` is set to."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.bot = User(self.clock.snowflake(), "pumpbox", bot=True)
        self.gateway = Gateway(TOKEN, self._greet)
        self.guilds: list[Guild] = []
        self.channels: dict[str, Channel] = {}
        self.users: dict[str, User] = {}
        self.interactions: dict[str, Interaction] = {}
        self.commands: list[Json] = []
        self.overwrites = 0
        self.requests: list[tuple[str, str]] = []
        self.faults: list[tuple[re.Pattern[str], int, int, dict[str, str]]] = []
        self.losses: list[tuple[re.Pattern[str], int]] = []
        self.limits = Limits(self.clock)
        self.changed = asyncio.Condition()
        self.api = ""
        self._rest = Rest(self, TOKEN)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = self._rest.app()
        app.router.add_get("/gateway", self.gateway.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.api = f"http://{host}:{port}/api/v10"
        self.gateway_url = f"ws://{host}:{port}/gateway"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    # the world

    def user(self, name: str, locale: str = "en-US") -> User:
        made = User(self.clock.snowflake(), name, locale=locale)
        self.users[made.id] = made
        return made

    def acquainted(self, name: str) -> User:
        """A user who has spoken with the bot in private before."""
        made = self.user(name)
        made.wrote = self.clock.snowflake()
        return made

    def room(self, name: str = "general") -> Channel:
        """A text channel of a guild of its own."""
        guild = Guild(self.clock.snowflake(), f"guild of {name}")
        self.guilds.append(guild)
        return self._add(Channel(self.clock.snowflake(), TEXT_CHANNEL, name, guild))

    def beside(self, room: Channel, name: str, type_: int = TEXT_CHANNEL) -> Channel:
        """Another channel of the room's server."""
        return self._add(Channel(self.clock.snowflake(), type_, name, room.guild))

    def thread(self, parent: Channel, name: str = "thread", id_: str | None = None) -> Channel:
        return self._add(Channel(id_ or self.clock.snowflake(), THREAD, name, parent.guild, parent))

    def group(self, name: str = "friends") -> Channel:
        """A group chat that the bot is not in: reached as a user-installed app only."""
        return self._add(Channel(self.clock.snowflake(), GROUP_DM, name, accessible=False))

    def dm(self, user: User) -> Channel:
        """The bot's private chat with the user."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        return self._add(Channel(self.clock.snowflake(), DM, recipient=user))

    def _add(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels.append(channel)
        return channel

    def later(self, seconds: float) -> None:
        """Discord's clock moves on: deadlines pass."""
        self.clock.added += seconds

    def fail(self, path: str, status: int, code: int = 0, **headers: str) -> None:
        """The next request whose `METHOD path` matches is refused."""
        self.faults.append((re.compile(path), status, code, headers))

    def lose(self, path: str, status: int = 503) -> None:
        """The next request whose `METHOD path` matches is done, and its answer gets lost on the way back."""
        self.losses.append((re.compile(path), status))

    def seen_by(self, user: User, channel: Channel) -> list[Message]:
        return [m for m in channel.messages if m.only_for in (None, user)]

    # what people do

    async def slash(self, user: User, channel: Channel, command: str, **options: str) -> Interaction:
        given = [{"name": name, "type": 3, "value": value} for name, value in options.items()]
        return await self._act(2, user, channel, {"id": "1", "name": command, "type": 1, "options": given})

    async def press(self, user: User, message: Message, label: str) -> Interaction:
        return await self.press_id(user, message, button(message, label)["custom_id"])

    async def press_id(self, user: User, message: Message, custom_id: str) -> Interaction:
        data = {"custom_id": custom_id, "component_type": BUTTON}
        return await self._act(3, user, message.channel, data, message)

    async def choose(self, user: User, message: Message, label: str) -> Interaction:
        """What the list under the message offers by that name."""
        (chosen,) = [c for c in walk(message.components) if c["type"] == SELECT]
        values = [o["value"] for o in chosen["options"] if o["label"] == label]
        data = {"custom_id": chosen["custom_id"], "component_type": SELECT, "values": values}
        return await self._act(3, user, message.channel, data, message)

    async def submit(self, asked: Interaction, **fields: str) -> Interaction:
        """The modal that `asked` was answered with, filled."""
        assert asked.modal is not None, "no modal was shown"
        parts = [
            {"type": 18, "id": n, "component": {"type": 4, "id": 20 + n, "custom_id": name, "value": value}}
            for n, (name, value) in enumerate(fields.items())
        ]
        data = {"custom_id": asked.modal["custom_id"], "components": parts}
        return await self._act(5, asked.user, asked.channel, data, asked.source)

    async def typing(self, user: User, channel: Channel, command: str, option: str, text: str) -> Interaction:
        """Autocomplete: the user types into an option."""
        given = [{"name": option, "type": 3, "value": text, "focused": True}]
        return await self._act(4, user, channel, {"id": "1", "name": command, "type": 1, "options": given})

    async def look_up(self, user: User, message: Message) -> Interaction:
        """The first entry of the bot's in the menu of a message; the bot gets the message with its text."""
        name = next(c["name"] for c in self.commands if c["type"] == 3)
        resolved = {"messages": {message.id: message.wire()}}
        data = {"id": "1", "name": name, "type": 3, "target_id": message.id, "resolved": resolved}
        return await self._act(2, user, message.channel, data)

    async def say(self, user: User, channel: Channel, text: str, *, mention: bool = False) -> Message:
        """A message; its text reaches the bot in private and where it is mentioned, as without the intent."""
        content = f"<@{self.bot.id}> {text}" if mention else text
        said = Message(self.clock.snowflake(), channel, user, content=content)
        channel.messages.append(said)
        wire = said.wire()
        if not mention and channel.type != DM:
            wire["content"] = ""
        if mention:
            wire["mentions"] = [self.bot.wire()]
        if channel.guild is not None:
            wire |= {"guild_id": channel.guild.id, "member": _member(user)}
        await self.gateway.dispatch("MESSAGE_CREATE", wire)
        return said

    def make(self, user: User, channel: Channel, command: str) -> Interaction:
        """A slash command that is on its way: `deliver` lets it arrive."""
        return self._made(2, user, channel, {"id": "1", "name": command, "type": 1, "options": []}, None)

    def make_press(self, user: User, message: Message, label: str) -> Interaction:
        """As `make`, a press."""
        data = {"custom_id": button(message, label)["custom_id"], "component_type": BUTTON}
        return self._made(3, user, message.channel, data, message)

    async def deliver(self, made: Interaction) -> None:
        await self.gateway.dispatch("INTERACTION_CREATE", made.wire)

    redeliver = deliver

    async def acknowledge(self, asked: Interaction, *, ephemeral: bool) -> None:
        """A process that was killed since had deferred it."""
        self._rest.respond(asked, 5, {"flags": EPHEMERAL if ephemeral else 0}, {})

    async def _act(
        self, type_: int, user: User, channel: Channel, data: Json, source: Message | None = None
    ) -> Interaction:
        made = self._made(type_, user, channel, data, source)
        await self.deliver(made)
        return made

    def _made(
        self, type_: int, user: User, channel: Channel, data: Json, source: Message | None
    ) -> Interaction:
        identity = self.clock.snowflake()
        made = Interaction(identity, f"token-{identity}", type_, user, channel, self.clock.now(), source)
        made.edits = source.edits if source else 0
        made.wire = self.interaction_wire(made, data)
        self.interactions[made.id] = made
        return made

    def interaction_wire(self, made: Interaction, data: Json) -> Json:
        context = {DM: BOT_DM, GROUP_DM: PRIVATE_CHANNEL}.get(made.channel.type, GUILD)
        wire: Json = {
            "id": made.id,
            "application_id": self.bot.id,
            "type": made.type,
            "token": made.token,
            "version": 1,
            "data": data,
            "channel_id": made.channel.id,
            "channel": made.channel.wire(),
            "locale": made.user.locale,
            "context": context,
            "app_permissions": "0",
            "attachment_size_limit": 10 << 20,
            "entitlements": [],
            "authorizing_integration_owners": {},
        }
        if made.channel.guild is not None:
            wire |= {"guild_id": made.channel.guild.id, "guild_locale": "en-US"}
            wire |= {"guild": {"id": made.channel.guild.id, "locale": "en-US", "features": []}}
            wire |= {"member": _member(made.user)}
        else:
            wire |= {"user": made.user.wire()}
        if made.source is not None:
            wire |= {"message": made.source.wire()}
        return wire

    def _greet(self, session: Session) -> list[tuple[str, Json]]:
        ready = {
            "v": 10,
            "user": self.bot.wire(),
            "session_id": session.id,
            "shard": [0, 1],
            "resume_gateway_url": self.gateway_url,
            "guilds": [{"id": g.id, "unavailable": True} for g in self.guilds],
            "application": {"id": self.bot.id, "flags": 0},
        }
        return [("READY", ready), *(("GUILD_CREATE", g.wire()) for g in self.guilds)]

    # what a test waits for

    async def until(self, holds: Callable[[], bool]) -> None:
        """Until it holds, looked at after each request; 10 s at most."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(holds)

    async def answered(self, asked: Interaction) -> Interaction:
        """Until the user sees more than "thinking"."""

        def settled() -> bool:
            if asked.state == "deferred":
                return bool(asked.followups) or (asked.original is not None and not asked.original.loading)
            if asked.state == "deferred_update":
                return bool(asked.followups) or (
                    asked.source is not None and asked.source.edits > asked.edits
                )
            return asked.state is not None

        await self.until(settled)
        return asked

    async def notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()


def _member(user: User) -> Json:
    return {
        "user": user.wire(),
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "permissions": str(user.permissions),
    }


def text(message: Message) -> str:
    """All the text of a message, a line a component."""
    return "\n".join(c["content"] for c in walk(message.components) if c["type"] == TEXT)


def buttons(message: Message) -> list[Json]:
    return [c for c in walk(message.components) if c["type"] == BUTTON]


def button(message: Message, label: str) -> Json:
    found: list[Json] = [b for b in buttons(message) if b["label"] == label]
    assert found, f"no button {label!r} in {json.dumps(message.components)}"
    return found[0]


__all__ = ["EPHEMERAL", "TOKEN", "FakeDiscord", "button", "buttons", "text"]

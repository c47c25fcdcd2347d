"""From Discord: an interaction or a message as plain data for the inbox, and as an `Invocation`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import discord

from bots.desk import lane
from bots.discord.forms import FORM, fields
from bots.discord.render import PRESS
from core.commands.incoming import Call, Caller, Invocation, Line, Press, Submit
from core.domain.address import find_address
from core.ports.rows import InboxItem

PLATFORM = "discord"
SLASH, BUTTON, MODAL, SAID = "slash", "press", "submit", "line"
LOOK_UP = 3  # application command type: in the menu of a message


@dataclass(frozen=True, slots=True)
class Asked:
    """What is kept of an update: enough to handle it, and to answer it after a restart.

    kind: slash | press | submit | line. name: of the command, or the token. text: of a line.
    shared: others read the channel too. in_chat: the bot itself has a place in the channel.
    source: the message whose button was pressed; hidden: that message is ephemeral. at: unix seconds.
    admin: Discord said, with the update, that the caller manages the server.
    """

    id: str
    kind: str
    at: int
    user_id: str
    user_name: str
    locale: str | None
    channel_id: str
    chat_id: str | None
    chat_title: str
    thread_id: str | None
    shared: bool
    name: str = ""
    text: str = ""
    options: dict[str, str] = field(default_factory=dict)
    token: str = field(default="", repr=False)
    application_id: str = ""
    source: str | None = None
    hidden: bool = False
    admin: bool = False

    def item(self) -> InboxItem:
        return InboxItem(PLATFORM, self.id, asdict(self), self.at)

    def invocation(self) -> Invocation:
        caller = Caller(
            PLATFORM,
            self.user_id,
            self.user_name,
            self.chat_id,
            self.chat_title,
            self.thread_id,
            self.locale,
        )
        what: Call | Press | Submit | Line
        if self.kind == SLASH:
            what = Call(self.name, self.options)
        elif self.kind == BUTTON:
            what = Press(self.name)
        elif self.kind == MODAL:
            what = Submit(self.name, self.options)
        else:
            what = Line(self.text)
        return Invocation(self.id, caller, what, manages=self._manages)

    async def _manages(self) -> bool:
        return self.admin


def from_item(item: InboxItem) -> Asked:
    """Raises `TypeError` for what another version wrote down in another form."""
    return Asked(**item.payload)


def lane_of(item: InboxItem) -> str:
    """One person in one place: nobody waits for somebody else's command."""
    return lane(item.payload.get("chat_id"), str(item.payload.get("user_id")))


def from_interaction(interaction: discord.Interaction[Any], now: int) -> Asked | None:
    """None for a kind that we never asked for."""
    data: Any = interaction.data or {}
    source = interaction.message
    if interaction.type is discord.InteractionType.application_command and data.get("type") == LOOK_UP:
        kind, name, options = SLASH, "coin", _coin_in(data)
    elif interaction.type is discord.InteractionType.application_command:
        kind, name = SLASH, data["name"]
        options = {o["name"]: str(o["value"]) for o in data.get("options", ()) if "value" in o}
    elif interaction.type is discord.InteractionType.component:
        kind, name, options = BUTTON, _token(data), {}
    elif interaction.type is discord.InteractionType.modal_submit:
        kind, name, options = MODAL, data["custom_id"].removeprefix(FORM), fields(data)
    else:
        return None
    return Asked(
        id=str(interaction.id),
        kind=kind,
        at=now,
        user_id=str(interaction.user.id),
        user_name=interaction.user.display_name,
        locale=interaction.locale.value,
        name=name,
        options=options,
        token=interaction.token,
        application_id=str(interaction.application_id),
        source=str(source.id) if source else None,
        hidden=bool(source and source.flags.ephemeral),
        admin=_manages(interaction.permissions),
        **_place(interaction.channel, private=interaction.context.dm_channel),
    )


def _token(data: Any) -> str:
    """Of the button, or of what was chosen from a list."""
    chosen = data.get("values")
    return str(chosen[0]) if chosen else str(data["custom_id"]).removeprefix(PRESS)


def _manages(permissions: discord.Permissions) -> bool:
    return permissions.manage_guild or permissions.administrator


def _coin_in(data: Any) -> dict[str, str]:
    """The coin that a message speaks of. Its words are somebody else's, so an address is all they can say."""
    message = data["resolved"]["messages"][data["target_id"]]
    address = find_address(message.get("content", ""))
    return {} if address is None else {"coin": address}


def from_message(message: discord.Message, text: str, now: int) -> Asked:
    """A line said to the bot: in private, or with a mention. `text`: without the mention."""
    author = message.author
    return Asked(
        id=str(message.id),
        kind=SAID,
        at=now,
        user_id=str(author.id),
        user_name=author.display_name,
        locale=None,
        text=text,
        admin=isinstance(author, discord.Member) and _manages(author.guild_permissions),
        **_place(message.channel, private=isinstance(message.channel, discord.DMChannel)),
    )


def _place(channel: Any, *, private: bool) -> dict[str, Any]:
    """Where it happened. The bot's private chat with somebody has no chat id; a thread is in its parent."""
    channel_id = str(channel.id)
    thread = isinstance(channel, discord.Thread)
    return {
        "channel_id": channel_id,
        "chat_id": None if private else str(channel.parent_id) if thread else channel_id,
        "chat_title": "" if private else getattr(channel, "name", None) or "",
        "thread_id": channel_id if thread else None,
        "shared": not private,
    }

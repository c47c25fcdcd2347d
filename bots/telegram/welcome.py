"""What a group is told when we are added to it; and the button by which that is done."""

from __future__ import annotations

from dataclasses import replace

from bots.desk import Desk
from bots.telegram.render import render
from bots.telegram.send import Sender, Target
from core.reply import Button, Message, Reply, t

GROUP = "group"  # the payload of the link that adds us
AGAIN = 3600  # seconds in which a group is welcomed once, however often we are removed and added


class Welcome:
    """`username`: the bot's, for links."""

    def __init__(self, desk: Desk, sender: Sender, username: str) -> None:
        self._desk, self._sender, self._username = desk, sender, username

    async def say(self, chat_id: int, locale: str | None, *, forum: bool) -> None:
        """Greets the group, once: by the link we are told twice that we were added. Raises `Gone`."""
        cursor, now = f"telegram-welcome:{chat_id}", self._desk.clock.now()
        async with self._desk.store.read() as work:
            said = await work.cursors.get(cursor)
        if said is not None and now < said["at"] + AGAIN:
            return
        await self._sender.new(Target(chat_id), render(_card(self._username, forum=forum), locale))
        async with self._desk.store.begin() as work:
            await work.cursors.set(cursor, {"at": now})

    def inviting(self, reply: Reply) -> Reply:
        """The reply with a button that adds us to a group, and asks for the right that topics take."""
        link = f"https://t.me/{self._username}?startgroup={GROUP}&admin=manage_topics"
        row = (Button(t("telegram-add-to-group"), url=link),)
        return replace(reply, message=replace(reply.message, buttons=(*reply.message.buttons, row)))


def _card(username: str, *, forum: bool) -> Message:
    body = (
        t("telegram-welcome-launch"),
        t("telegram-welcome-look"),
        t("telegram-welcome-private"),
        *((t("telegram-welcome-topics"),) if forum else ()),
    )
    wallet = Button(t("telegram-open-button"), url=f"https://t.me/{username}?start=private")
    return Message(t("telegram-welcome"), body=body, buttons=((wallet,),), footer=t("start-footer"))

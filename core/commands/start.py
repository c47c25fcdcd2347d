"""/start: what this is, with the first thing to press. A deep link's payload opens a coin."""

from __future__ import annotations

from core.cards.help import start_card
from core.commands.spec import Context, arg, command
from core.reply import Reply


@command("start")
class Start:
    payload: str = arg(default="", rest=True, max_length=64)


async def handle(cmd: Start, ctx: Context) -> Reply:
    return Reply(start_card(private=ctx.caller.chat_id is None))

"""/start: what this is, with the first thing to press. A link that carries a mint opens the coin."""

from __future__ import annotations

from core.cards.coin import coin_card
from core.cards.help import start_card
from core.commands.spec import Context, arg, command
from core.domain.address import find_address
from core.reply import Reply
from core.usecases.coins import Coins


@command("start")
class Start:
    coin: str = arg(default="", rest=True, max_length=64)


async def handle(cmd: Start, ctx: Context, *, coins: Coins) -> Reply:
    mint = find_address(cmd.coin)
    if mint is not None:
        return Reply(coin_card(await coins.find(mint)))
    return Reply(start_card(private=ctx.caller.chat_id is None))

"""/home: where each coin launched in this chat gets a topic or thread of its own; for who manages the chat."""

from __future__ import annotations

from core.cards.home import home_card
from core.commands.spec import Access, Context, arg, command
from core.reply import Reply, Visibility
from core.usecases.home import Homes


@command("home", access=Access.ADMIN, visibility=Visibility.QUIET)
class Home:
    place: str = arg(default="", presets=("here", "off"), max_length=40)


async def handle(cmd: Home, ctx: Context, *, homes: Homes) -> Reply:
    place = cmd.place.strip()
    home = await homes.move(place, ctx.asker) if place else await homes.of(ctx.asker)
    return Reply(home_card(home))

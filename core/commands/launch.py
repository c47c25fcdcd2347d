"""/launch: seals a mystery box from a theme; what is in it comes when it opens."""

from __future__ import annotations

from core.cards.box import box_card
from core.commands.spec import Access, Context, Rate, arg, command
from core.commands.values import ThemeText
from core.reply import Reply
from core.usecases.open_box import MAX_REROLLS, Boxes, subject_of


@command("launch", access=Access.TRADER, rate=Rate(6, per=60))
class Launch:
    theme: ThemeText = arg(default=ThemeText(""), rest=True, max_length=4_000)


async def handle(cmd: Launch, ctx: Context, *, boxes: Boxes) -> Reply:
    box = await boxes.seal(cmd.theme, ctx.asker)
    return Reply(box_card(box, MAX_REROLLS), subject=subject_of(box.id))

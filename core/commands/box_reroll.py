"""A box's Reroll button: the same box, other contents from the same committed seed."""

from __future__ import annotations

from core.cards.box import box_card
from core.commands.spec import Access, Context, arg, command
from core.commands.values import Count, RowId
from core.reply import Reply
from core.usecases.open_box import MAX_REROLLS, Boxes, subject_of


@command("box_reroll", access=Access.TRADER, hidden=True)
class BoxReroll:
    box: RowId = arg()
    seen: Count = arg()


async def handle(cmd: BoxReroll, ctx: Context, *, boxes: Boxes) -> Reply:
    box = await boxes.reroll(cmd.box, ctx.person_id, cmd.seen)
    return Reply(box_card(box, MAX_REROLLS - box.rerolls), subject=subject_of(box.id), edit=True)

"""A box's Cancel button: throws the box away."""

from __future__ import annotations

from core.cards.box import box_card
from core.commands.spec import Context, arg, command
from core.commands.values import RowId
from core.reply import Reply
from core.usecases.open_box import MAX_REROLLS, Boxes, subject_of


@command("box_cancel", hidden=True)
class BoxCancel:
    box: RowId = arg()


async def handle(cmd: BoxCancel, ctx: Context, *, boxes: Boxes) -> Reply:
    box = await boxes.cancel(cmd.box, ctx.person_id)
    return Reply(box_card(box, MAX_REROLLS - box.rerolls), subject=subject_of(box.id), edit=True)

"""/cancel: throws away whatever of the caller's is still waiting for a press."""

from __future__ import annotations

from core.commands.spec import Context, command
from core.reply import Message, Reply, Visibility, t
from core.usecases.cancel import CancelAll


@command("cancel", visibility=Visibility.QUIET)
class Cancel:
    pass


async def handle(cmd: Cancel, ctx: Context, *, cancel_all: CancelAll) -> Reply:
    count = await cancel_all(ctx.person_id)
    title = t("cancel-done", count=count) if count else t("cancel-nothing")
    return Reply(Message(title, data={"cancelled": count}))

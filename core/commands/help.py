"""/help: every command with its arguments, from the declarations."""

from __future__ import annotations

from core.cards.help import help_card
from core.commands.spec import REGISTRY, Context, command
from core.reply import Reply


@command("help")
class Help:
    pass


async def handle(cmd: Help, ctx: Context) -> Reply:
    return Reply(help_card([(spec.usage, spec.help) for spec in REGISTRY.values() if not spec.hidden]))

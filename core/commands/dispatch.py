"""dispatch."""

from core.commands.incoming import Invocation
from core.reply import Reply


class Dispatcher:
    async def dispatch(self, invocation: Invocation) -> Reply | None: ...
    async def suggest(self, command: str, argument: str, typed: str) -> list[tuple[str, str]]: ...

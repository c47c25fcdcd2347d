"""What Tab completes at the prompt: commands, then what their arguments may be, from the same place as elsewhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bots.desk import Desk
from bots.terminal.render import words
from bots.terminal.screen import PromptScreen
from core.commands.spec import Spec


class Completions(Completer):
    """Commands, then what the command's arguments may be."""

    def __init__(self, specs: Mapping[str, Spec], desk: Desk, screen: PromptScreen) -> None:
        self._specs, self._desk, self._screen = specs, desk, screen

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> list[Completion]:
        return []  # the prompt asks asynchronously; the base class demands this one

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        for completion in await self._find(document.text_before_cursor):
            yield completion

    async def _find(self, before: str) -> list[Completion]:
        if self._screen.filling is not None:
            form, asked = self._screen.filling.form, self._screen.filling.asked
            return await self._suggested(form.command, form.fields[asked].name, before)
        if not before.startswith("/"):
            return []
        name, space, rest = before[1:].partition(" ")
        if not space:
            return [
                Completion(f"/{spec.name}", -len(before), display_meta=words(spec.help))
                for spec in self._specs.values()
                if not spec.hidden and spec.name.startswith(name)
            ]
        spec = self._specs.get(name)
        given = rest.split(" ")
        if spec is None or len(given) > len(spec.args):
            return []
        return await self._suggested(spec.name, spec.args[len(given) - 1].name, given[-1])

    async def _suggested(self, command: str, argument: str, typed: str) -> list[Completion]:
        found = await self._desk.suggest(command, argument, typed)
        return [Completion(value, -len(typed), display_meta=label) for value, label in found]

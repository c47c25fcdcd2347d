"""docs/commands.md, from the declarations."""

from __future__ import annotations

from collections.abc import Mapping

from core.commands.spec import ArgSpec, Spec
from core.localize import text

_HEAD = """# Commands

Made from the declarations in `core/commands` by `make docs`; the same on every platform.

| Command | What it does | Arguments | Answered |
|---|---|---|---|
"""


def reference(specs: Mapping[str, Spec]) -> str:
    """Markdown: a row a command that people can type."""
    shown = sorted((spec for spec in specs.values() if not spec.hidden), key=lambda spec: spec.name)
    return _HEAD + "".join(_row(spec) for spec in shown)


def _row(spec: Spec) -> str:
    usage = spec.usage.replace("<", "&lt;").replace(">", "&gt;")
    arguments = "<br>".join(_argument(a) for a in spec.args) or "none"
    return f"| {usage} | {text(spec.help)} | {arguments} | {spec.visibility.value} |\n"


def _argument(a: ArgSpec) -> str:
    notes = [text(a.help)]
    if not a.required:
        notes.append("may be left out")
    if a.minimum is not None:
        notes.append(f"at least {a.minimum}")
    return f"`{a.name}`: {', '.join(notes)}"

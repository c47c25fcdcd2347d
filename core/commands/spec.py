"""Declaring a command, once: name, arguments, access, rate, who sees the answer.

    @command("buy", access=Access.TRADER, rate=Rate(5, per=10))
    class Buy:
        coin: CoinRef = arg(suggest="coins")
        sol: Lamports = arg(minimum="0.001", presets=("0.1", "0.5", "1"))

    async def handle(cmd: Buy, ctx: Context, *, quotes: Quotes) -> Reply: ...

The class becomes a frozen dataclass. Its module's `handle` runs it; what `handle` names as keyword
arguments is filled by bootstrap. Telegram's menu, Discord's slash command, the terminal's completion,
`/help` and docs/commands.md are made from the declaration. A wrong one raises `WrongDeclaration` at import.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import Any, TypeVar, get_type_hints

from core.commands.incoming import Caller
from core.commands.values import PARSERS
from core.domain.errors import UserError
from core.domain.money import Lamports
from core.localize import has
from core.reply import Form, FormField, Reply, T, Visibility, t
from core.usecases.asker import Asker


class Access(StrEnum):
    """Who may call. VIEWER: anybody. TRADER: whom the operator lets launch and buy (`TRADERS`; unset:
    anybody). The way out, to sell or to withdraw, is everybody's always. ADMIN: who manages the chat, by
    the platform's own word at the moment of the call (`Invocation.manages`)."""

    VIEWER = "viewer"
    TRADER = "trader"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `times` calls of one person in `per` seconds."""

    times: int
    per: int


@dataclass(frozen=True, slots=True)
class Context:
    """Who called, as dispatch knows them. `subject`: of the message whose button was pressed."""

    caller: Caller
    person_id: str
    event_id: str
    subject: str | None = None

    @property
    def asker(self) -> Asker:
        """The caller, as use cases know them."""
        c = self.caller
        return Asker(self.person_id, c.platform, c.user_id, c.chat_id, c.thread_id, self.event_id)


@dataclass(frozen=True, slots=True)
class ArgSpec:
    """One argument. `rest`: takes the rest of the line. `suggest`: the name of a typeahead source."""

    name: str
    type: type
    help: T
    required: bool
    default: Any = None
    suggest: str | None = None
    presets: tuple[str, ...] = ()
    minimum: str | None = None
    rest: bool = False
    max_length: int = 120


Handler = Callable[..., Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Spec:
    """A declared command. `hidden`: reached by buttons only, in no menu."""

    name: str
    type: type
    args: tuple[ArgSpec, ...]
    access: Access
    rate: Rate
    visibility: Visibility
    hidden: bool

    @property
    def handle(self) -> Handler:
        """`handle` of the module that declares the command; defined below the class, so looked up late."""
        handler: Handler = sys.modules[self.type.__module__].handle
        return handler

    @property
    def help(self) -> T:
        return t(f"command-{self.name}-help")

    @property
    def private(self) -> bool:
        """The answer never shows in a group."""
        return self.visibility is Visibility.PRIVATE

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of what `handle` wants from bootstrap."""
        parameters = inspect.signature(self.handle).parameters.values()
        return tuple(p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)

    @property
    def usage(self) -> str:
        """`/buy <coin> <sol>`"""
        words = [f"<{a.name}>" if a.required else f"[{a.name}]" for a in self.args]
        return " ".join([f"/{self.name}", *words])


class WrongDeclaration(Exception):
    """A command is declared in a way that some surface could not show."""


REGISTRY: dict[str, Spec] = {}

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_Class = TypeVar("_Class", bound=type)


def arg(
    *,
    default: Any = MISSING,
    suggest: str | None = None,
    presets: tuple[str, ...] = (),
    minimum: str | None = None,
    rest: bool = False,
    max_length: int = 120,
) -> Any:
    """An argument of a command; its type is the annotation, one of `core.commands.values`."""
    options = {
        "suggest": suggest,
        "presets": presets,
        "minimum": minimum,
        "rest": rest,
        "max_length": max_length,
    }
    return field(default=default, metadata=options)


def command(
    name: str,
    *,
    access: Access = Access.VIEWER,
    rate: Rate = Rate(10, per=10),
    visibility: Visibility = Visibility.PUBLIC,
    hidden: bool = False,
) -> Callable[[_Class], _Class]:
    """Declares the decorated class as the command `name` and registers it."""

    def declare(cls: _Class) -> _Class:
        made: Any = dataclass(frozen=True)(cls)
        hints = get_type_hints(made)
        args = tuple(_arg_spec(name, f, hints[f.name]) for f in fields(made))
        _check(name, args, hidden)
        REGISTRY[name] = Spec(name, made, args, access, rate, visibility, hidden)
        return made  # type: ignore[no-any-return]  # dataclass() gives the same class back

    return declare


def _arg_spec(command_name: str, f: Any, hint: type) -> ArgSpec:
    required = f.default is MISSING
    return ArgSpec(
        name=f.name,
        type=hint,
        help=t(f"command-{command_name}-arg-{f.name.replace('_', '-')}"),
        required=required,
        default=None if required else f.default,
        **f.metadata,
    )


def _check(name: str, args: tuple[ArgSpec, ...], hidden: bool) -> None:
    if not _NAME.fullmatch(name):
        raise WrongDeclaration(f"{name!r}: a name is a-z, 0-9 and _, at most 32 characters")
    if name in REGISTRY:
        raise WrongDeclaration(f"{name!r} is declared twice")
    if len(args) > 5:
        raise WrongDeclaration(f"{name!r}: a form holds at most five arguments")
    for position, spec in enumerate(args):
        if spec.type not in PARSERS:
            raise WrongDeclaration(f"{name}.{spec.name}: no parser for {spec.type!r}")
        if spec.rest and position != len(args) - 1:
            raise WrongDeclaration(f"{name}.{spec.name}: only the last argument takes the rest of the line")
        if len(spec.presets) > 25:
            raise WrongDeclaration(f"{name}.{spec.name}: at most 25 presets")
    optional = [not spec.required for spec in args]
    if optional != sorted(optional):
        raise WrongDeclaration(f"{name!r}: required arguments come first")
    texts = [] if hidden else [f"command-{name}-help", *(a.help.id for a in args)]
    for text_id in texts:
        if not has(text_id):
            raise WrongDeclaration(f"{name!r}: no text {text_id!r}")


def split_line(spec: Spec, rest: str) -> dict[str, str]:
    """Words of a typed line to argument texts, in order. Raises `UserError("too-many-arguments")`."""
    given: dict[str, str] = {}
    remaining = rest.strip()
    for a in spec.args:
        if not remaining:
            break
        if a.rest:
            given[a.name], remaining = remaining, ""
        else:
            word, _, remaining = remaining.partition(" ")
            given[a.name], remaining = word, remaining.strip()
    if remaining:
        raise UserError("too-many-arguments", usage=spec.usage)
    return given


def parse(spec: Spec, given: Mapping[str, str]) -> Any:
    """The command as its dataclass. Raises `UserError` for a wrong argument; a missing one is `missing`'s."""
    values: dict[str, Any] = {}
    for a in spec.args:
        raw = given.get(a.name, "").strip()
        if not raw:
            if not a.required:
                values[a.name] = a.default
            continue
        if len(raw) > a.max_length:
            raise UserError("argument-too-long", argument=a.name, limit=a.max_length)
        value = PARSERS[a.type](raw)
        if a.minimum is not None and value < Lamports.parse(a.minimum):
            raise UserError("amount-too-small", minimum=a.minimum)
        values[a.name] = value
    return spec.type(**values)


def missing(spec: Spec, given: Mapping[str, str]) -> Form | None:
    """A form for the required arguments that are not given, or None."""
    lacking = [a for a in spec.args if a.required and not given.get(a.name, "").strip()]
    if not lacking:
        return None
    asked = tuple(
        FormField(a.name, a.help, presets=a.presets, max_length=min(a.max_length, 200)) for a in lacking
    )
    kept = {name: value for name, value in given.items() if value.strip()}
    return Form(spec.help, asked, spec.name, kept)

"""The roles there are, which process hosts each, and when it runs.

Naming a role's code as text keeps a process from importing what it does not run: the signer has no chat
SDK in memory, the supervisor nothing at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from core.settings import Settings

Ready = Callable[[str], None]  # called once, with the address that the role answers at, or ""


class Run(Protocol):
    """A role's body: works until `stop` is set. Coming back earlier, or raising, is a crash."""

    def __call__(self, settings: Settings, *, ready: Ready, stop: asyncio.Event) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class Role:
    """process: the child that hosts it. code: `module:function`, a `Run`. after: roles of other processes
    that must be ready before this one's process begins. once: done when it returns; those below it in its
    process wait for that. remote: ready when somebody else's server answers, so nobody waits for it."""

    name: str
    process: str
    code: str
    wanted: Callable[[Settings], bool] = lambda _: True
    after: tuple[str, ...] = ()
    once: bool = False
    remote: bool = False

    def load(self) -> Run:
        module, _, function = self.code.partition(":")
        run: Run = getattr(import_module(module), function)
        return run


_TABLE = (
    Role("localnet", "localnet", "pumpbox.bodies:localnet", lambda s: s.embedded_chain),
    Role("signer", "signer", "pumpbox.bodies:signer", after=("prepare",)),
    Role("valkey", "app", "core.bootstrap.valkey:run", lambda s: s.redis_url is None),
    Role("prepare", "app", "core.bootstrap.prepare:prepare", after=("localnet",), once=True),
    Role("indexer", "app", "core.bootstrap.roles:indexer"),
    Role("announcer", "app", "core.bootstrap.roles:announcer"),
    Role("keeper", "app", "core.bootstrap.roles:keeper"),
    Role("preparer", "app", "core.bootstrap.roles:preparer"),
    Role("web", "app", "core.bootstrap.web:run"),
    Role("telegram", "app", "pumpbox.bodies:telegram", lambda s: s.telegram_token is not None, remote=True),
    Role("discord", "app", "pumpbox.bodies:discord", lambda s: s.discord_token is not None, remote=True),
)
ROLES: Mapping[str, Role] = {role.name: role for role in _TABLE}


def wanted(settings: Settings, roles: Mapping[str, Role] = ROLES) -> dict[str, Role]:
    """The roles that the settings allow, in the order of their start."""
    return {name: role for name, role in roles.items() if role.wanted(settings)}

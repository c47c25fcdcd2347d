"""The roles there are, which process hosts each, and when it runs.

Naming a role's code as text keeps a process from importing what it does not run: the signer has no chat
SDK in memory, the supervisor nothing at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
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
    process wait for that. remote: ready when somebody else's server answers, so nobody waits for it. secrets:
    which of `SECRETS` it reads; a process is given those of its roles and no other. needs: what must answer for
    it to be ready: database, valkey, chain, signer, keeper (whose wallet holds something). network: False for who must not listen to any."""

    name: str
    process: str
    code: str
    wanted: Callable[[Settings], bool] = lambda _: True
    after: tuple[str, ...] = ()
    once: bool = False
    remote: bool = False
    secrets: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    network: bool = True

    def load(self) -> Run:
        module, _, function = self.code.partition(":")
        run: Run = getattr(import_module(module), function)
        return run


_SERVERS = ("DATABASE_URL", "REDIS_URL")
_ALL = ("database", "valkey", "chain", "signer")

_TABLE = (
    Role("localnet", "localnet", "pumpbox.bodies:localnet", lambda s: s.embedded_chain),
    Role(
        "signer",
        "signer",
        "pumpbox.bodies:signer",
        after=("prepare",),
        secrets=("MASTER_KEY_FILE",),
        network=False,
    ),
    Role("valkey", "app", "core.bootstrap.valkey:run", lambda s: s.redis_url is None, secrets=_SERVERS),
    Role("prepare", "app", "pumpbox.bodies:prepare", after=("localnet",), once=True, secrets=_SERVERS),
    Role(
        "indexer",
        "app",
        "core.bootstrap.roles:indexer",
        secrets=_SERVERS,
        needs=("database", "valkey", "chain"),
    ),
    Role(
        "announcer", "app", "core.bootstrap.roles:announcer", secrets=_SERVERS, needs=("database", "valkey")
    ),
    Role(
        "keeper",
        "app",
        "core.bootstrap.roles:keeper",
        secrets=_SERVERS,
        needs=(*_ALL, "keeper"),
    ),
    Role("preparer", "app", "core.bootstrap.roles:preparer", secrets=_SERVERS, needs=("database", "valkey")),
    Role("web", "app", "core.bootstrap.web:run", secrets=_SERVERS),
    Role(
        "telegram",
        "app",
        "pumpbox.bodies:telegram",
        lambda s: s.telegram_token is not None,
        remote=True,
        secrets=(*_SERVERS, "TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_SECRET"),
        needs=_ALL,
    ),
    Role(
        "discord",
        "app",
        "pumpbox.bodies:discord",
        lambda s: s.discord_token is not None,
        remote=True,
        secrets=(*_SERVERS, "DISCORD_TOKEN"),
        needs=_ALL,
    ),
    Role(
        "matrix",
        "app",
        "pumpbox.bodies:matrix",
        lambda s: s.matrix_token is not None,
        remote=True,
        secrets=(*_SERVERS, "MATRIX_TOKEN"),
        needs=_ALL,
    ),
)
ROLES: Mapping[str, Role] = {role.name: role for role in _TABLE}
SECRETS = tuple(dict.fromkeys(secret for role in _TABLE for secret in role.secrets))


def withheld(roles: Iterable[Role]) -> frozenset[str]:
    """Names of environment variables that a process hosting these roles has no use for: a token that the
    signer does not have can't leak from it, and a path that the app does not know it can't be led to."""
    read = {secret for role in roles for secret in role.secrets}
    return frozenset(name for secret in SECRETS if secret not in read for name in (secret, f"{secret}_FILE"))


def wanted(settings: Settings, roles: Mapping[str, Role] = ROLES) -> dict[str, Role]:
    """The roles that the settings allow, in the order of their start."""
    return {name: role for name, role in roles.items() if role.wanted(settings)}

"""Runs the signer: refuses to start unless its key, its database and its socket are in order."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.keys.master_key import MasterKeyRefused, obtain
from core.domain.money import Lamports
from workers.signer import store
from workers.signer.hardening import harden
from workers.signer.limits import Limits
from workers.signer.server import Server, SocketRefused, listening
from workers.signer.service import Service
from workers.signer.vault import Vault

if TYPE_CHECKING:
    from core.settings import Settings  # the process with keys loads as little as it can


class SignerRefused(Exception):
    """The signer does not start. The message is one line and says what to do."""


@dataclass(frozen=True, slots=True)
class SignerConfig:
    """directory: the signer's own folder, entered by no other role. Limits in lamports."""

    directory: Path
    socket: Path
    master_key_file: Path
    program: ProgramIds
    trade_limit: int
    withdraw_daily_limit: int
    keeper_daily_limit: int

    @property
    def database(self) -> Path:
        """Also what `audit.verify` reads."""
        return self.directory / "signer.db"

    @classmethod
    def of(cls, settings: Settings, program: ProgramIds) -> SignerConfig:
        """Raises `ValueError` if a limit is not an amount of SOL."""
        directory = settings.data_dir / "signer"
        return cls(
            directory=directory,
            socket=settings.signer_socket,
            master_key_file=settings.master_key_file or directory / "master.key",
            program=program,
            trade_limit=Lamports.parse(settings.trade_limit_sol),
            withdraw_daily_limit=Lamports.parse(settings.withdraw_daily_limit_sol),
            keeper_daily_limit=Lamports.parse(settings.keeper_daily_sol),
        )


async def serve(
    config: SignerConfig, *, ready: Callable[[str], None] | None = None, stop: asyncio.Event
) -> None:
    """Serves until `stop` is set; calls `ready` with the socket's path when it answers. Hardens the process.

    Raises `SignerRefused` if it can't start safely.
    """
    harden()
    loop = asyncio.get_running_loop()
    # One thread does everything that touches the database, in turn: no two requests can see each other's
    # half, and the loop never waits for the disk.
    with _folder(config.directory), ThreadPoolExecutor(1, "signer") as thread:
        service = await loop.run_in_executor(thread, _open, config)

        async def handle(message: dict[str, Any], pid: int) -> dict[str, Any]:
            return await loop.run_in_executor(thread, service.handle, message, pid)

        try:
            with listening(config.socket) as listener:
                await Server(handle).run(listener, ready, stop)
        except SocketRefused as refusal:
            raise SignerRefused(str(refusal)) from refusal
        finally:
            await loop.run_in_executor(thread, service.close)


def _open(config: SignerConfig) -> Service:
    with ExitStack() as opened:
        try:
            connection = opened.enter_context(closing(store.open_store(config.database)))
            master = obtain(config.master_key_file, known_fingerprint=store.known_fingerprint(connection))
        except (MasterKeyRefused, store.StoreRefused) as refusal:
            raise SignerRefused(str(refusal)) from None  # its frames held the key
        with store.transaction(connection):
            store.remember_fingerprint(connection, master.fingerprint)
        limits = Limits(
            config.trade_limit,
            config.withdraw_daily_limit,
            config.keeper_daily_limit,
            str(config.program.program),
        )
        service = Service(connection, Vault(connection, master), config.program, limits)
        service.started(master.fingerprint)
        opened.pop_all()  # the service closes the connection from here on
        return service


@contextmanager
def _folder(directory: Path) -> Iterator[None]:
    """The signer's folder, for its owner only and locked for one signer."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        handle = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SignerRefused(f"can't use the signer's folder {directory}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SignerRefused(f"another signer runs on {directory}; stop it first") from None
        yield
    finally:
        os.close(handle)

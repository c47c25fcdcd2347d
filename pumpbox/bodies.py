"""Bodies of the roles that are neither core's nor need the core: the embedded chain, the signer, the chats."""

from __future__ import annotations

import asyncio

from core.bootstrap import embedded, places
from core.settings import Settings
from pumpbox.roles import Ready
from workers.localnet.config import LocalnetConfig
from workers.signer.main import SignerConfig


def localnet_config(settings: Settings) -> LocalnetConfig:
    """The embedded chain with our program and Raydium's stand-in, upgradeable by the embedded authority.

    The stand-in is at both of Raydium's addresses: a ledger that began before it names the devnet one in Config.
    """
    from solders.pubkey import Pubkey

    from core.adapters.chain.raydium.addresses import DEVNET, MAINNET
    from core.adapters.chain.raydium.genesis import raydium_accounts
    from workers.localnet.genesis import Genesis, GenesisProgram

    authority = embedded.keypair("authority").pubkey()
    programs = (
        GenesisProgram(Pubkey.from_string(embedded.program_id()), embedded.ARTIFACT, authority),
        GenesisProgram(MAINNET.program, embedded.RAYDIUM_STANDIN, authority),
        GenesisProgram(DEVNET.program, embedded.RAYDIUM_STANDIN, authority),
    )
    return LocalnetConfig(
        settings.data_dir / "ledger.db",
        host=settings.localnet_host,
        port=settings.localnet_port,
        genesis=Genesis(programs, raydium_accounts(MAINNET) | raydium_accounts(DEVNET)),
    )


def signer_config(settings: Settings) -> SignerConfig:
    """Raises `SettingMissing`, `ValueError` for a limit that is no amount of SOL."""
    from solders.pubkey import Pubkey

    from core.adapters.chain.program.ids import ProgramIds

    return SignerConfig.of(settings, ProgramIds(Pubkey.from_string(places.program_id(settings))))


async def prepare(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    """Every start passes here before a role works, so mainnet is refused here. Raises `PreflightFailed`, and as
    `core.bootstrap.prepare`."""
    from core.bootstrap.prepare import prepare as bring_in_order
    from pumpbox.preflight import cleared

    await cleared(settings)
    await bring_in_order(settings, ready=ready, stop=stop)


async def localnet(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    from workers.localnet.main import serve

    await serve(localnet_config(settings), ready=ready, stop=stop)


async def signer(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    from workers.signer.main import serve

    await serve(signer_config(settings), ready=ready, stop=stop)


async def telegram(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    from bots.desk import Desk
    from bots.telegram.surface import serve
    from core.bootstrap.app import open_app

    async with open_app(settings) as app:
        ready("")
        await serve(Desk.of(app, "telegram"), settings, stop=stop, specs=app.specs)


async def discord(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    from bots.desk import Desk
    from bots.discord.surface import serve
    from core.bootstrap.app import open_app

    async with open_app(settings) as app:
        ready("")
        await serve(Desk.of(app, "discord"), settings, stop=stop, specs=app.specs)


async def matrix(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    from bots.desk import Desk
    from bots.matrix.surface import serve
    from core.bootstrap.app import open_app

    async with open_app(settings) as app:
        ready("")
        await serve(Desk.of(app, "matrix"), settings, stop=stop, specs=app.specs)

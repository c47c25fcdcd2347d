"""What a start does to the program on the embedded chain: Config, and its code out of any single key's hands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from solders.pubkey import Pubkey

from core.adapters.chain import setup
from core.adapters.chain.deployed import config_of, deployed
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.rpc import Rpc
from core.bootstrap import embedded
from core.bootstrap.prepare import prepare
from core.settings import Settings
from pumpbox.bodies import localnet_config
from tests.fakes.installation import settings_of
from workers.localnet.main import LocalNode

PROGRAM = embedded.program_id()
ITSELF = str(ProgramIds(Pubkey.from_string(PROGRAM)).upgrade_authority)
KEY = embedded.keypair("authority")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


@pytest.fixture
async def rpc(settings: Settings) -> AsyncIterator[Rpc]:
    async with LocalNode.start(localnet_config(settings)) as node, Rpc(node.url) as rpc:
        yield rpc


async def started(settings: Settings) -> None:
    await prepare(settings, ready=lambda _: None, stop=asyncio.Event())


async def authority(rpc: Rpc) -> str | None:
    found = await deployed(rpc, PROGRAM)
    assert found is not None
    return found.upgrade_authority


async def sent_by_the_key(rpc: Rpc) -> int:
    return len(await rpc.call("getSignaturesForAddress", str(KEY.pubkey())))


async def test_the_first_start_leaves_the_program_to_itself(settings: Settings, rpc: Rpc) -> None:
    assert await authority(rpc) == str(KEY.pubkey())
    await started(settings)
    config = await config_of(rpc, PROGRAM)
    assert config is not None
    assert (config.threshold, len(config.council)) == (2, 3)
    assert await authority(rpc) == ITSELF


async def test_later_starts_change_nothing(settings: Settings, rpc: Rpc) -> None:
    await started(settings)
    sent = await sent_by_the_key(rpc)
    await started(settings)
    assert await sent_by_the_key(rpc) == sent


async def test_a_chain_of_before_is_handed_over(
    settings: Settings, rpc: Rpc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Config made, the authority still the key's: an older pumpbox's chain, or a start killed between the two."""
    with monkeypatch.context() as before:
        harmless = setup.loader.set_authority(
            ProgramIds(Pubkey.from_string(PROGRAM)).program_data, KEY.pubkey(), KEY.pubkey()
        )
        before.setattr(setup, "_hand_over", lambda *_: harmless)
        await started(settings)
    config = await config_of(rpc, PROGRAM)
    assert await authority(rpc) == str(KEY.pubkey())
    await started(settings)
    assert await authority(rpc) == ITSELF
    assert await config_of(rpc, PROGRAM) == config

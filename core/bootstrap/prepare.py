"""What must be in order before the roles work: the schema, the program's Config, the closed box's picture.

Runs at each start, and changes nothing that is in order already.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable

from core.adapters.ai.sealed import BoxArtist
from core.adapters.chain.chain import SolanaChain
from core.adapters.chain.rpc import Rpc
from core.adapters.chain.setup import hand_over, initialize
from core.adapters.db.migrate import upgrade
from core.bootstrap import embedded, places
from core.cards.media import SEALED
from core.settings import Settings


async def prepare(settings: Settings, *, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    """Returns when all is in order. Raises what stands in the way: `StoreAway`, `SchemaMismatch`,
    `ChainAway`, `SettingMissing`."""
    await upgrade(places.database_url(settings))
    await _sealed_picture(settings)
    if settings.embedded_chain:
        await _program(settings)
    ready("")


async def _program(settings: Settings) -> None:
    program_id = places.program_id(settings)
    async with Rpc(places.rpc_url(settings)) as rpc:
        if await SolanaChain(rpc, program_id).config() is not None:
            await hand_over(rpc, program_id, authority=embedded.keypair("authority"))
            return
        await initialize(
            rpc,
            program_id,
            authority=embedded.keypair("authority"),
            treasury=embedded.keypair("treasury").pubkey(),
            guardian=embedded.keypair("guardian").pubkey(),
            rewards=embedded.keypair("rewards").pubkey(),
            council=tuple(embedded.keypair(f"council-{n}").pubkey() for n in (1, 2, 3)),
            cents_per_sol=settings.cents_per_sol,
        )


async def _sealed_picture(settings: Settings) -> None:
    file = settings.files_dir / SEALED
    if file.exists():
        return
    picture = await BoxArtist().sealed(hashlib.sha256(b"any box").digest())
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_bytes(picture)
    draft.replace(file)

"""Operators of an installation: a payer, a council of three, a guardian, and a cluster with nothing on it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solders.account import Account
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from core.adapters.chain.deploy import NEEDS_SBPF_V3
from core.adapters.chain.program.ids import UPGRADEABLE_LOADER, ProgramIds
from core.adapters.chain.rpc import Rpc
from core.adapters.chain.sender import Sender
from core.bootstrap import embedded
from pumpbox.program.deploy import deploy
from pumpbox.program.keyfile import read_keypair
from pumpbox.program.place import Place
from pumpbox.program.signing import Signing
from tests.fakes.cluster import SOL, Cluster, cluster, write_key, write_terms
from workers.localnet.node import Landed

BINARY = embedded.ARTIFACT.read_bytes()
NAMES = ("first", "second", "third", "guardian", "treasury", "rewards")


@dataclass
class Desk:
    """`folder` holds a key file for each of `keys` and of `payer`, and the terms."""

    chain: Cluster
    folder: Path
    payer: Keypair
    terms: Path
    keys: dict[str, Keypair]

    @property
    def where(self) -> Place:
        return Place(data=self.folder / "data", url=self.chain.url)

    @property
    def ids(self) -> ProgramIds:
        return ProgramIds(read_keypair(self.folder / "data" / "program" / "keypair.json").pubkey())

    def by(self, name: str, **changes: Any) -> Signing:
        """Signed by the key file of that name, without being asked."""
        return Signing(**{"keypair": self.folder / f"{name}.json", "yes": True, **changes})

    def address(self, name: str) -> Pubkey:
        return self.keys[name].pubkey()

    def deploy(self, **changes: Any) -> int:
        given: dict[str, Any] = {"keypair": self.folder / "payer.json", "terms": self.terms}
        return deploy(**{**given, "where": self.where, "yes": True, **changes})

    def send(self, instructions: list[Instruction], payer: Keypair, *others: Keypair) -> str:
        async def call() -> str:
            async with Rpc(self.chain.url) as rpc:
                return await Sender(rpc, payer).send(instructions, *others)

        return asyncio.run(call())

    def needs_sbpf_v3(self) -> None:
        """From now on the cluster says that it takes no older code."""
        program = Pubkey.from_string("Feature111111111111111111111111111111111111")
        active = Account(SOL, b"\x01" + bytes(8), program)
        self.chain.inside(lambda node: node.engine.load([(NEEDS_SBPF_V3, active)]))

    def writes(self) -> int:
        """Pieces of code that landed: a loader's transaction of payer, buffer, loader and budget alone."""
        return sum(_is_write(one) for one in self.chain.landed)


def _is_write(landed: Landed) -> bool:
    return UPGRADEABLE_LOADER in landed.keys and len(landed.keys) == 4


@contextmanager
def operators(folder: Path) -> Iterator[Desk]:
    """A new desk, with money for everybody but the payer, who has to ask for it; or, in a copy of the folder of one
    that was closed, that one again."""
    new = not (folder / "payer.json").exists()
    keys = {name: (write_key if new else read_keypair)(folder / f"{name}.json") for name in (*NAMES, "payer")}
    payer = keys.pop("payer")
    terms = folder / "terms.toml"
    if new:
        write_terms(terms, {name: key.pubkey() for name, key in keys.items()})
    with cluster(folder) as running:
        for key in keys.values() if new else ():
            running.pay(key.pubkey(), SOL)
        running.landed.clear()
        yield Desk(running, folder, payer, terms, keys)

"""Which cluster and which program a verb is about."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cyclopts import Parameter
from solders.pubkey import Pubkey
from stamina import instrumentation

from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.initialize import RAYDIUM_DEVNET, RAYDIUM_MAINNET
from core.adapters.chain.rpc import Rpc, RpcRefused
from core.adapters.chain.sender import Sender, TransactionFailed
from core.bootstrap import embedded, places
from core.domain.address import is_address
from core.ports.chain import ChainAway
from core.settings import Settings, load_settings
from pumpbox.checks import chain as checks
from pumpbox.program.keyfile import read_keypair
from pumpbox.refused import Refused
from pumpbox.state import attached, running

LOCAL = "a local or private chain"


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the program is."""

    data: Path | None = None
    "Folder of the installation; default PUMPBOX_DATA, else ./data."
    url: str | None = None
    "JSON-RPC of any node; default SOLANA_RPC_URL, else the embedded chain that runs on the folder."
    program_id: str | None = None
    "The program's address; default PUMPBOX_PROGRAM_ID, else that of the keypair which `deploy` made in the folder."


HERE = Place()


@dataclass(frozen=True, slots=True)
class Ground:
    """A cluster that answers. cluster: mainnet, devnet, or `LOCAL`. program: None if nothing says which."""

    rpc: Rpc
    cluster: str
    settings: Settings
    program: Pubkey | None

    @property
    def raydium_set(self) -> int:
        """Which of the addresses of Raydium that the program knows are this cluster's. A local chain has the
        stand-in, which lives where mainnet's Raydium does."""
        return RAYDIUM_DEVNET if self.cluster == "devnet" else RAYDIUM_MAINNET

    @property
    def ids(self) -> ProgramIds:
        """Raises `Refused` if nothing says which program."""
        if self.program is None:
            raise Refused("which program? Give --program-id, or set PUMPBOX_PROGRAM_ID")
        return ProgramIds(self.program)

    @property
    def keypair_file(self) -> Path:
        """Where `deploy` keeps the keypair of the program's address."""
        return self.settings.data_dir / "program" / "keypair.json"


@asynccontextmanager
async def ground(place: Place) -> AsyncIterator[Ground]:
    """Opens the cluster. Raises `Refused`, `ChainAway`."""
    given = load_settings(place.data)
    settings = attached(given)
    ours = (
        place.url is None and given.embedded_chain and given.localnet_port == 0
    )  # and not another machine's
    if ours and not running(given.data_dir):
        raise Refused("no chain runs on this folder: start one (pumpbox localnet), or give --url")
    url = place.url or places.rpc_url(settings)
    if not _is_node(url):
        raise Refused("--url is no address of a node: it begins with http:// or https://, and names a host")
    async with Rpc(url) as rpc:
        yield Ground(rpc, await _cluster(rpc, settings, place), settings, _program(settings, place))


def _is_node(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that don't match, a port that is none
        return False


async def _cluster(rpc: Rpc, settings: Settings, place: Place) -> str:
    genesis = await rpc.call("getGenesisHash")
    found = next((name for name, known in checks.GENESIS.items() if known == genesis), LOCAL)
    if place.url is None and settings.cluster in checks.GENESIS and found != settings.cluster:
        raise Refused(f"SOLANA_CLUSTER says {settings.cluster}, and the node belongs to {found}")
    return found


def _program(settings: Settings, place: Place) -> Pubkey | None:
    given = place.program_id or settings.program_id
    if given is not None:
        if not is_address(given):
            raise Refused(f"{given[:60]!r} is no address of a program")
        return Pubkey.from_string(given)
    file = settings.data_dir / "program" / "keypair.json"
    if file.exists():
        return read_keypair(file).pubkey()
    if place.url is None and settings.embedded_chain:
        return Pubkey.from_string(embedded.program_id())
    return None


def run(place: Place, work: Callable[[Ground], Awaitable[int]]) -> int:
    """Does a verb's work on the cluster; its exit code. What goes wrong is raised as `Refused`."""

    async def whole() -> int:
        async with ground(place) as opened:
            return await work(opened)

    hooks = instrumentation.get_on_retry_hooks()
    instrumentation.set_on_retry_hooks([_said_once()])  # else it logs, to stdout
    try:
        return asyncio.run(whole())
    except ChainAway as away:
        raise Refused(
            f"the node does not answer ({away}). Run the same again: it goes on from there."
        ) from None
    except RpcRefused as refused:
        raise Refused(f"the node refuses: {refused}") from None
    except places.SettingMissing as missing:
        raise Refused(str(missing)) from None
    except TransactionFailed as failed:
        raise Refused(str(failed)) from None
    except KeyboardInterrupt:
        raise Refused("stopped. Run the same again: it goes on from there.") from None
    finally:
        instrumentation.set_on_retry_hooks(hooks)


def _said_once() -> instrumentation.RetryHook:
    """Tells whoever waits why, once."""
    said = False

    def hook(details: instrumentation.RetryDetails) -> None:
        nonlocal said
        if not said:
            print(f"the node is slow ({details.name}: {details.caused_by}); trying again", file=sys.stderr)
        said = True

    return hook


async def usual_price(sender: Sender) -> int:
    """Micro-lamports a compute unit that most paid lately, at most 1,000,000: a loader's transaction is small."""
    try:
        recent = await sender.ask("getRecentPrioritizationFees", [])
    except RpcRefused:  # not every node knows
        return 0
    fees = sorted(int(entry["prioritizationFee"]) for entry in recent)
    return min(fees[len(fees) * 3 // 4], 1_000_000) if fees else 0

"""A process of the supervisor with roles that need nothing: `python -m tests.fakes.role_child NAME`.

`chain` answers at an address; `bank` comes after it; `house` hosts `setup`, done once, `talk` and `shaky`.
A file `crash-NAME` in the data folder makes the role raise, and takes itself away; `broken-NAME` stays.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

from core.settings import Settings
from pumpbox.child import main
from pumpbox.roles import Ready, Role


def _body(name: str) -> str:
    return f"tests.fakes.role_child:{name}"


async def _work(name: str, settings: Settings, ready: Ready, stop: asyncio.Event, address: str = "") -> None:
    if (settings.data_dir / f"broken-{name}").exists():
        raise RuntimeError(f"{name} is broken")
    ready(address)
    crash = settings.data_dir / f"crash-{name}"
    while not stop.is_set():
        if crash.exists():
            crash.unlink()
            raise RuntimeError(f"{name} was told to crash")
        await asyncio.sleep(0.01)


async def chain(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    await _work("chain", settings, ready, stop, f"http://127.0.0.1:{settings.localnet_port}")


async def bank(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    await _work("bank", settings, ready, stop)


async def setup(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    with (settings.data_dir / "setups").open("a") as file:
        file.write("x")


async def talk(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    await _work("talk", settings, ready, stop)


async def shaky(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    await _work("shaky", settings, ready, stop)


_TABLE = (
    Role("localnet", "chain", _body("chain")),
    Role("bank", "bank", _body("bank"), after=("setup",)),
    Role("setup", "house", _body("setup"), after=("localnet",), once=True),
    Role("talk", "house", _body("talk")),
    Role("shaky", "house", _body("shaky")),
    Role("absent", "house", _body("absent"), wanted=lambda _: False),
)
ROLES: Mapping[str, Role] = {role.name: role for role in _TABLE}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], ROLES))

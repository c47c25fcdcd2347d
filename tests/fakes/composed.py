"""docker-compose.yml without an engine: each of its services as a process of this machine.

Compose itself reads the file (profiles, anchors, interpolation). What a container has of its own is made here:
a root folder, in which volumes and secrets are links, and a loopback address. PostgreSQL and Valkey are the
test's. So what a service's command, environment, volumes and order can get wrong goes wrong here too; images,
networks and limits are only linted.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds for one service to be healthy, on a machine that does other things too
OURS = "pumpbox:local"
# What the image sets.
_PATHS = dict(re.findall(r"(PUMPBOX_\w+)=(\S+)", (ROOT / "Dockerfile").read_text()))


def compose(*arguments: str, **environment: str) -> dict[str, Any]:
    """`docker-compose.yml` as Compose understands it. Raises `CalledProcessError` if it does not."""
    import subprocess

    tool = Path(sys.executable).with_name("docker-compose")
    command = [tool, "-f", ROOT / "docker-compose.yml", "--env-file", "/dev/null", *arguments]
    clean = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment}
    done = subprocess.run(
        [*map(str, command), "config", "--format", "json"], env=clean, check=True, capture_output=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@dataclass
class Composed:
    """`folder`: short, since sockets lie in it. secrets: by name. instead: what a setting of the file's is here.
    given: services that the test has started itself."""

    folder: Path
    config: dict[str, Any]
    secrets: Mapping[str, str]
    instead: Mapping[str, str]
    given: tuple[str, ...]
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    @property
    def services(self) -> dict[str, Any]:
        """Those that run our image."""
        return {name: one for name, one in self.config["services"].items() if one["image"] == OURS}

    async def up(self) -> None:
        """Starts all services, each when what it depends on is as far as the file says."""
        begun: dict[str, asyncio.Task[None]] = {}
        for name in self.services:
            begun[name] = asyncio.create_task(self._when_due(name, begun))
        await asyncio.gather(*begun.values())
        await asyncio.gather(*(self.healthy(name) for name in self.services if name != "prepare"))

    async def healthy(self, name: str) -> None:
        """Until the service is ready, by what its health check would ask: the check is a process of a second, so
        the tests run it where it matters."""
        async with asyncio.timeout(PATIENCE):
            while not await self._ready(name):
                process = self.processes[name]
                assert process.returncode is None, f"{name} ended with {process.returncode}: {self.log(name)}"
                await asyncio.sleep(0.1)

    async def check(self, name: str) -> int:
        """The exit code of the service's health check."""
        kind, *command = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        check = await self._run(name, command, stdout=asyncio.subprocess.DEVNULL)
        return await check.wait()

    async def down(self) -> dict[str, int]:
        """Stops all as `docker compose stop` does; their exit codes."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(15):  # the file's stop_grace_period
                await asyncio.gather(*(process.wait() for process in self.processes.values()))
        finally:
            for process in self.processes.values():
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        return {name: process.returncode or 0 for name, process in self.processes.items()}

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def path(self, name: str, inside: str) -> Path:
        """Where a path of the container lies: in a volume, or in its own root."""
        for volume in self.services[name].get("volumes", ()):
            if inside == volume["target"] or inside.startswith(f"{volume['target']}/"):
                return self._volume(volume["source"]) / inside.removeprefix(volume["target"]).lstrip("/")
        return self.folder / name / inside.lstrip("/")

    def written(self) -> list[Path]:
        """What services wrote outside volumes and /tmp: in a container that is refused."""
        found: list[Path] = []
        for name in self.processes:
            root = self.folder / name
            given = {root / secret["target"].lstrip("/") for secret in self.services[name].get("secrets", ())}
            for folder, _, files in os.walk(root):  # follows no link, so enters no volume
                found += [
                    Path(folder, file) for file in files if root / "tmp" not in Path(folder, file).parents
                ]
            found = [file for file in found if file not in given]
        return found

    async def _ready(self, name: str) -> bool:
        environment = self._environment(name)
        if "OPS_PORT" not in environment:
            return (self.path(name, _PATHS["PUMPBOX_RUN"]) / "signer.sock").is_socket()
        url = f"http://{environment['OPS_HOST']}:{environment['OPS_PORT']}/readyz"
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def _when_due(self, name: str, begun: Mapping[str, asyncio.Task[None]]) -> None:
        await asyncio.sleep(0)  # until all are in `begun`
        for other, how in self.services[name].get("depends_on", {}).items():
            if other in self.given:
                continue
            await asyncio.shield(begun[other])
            if how["condition"] == "service_completed_successfully":
                code = await asyncio.wait_for(self.processes[other].wait(), PATIENCE)
                assert code == 0, f"{other} ended with {code}: {self.log(other)}"
            else:
                await self.healthy(other)
        self._furnish(name)
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = await self._run(
                name, ["pumpbox", *self.services[name]["command"]], stderr=log
            )

    async def _run(self, name: str, command: list[str], **streams: Any) -> asyncio.subprocess.Process:
        program = Path(sys.executable).with_name(command[0])
        return await asyncio.create_subprocess_exec(
            str(program), *command[1:], env=self._environment(name), cwd=self.folder / name, **streams
        )

    def _environment(self, name: str) -> dict[str, str]:
        """What the container has, in this machine's terms; and nothing else."""
        given = {**_PATHS, **self.services[name]["environment"]}
        own = f"127.0.77.{list(self.services).index(name) + 1}"
        translated = {"PATH": os.environ["PATH"], "TMPDIR": str(self.folder / name / "tmp")}
        for key, value in given.items():
            if value is None:
                continue
            inside = str(self.path(name, value)) if value.startswith("/") else value
            translated[key] = self.instead.get(key, own if value == "0.0.0.0" else inside)
        return translated

    def _furnish(self, name: str) -> None:
        """The container's file system: a root, volumes and secrets in it."""
        service = self.services[name]
        (self.folder / name / "tmp").mkdir(parents=True)
        for path in _PATHS.values():
            self.path(name, path).mkdir(parents=True, exist_ok=True, mode=0o700)
        for volume in service.get("volumes", ()):
            link = self.folder / name / volume["target"].lstrip("/")
            if not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                link.symlink_to(self._volume(volume["source"]))
        for secret in service.get("secrets", ()):
            file = self.folder / name / secret["target"].lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.secrets[secret["source"]])

    def _volume(self, source: str) -> Path:
        folder = self.folder / "volumes" / source
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


@asynccontextmanager
async def composed(stage: Composed) -> AsyncIterator[Composed]:
    """All up; all down at the end, whatever happened."""
    try:
        await stage.up()
        yield stage
    finally:
        await stage.down()

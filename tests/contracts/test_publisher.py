"""What every Publisher does, the real one over real HTTP; then what is the local one's own."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDictProxy
from yarl import URL

from core.adapters.storage.local import LIMIT, LocalPublisher, routes
from core.ports.publisher import Publisher
from tests.fakes.publisher import FakePublisher

JSON = b'{"name": "Turbo Cat"}'


async def _serve(directory: Path) -> TestServer:
    app = web.Application()
    app.add_routes(routes(directory))
    server = TestServer(app)
    await server.start_server()
    return server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[TestServer]:
    started = await _serve(tmp_path)
    yield started
    await started.close()


@pytest.fixture
def local(server: TestServer, tmp_path: Path) -> LocalPublisher:
    return LocalPublisher(tmp_path, str(server.make_url("/")))


@pytest.fixture(params=["fake", "local"])
def publisher(request: pytest.FixtureRequest) -> Publisher:
    if request.param == "fake":
        return FakePublisher()
    made: Publisher = request.getfixturevalue("local")
    return made


async def test_what_is_published_resolves(publisher: Publisher) -> None:
    assert await publisher.resolves(await publisher.publish(JSON, "application/json"))


async def test_equal_bytes_have_one_address_and_others_another(publisher: Publisher) -> None:
    first = await publisher.publish(JSON, "application/json")
    assert await publisher.publish(JSON, "application/json") == first
    assert await publisher.publish(JSON + b" ", "application/json") != first


async def test_an_address_leaves_room_on_chain_for_name_and_symbol(publisher: Publisher) -> None:
    uri = await publisher.publish(b"RIFF....WEBP", "image/webp")
    assert len(uri.encode()) <= 160 - 32 - 6


@pytest.mark.parametrize("uri", ["", "http://fake/", "https://example.org/m/x.json", "file:///etc/passwd"])
async def test_what_was_never_published_does_not_resolve(publisher: Publisher, uri: str) -> None:
    assert not await publisher.resolves(uri)


@pytest.mark.parametrize(("blob", "media_type"), [(b"<script>", "text/html"), (b"", "image/webp")])
async def test_what_we_do_not_publish_is_refused(publisher: Publisher, blob: bytes, media_type: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        await publisher.publish(blob, media_type)


async def _get(uri: str, **options: Any) -> tuple[int, bytes, CIMultiDictProxy[str]]:
    async with aiohttp.ClientSession() as session, session.get(uri, **options) as response:
        return response.status, await response.read(), response.headers


async def test_readers_get_the_bytes_with_headers_for_ever(local: LocalPublisher) -> None:
    uri = await local.publish(JSON, "application/json")
    status, body, headers = await _get(uri)
    assert (status, body) == (200, JSON)
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in headers["Cache-Control"]
    status, body, _ = await _get(uri, headers={"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")


async def test_a_missing_file_is_not_remembered_as_missing(local: LocalPublisher, server: TestServer) -> None:
    status, _, headers = await _get(str(server.make_url("/m/" + "A" * 43 + ".json")))
    assert status == 404
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/m/../secret",
        "/m/%2e%2e%2fsecret",
        "/m/" + "A" * 43 + ".png",
        "/i/" + "A" * 42 + ".png",
        "/m/.new-x",
        "/m/%00",
    ],
)
async def test_nothing_but_content_addresses_is_served(server: TestServer, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_text("not yours")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / ".new-x").write_text("half")
    (tmp_path / "m" / ("A" * 43 + ".png")).write_text("not metadata")
    async with aiohttp.ClientSession() as session:
        url = f"http://{server.host}:{server.port}{path}"
        async with session.get(URL(url, encoded=True)) as response:
            assert response.status == 404


async def test_a_damaged_file_is_neither_served_nor_said_to_resolve(
    local: LocalPublisher, tmp_path: Path
) -> None:
    uri = await local.publish(JSON, "application/json")
    [file] = (tmp_path / "m").iterdir()
    file.write_bytes(b'{"name": "Another"}')
    assert (await _get(uri))[0] == 404
    assert not await local.resolves(uri)
    # Publishing again mends it.
    assert await local.publish(JSON, "application/json") == uri
    assert await local.resolves(uri)


async def test_nothing_resolves_while_the_server_is_away(local: LocalPublisher, server: TestServer) -> None:
    uri = await local.publish(JSON, "application/json")
    await server.close()
    assert not await local.resolves(uri)


async def test_too_large_a_blob_is_refused(local: LocalPublisher) -> None:
    with pytest.raises(ValueError, match="bytes"):
        await local.publish(bytes(LIMIT + 1), "image/png")


async def test_a_failed_write_leaves_nothing_behind(
    local: LocalPublisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await local.publish(JSON, "application/json")
    assert list((tmp_path / "m").iterdir()) == []


async def test_a_base_url_leaves_room_for_name_and_ticker(tmp_path: Path) -> None:
    longest = "https://" + "a" * 63
    uri = await LocalPublisher(tmp_path, longest).publish(JSON, "application/json")
    assert len(uri) <= 160 - 32 - 6
    with pytest.raises(ValueError, match="71 bytes"):
        LocalPublisher(tmp_path, longest + "a")


async def test_an_address_leads_to_its_file_and_no_other(local: LocalPublisher, tmp_path: Path) -> None:
    uri = await local.publish(JSON, "application/json")
    file = local.path(uri)
    assert file is not None
    assert file.read_bytes() == JSON
    assert local.path(uri.replace("/m/", "/m/../")) is None

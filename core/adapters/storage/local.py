"""The Publisher port on a local folder, and the HTTP routes that serve it.

An address is the base URL, /m/ or /i/, and the sha256 of the bytes in base64url (RFC 4648, 5; no padding):
43 characters for all 256 bits. Hex would take 64 of the 160 bytes that name, symbol and URI share on chain;
a shortened hash would fit too, but let somebody prepare two pictures for one address.
"""

import asyncio
import hashlib
import os
import re
import tempfile
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Final

import aiohttp
import structlog
from aiohttp import web

from core.domain.box import NAME_BYTES, STRINGS_BYTES
from core.domain.ticker import TICKER_BYTES

log = structlog.get_logger(__name__)

LIMIT: Final = 8 * 2**20  # bytes of one blob; a 1024 x 1024 picture has about a quarter of a megabyte
# Bytes that name and ticker leave on chain, without the rest of an address.
BASE_URL_LIMIT: Final = STRINGS_BYTES - NAME_BYTES - TICKER_BYTES - len("/m/") - 43 - len(".json")
FETCH_TIMEOUT = aiohttp.ClientTimeout(total=5)
_KINDS: Final = {  # media type -> folder and ending
    "application/json": ("m", "json"),
    "image/webp": ("i", "webp"),
    "image/png": ("i", "png"),
    "image/gif": ("i", "gif"),
}
_TYPES: Final = {kind: media_type for media_type, kind in _KINDS.items()}
_NAME: Final = re.compile(r"(?P<folder>[mi])/(?P<digest>[A-Za-z0-9_-]{43})\.(?P<ending>json|webp|png|gif)")
_HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    # Wallets and explorers read metadata from their own pages.
    "Access-Control-Allow-Origin": "*",
    # Nothing here is a page; should a browser open it as one, it may do nothing.
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class LocalPublisher:
    """Writes blobs into ``directory`` and names them below ``base_url``, where ``routes`` serves them.

    Raises ValueError for a base URL that leaves no room on chain for a name and a ticker.
    """

    def __init__(self, directory: Path, base_url: str) -> None:
        self._directory = directory
        self._base_url = base_url.rstrip("/")
        if len(self._base_url.encode()) > BASE_URL_LIMIT:
            raise ValueError(
                f"the public URL has more than {BASE_URL_LIMIT} bytes: coins' addresses would not fit"
            )

    async def publish(self, blob: bytes, media_type: str) -> str:
        """See the port. The file is whole and synced before its name appears."""
        if media_type not in _KINDS:
            raise ValueError(f"not a media type we publish: {media_type}")
        if not 0 < len(blob) <= LIMIT:
            raise ValueError(f"a blob has 1 to {LIMIT} bytes")
        folder, ending = _KINDS[media_type]
        name = f"{folder}/{digest(blob)}.{ending}"
        await asyncio.to_thread(_write_once, self._directory / name, blob)
        return f"{self._base_url}/{name}"

    def path(self, uri: str) -> Path | None:
        """Where the file behind one of our addresses lies; None for any other address."""
        match = _NAME.fullmatch(uri.removeprefix(f"{self._base_url}/"))
        return self._directory / match.group() if match else None

    async def resolves(self, uri: str) -> bool:
        """See the port: fetched over HTTP as any reader would, so a server that is down or wrong shows."""
        match = _NAME.fullmatch(uri.removeprefix(f"{self._base_url}/"))
        if match is None:
            return False
        try:
            async with (
                aiohttp.ClientSession(timeout=FETCH_TIMEOUT) as session,
                session.get(uri, allow_redirects=False) as response,
            ):
                # One byte beyond the limit tells a longer answer from a whole one.
                body = await _read_at_most(response.content, LIMIT + 1)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("published address does not answer", uri=uri, error=str(error))
            return False
        return response.status == 200 and digest(body) == match["digest"]


def digest(blob: bytes) -> str:
    """The sha256 of ``blob`` as addresses spell it."""
    return urlsafe_b64encode(hashlib.sha256(blob).digest()).rstrip(b"=").decode()


def routes(directory: Path) -> list[web.RouteDef]:
    """GET (and HEAD) of what a LocalPublisher wrote into ``directory``."""

    async def serve(request: web.Request) -> web.Response:
        match = _NAME.fullmatch(request.path.lstrip("/"))
        # The pattern has no dots or slashes to climb out with; a pair such as m and png doesn't exist.
        media_type = match and _TYPES.get((match["folder"], match["ending"]))
        if match is None or not media_type:
            raise web.HTTPNotFound(headers=_missing())
        if request.headers.get("If-None-Match") == f'"{match["digest"]}"':
            return web.Response(status=304, headers={**_HEADERS, "ETag": f'"{match["digest"]}"'})
        blob = await asyncio.to_thread(_read, directory / match.group())
        if blob is None:
            raise web.HTTPNotFound(headers=_missing())
        if digest(blob) != match["digest"]:
            # A damaged file must not pass for the promised one.
            log.error("published file is damaged", name=match.group())
            raise web.HTTPNotFound(headers=_missing())
        headers = {**_HEADERS, "ETag": f'"{match["digest"]}"'}
        return web.Response(body=blob, content_type=media_type, headers=headers)

    return [web.get("/m/{name}", serve), web.get("/i/{name}", serve)]


def _missing() -> dict[str, str]:
    # Not yet published is not for ever.
    return {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def _read_at_most(stream: aiohttp.StreamReader, limit: int) -> bytes:
    body = bytearray()
    async for chunk in stream.iter_chunked(2**16):
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write_once(path: Path, blob: bytes) -> None:
    """Writes ``blob`` unless it is there, so that ``path`` never holds a part of it, not even after a power cut."""
    if _read(path) == blob:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(blob)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)

"""A Publisher in memory; passes the contract suite of the real one."""

import hashlib

MEDIA_TYPES = ("application/json", "image/webp", "image/png", "image/gif")


class FakePublisher:
    """Keeps blobs in ``blobs``; ``down`` makes nothing resolve, as when the server is away."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.down = False

    async def publish(self, blob: bytes, media_type: str) -> str:
        if media_type not in MEDIA_TYPES or not blob:
            raise ValueError("not something we publish")
        # Short, as real addresses must be: name, symbol and uri share 160 bytes on chain.
        uri = f"http://fake/{hashlib.sha256(blob).hexdigest()}.{media_type.partition('/')[2]}"
        self.blobs[uri] = blob
        return uri

    async def resolves(self, uri: str) -> bool:
        return not self.down and uri in self.blobs

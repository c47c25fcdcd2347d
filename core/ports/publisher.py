"""Port: where a coin's metadata and picture are made public."""

from typing import Protocol


class Publisher(Protocol):
    """Publishes bytes under an address that follows from them, for ever and unchanged."""

    async def publish(self, blob: bytes, media_type: str) -> str:
        """The URI of ``blob``, once it is stored durably. Equal bytes give an equal URI.

        Raises ValueError for a media type or size that this publisher doesn't take.
        """
        ...

    async def resolves(self, uri: str) -> bool:
        """Whether ``uri`` is one of ours and a reader gets its very bytes from it now."""
        ...

"""Links to an explorer, where the reader can follow them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from core.reply import Button, t

EXPLORER = "https://explorer.solana.com"
RAYDIUM = "https://raydium.io/swap/"


@dataclass(frozen=True, slots=True)
class Links:
    """cluster: localnet, devnet or mainnet. rpc_url: of the embedded chain, for the explorer to ask."""

    cluster: str
    rpc_url: str

    def transaction(self, signature: str, platform: str) -> Button:
        """A link where it leads somewhere from the reader's machine, else the signature to copy."""
        url = self._url(f"tx/{signature}", platform)
        if url is None:
            return Button(t("button-copy-signature"), copy=signature)
        return Button(t("button-explorer"), url=url)

    def pool(self, pool: str, mint: str, platform: str) -> tuple[Button, ...]:
        """Where a coin's pool is to be seen from the reader's machine, and on mainnet traded by any wallet."""
        url = self._url(f"address/{pool}", platform)
        shown = () if url is None else (Button(t("button-pool"), url=url),)
        if self.cluster != "mainnet":
            return shown
        return (Button(t("button-raydium"), url=f"{RAYDIUM}?inputMint=sol&outputMint={mint}"), *shown)

    def _url(self, path: str, platform: str) -> str | None:
        if self.cluster == "mainnet":
            return f"{EXPLORER}/{path}"
        if self.cluster == "devnet":
            return f"{EXPLORER}/{path}?cluster=devnet"
        # The embedded chain answers on this machine only: the terminal's user sits there, a chat's does not.
        if platform != "terminal":
            return None
        return f"{EXPLORER}/{path}?cluster=custom&customUrl={quote(self.rpc_url, safe='')}"

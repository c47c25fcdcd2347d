"""Which accounts a program, a wallet or a mint has: what getProgramAccounts would otherwise scan for."""

from __future__ import annotations

from collections.abc import Collection

from solders.account import Account
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from workers.localnet.tokens import is_token_account


class Indexes:
    """Owner program, token wallet and token mint to account keys, kept from each change.

    The system program isn't indexed: every wallet is its.
    """

    def __init__(self) -> None:
        self._by_program: dict[Pubkey, dict[Pubkey, None]] = {}
        self._by_wallet: dict[Pubkey, dict[Pubkey, None]] = {}
        self._by_mint: dict[Pubkey, dict[Pubkey, None]] = {}

    def update(self, key: Pubkey, before: Account | None, after: Account | None) -> None:
        """Takes over one changed account; None where it didn't or doesn't exist."""
        for table, old, new in zip(self._tables(), _places(before), _places(after), strict=True):
            if old is not None and new is not None and old == new:
                continue
            if old is not None:
                keys = table[old]
                del keys[key]
                if not keys:
                    del table[old]
            if new is not None:
                table.setdefault(new, {})[key] = None

    def of_program(self, program: Pubkey) -> Collection[Pubkey]:
        """Accounts that a program owns."""
        return self._by_program.get(program, {}).keys()

    def of_wallet(self, wallet: Pubkey) -> Collection[Pubkey]:
        """Token accounts that a wallet owns, of both token programs."""
        return self._by_wallet.get(wallet, {}).keys()

    def of_mint(self, mint: Pubkey) -> Collection[Pubkey]:
        """Token accounts that hold a mint."""
        return self._by_mint.get(mint, {}).keys()

    def _tables(self) -> tuple[dict[Pubkey, dict[Pubkey, None]], ...]:
        return self._by_program, self._by_wallet, self._by_mint


def _places(account: Account | None) -> tuple[Pubkey | None, Pubkey | None, Pubkey | None]:
    if account is None or account.owner == SYSTEM_PROGRAM:
        return None, None, None
    if not is_token_account(account):
        return account.owner, None, None
    data = account.data
    return account.owner, Pubkey(data[32:64]), Pubkey(data[:32])

"""Methods that read accounts."""

from __future__ import annotations

from collections.abc import Iterable

from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from workers.localnet import encode
from workers.localnet.errors import KEY_EXCLUDED, RpcError
from workers.localnet.node import Node
from workers.localnet.rpc import filters
from workers.localnet.rpc.params import Params, pubkey, with_context
from workers.localnet.tokens import PROGRAM_NAMES

_MAX_ACCOUNTS = 100
_MAX_SIZE = 10 * 1024 * 1024


def get_account_info(node: Node, params: Params) -> object:
    """One account, null if it doesn't exist."""
    slot = node.clock.slot()
    key, config = params.pubkey(0), params.config(1, slot)
    find = node.engine.get
    value = encode.account(find(key), config.account_encoding(), config.data_slice(), find)
    return with_context(slot, value)


def get_balance(node: Node, params: Params) -> object:
    """Lamports of an account, 0 if it doesn't exist."""
    slot = node.clock.slot()
    key = params.pubkey(0)
    params.config(1, slot)
    account = node.engine.get(key)
    return with_context(slot, account.lamports if account else 0)


def get_multiple_accounts(node: Node, params: Params) -> object:
    """Up to 100 accounts, null for each that doesn't exist."""
    slot = node.clock.slot()
    keys = [pubkey(item) for item in params.items(0, "accounts", _MAX_ACCOUNTS)]
    config = params.config(1, slot)
    encoding, part, find = config.account_encoding("base64"), config.data_slice(), node.engine.get
    return with_context(slot, [encode.account(find(key), encoding, part, find) for key in keys])


def get_program_accounts(node: Node, params: Params) -> object:
    """Accounts of a program that match the filters."""
    slot = node.clock.slot()
    program, config = params.pubkey(0), params.config(1, slot)
    if program == SYSTEM_PROGRAM:
        raise RpcError(
            KEY_EXCLUDED,
            f"{program} excluded from account secondary indexes; this RPC method unavailable for key",
            {"indexKey": str(program)},
        )
    wanted = filters.parse(config.get("filters"))
    encoding, part, find = config.account_encoding(), config.data_slice(), node.engine.get
    found = []
    for key in _candidates(node, program, wanted):
        account = find(key)
        if account is not None and account.owner == program and wanted.match(account):
            found.append({"pubkey": str(key), "account": encode.account(account, encoding, part, find)})
    return with_context(slot, found) if config.flag("withContext") else found


def _candidates(node: Node, program: Pubkey, wanted: filters.Filters) -> Iterable[Pubkey]:
    """The shortest list of keys that surely holds all matches."""
    indexes = node.indexes
    if program in PROGRAM_NAMES and (wanted.token_account or (wanted.size or 0) >= 165):
        for memcmp in wanted.memcmps:
            if len(memcmp.wanted) == 32 and memcmp.offset == 0:
                return indexes.of_mint(Pubkey(memcmp.wanted))
            if len(memcmp.wanted) == 32 and memcmp.offset == 32:
                return indexes.of_wallet(Pubkey(memcmp.wanted))
    return indexes.of_program(program)


def get_minimum_balance(node: Node, params: Params) -> object:
    """Lamports that keep so many bytes exempt from rent."""
    size = params.number(0, "data length")
    params.config(1, node.clock.slot())
    return node.engine.minimum_balance(min(size, _MAX_SIZE))


METHODS = {
    "getAccountInfo": get_account_info,
    "getBalance": get_balance,
    "getMultipleAccounts": get_multiple_accounts,
    "getProgramAccounts": get_program_accounts,
    "getMinimumBalanceForRentExemption": get_minimum_balance,
}

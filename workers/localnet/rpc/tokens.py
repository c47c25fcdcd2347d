"""Methods that read the token programs' accounts."""

from __future__ import annotations

from collections.abc import Mapping

from solders.account import Account
from solders.pubkey import Pubkey

from workers.localnet import encode, tokens
from workers.localnet.errors import invalid_params
from workers.localnet.node import Node
from workers.localnet.rpc.params import Config, Params, pubkey, with_context

_LARGEST = 20


def get_token_account_balance(node: Node, params: Params) -> object:
    """What a token account holds."""
    slot = node.clock.slot()
    key = params.pubkey(0)
    params.config(1, slot)
    account = node.engine.get(key)
    held = tokens.holding(account) if account else None
    if held is None:
        raise invalid_params("could not find account" if account is None else "not a Token account")
    return with_context(slot, tokens.ui_amount(held.amount, _mint(node, held.mint)[1]))


def get_token_supply(node: Node, params: Params) -> object:
    """How much of a mint there is."""
    slot = node.clock.slot()
    key = params.pubkey(0)
    params.config(1, slot)
    return with_context(slot, tokens.ui_amount(*_mint(node, key)))


def get_token_largest_accounts(node: Node, params: Params) -> object:
    """The twenty accounts that hold most of a mint."""
    slot = node.clock.slot()
    key = params.pubkey(0)
    params.config(1, slot)
    decimals = _mint(node, key)[1]
    amounts = []
    for holder in node.indexes.of_mint(key):
        account = node.engine.get(holder)
        held = tokens.holding(account) if account else None
        if held is not None:
            amounts.append((held.amount, str(holder)))
    amounts.sort(reverse=True)
    largest = [{"address": who, **tokens.ui_amount(atoms, decimals)} for atoms, who in amounts[:_LARGEST]]
    return with_context(slot, largest)


def get_token_accounts_by_owner(node: Node, params: Params) -> object:
    """A wallet's token accounts, of one mint or one token program."""
    slot = node.clock.slot()
    keys = node.indexes.of_wallet(params.pubkey(0))
    return with_context(slot, _select(node, list(keys), params, slot))


def get_token_accounts_by_delegate(node: Node, params: Params) -> object:
    """Token accounts that a key may spend from, of one mint or one token program."""
    slot = node.clock.slot()
    delegate = bytes(params.pubkey(0))
    keys = []
    for program in tokens.PROGRAM_NAMES:
        for key in node.indexes.of_program(program):
            account = node.engine.get(key)
            if account is not None and tokens.is_token_account(account):
                data = account.data
                if data[72] == 1 and data[76:108] == delegate:
                    keys.append(key)
    return with_context(slot, _select(node, keys, params, slot))


def _select(node: Node, keys: list[Pubkey], params: Params, slot: int) -> list[dict[str, object]]:
    config = params.config(2, slot)
    mint, program = _selector(node, params.get(1))
    found: list[dict[str, object]] = []
    for key in keys:
        account = node.engine.get(key)
        if account is not None and _matches(account, mint, program):
            found.append({"pubkey": str(key), "account": _encoded(node, account, config)})
    return found


def _selector(node: Node, value: object) -> tuple[Pubkey | None, Pubkey | None]:
    if isinstance(value, Mapping) and len(value) == 1:
        if "mint" in value:
            mint = pubkey(value["mint"])
            _mint(node, mint)
            return mint, None
        if "programId" in value:
            program = pubkey(value["programId"])
            if program not in tokens.PROGRAM_NAMES:
                raise invalid_params("unrecognized Token program id")
            return None, program
    raise invalid_params("the second parameter must be {mint} or {programId}")


def _matches(account: Account, mint: Pubkey | None, program: Pubkey | None) -> bool:
    if program is not None:
        return account.owner == program
    return account.data[:32] == bytes(mint) if mint is not None else False


def _encoded(node: Node, account: Account, config: Config) -> dict[str, object] | None:
    return encode.account(account, config.account_encoding(), config.data_slice(), node.engine.get)


def _mint(node: Node, key: Pubkey) -> tuple[int, int]:
    """Supply and decimals."""
    account = node.engine.get(key)
    if account is None or not tokens.is_mint(account):
        raise invalid_params("could not find mint" if account is None else "not a Token mint")
    return tokens.supply_and_decimals(account)


METHODS = {
    "getTokenAccountBalance": get_token_account_balance,
    "getTokenSupply": get_token_supply,
    "getTokenLargestAccounts": get_token_largest_accounts,
    "getTokenAccountsByOwner": get_token_accounts_by_owner,
    "getTokenAccountsByDelegate": get_token_accounts_by_delegate,
}

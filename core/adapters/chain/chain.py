"""The `Chain` port over JSON-RPC."""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

import structlog
from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import Transaction

from core.adapters.chain import transactions
from core.adapters.chain.fills import fill_of
from core.adapters.chain.pools import Pools
from core.adapters.chain.program.accounts import ClaimPage, Config, Curve, RewardEpoch
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, ProgramIds, token_account
from core.adapters.chain.refusals import failed_in, failed_program, needs_program, user_error
from core.adapters.chain.rpc import Rpc, RpcRefused
from core.adapters.chain.swaps import pool_fill_of
from core.domain.curve import CurveState
from core.domain.intent import BuyIntent, Intent, LaunchIntent, PoolBuyIntent, PoolSellIntent, SellIntent
from core.ports.chain import (
    Blockhash,
    ChainAway,
    CoinAccount,
    CoinPool,
    Compute,
    ConfigState,
    Fill,
    RewardState,
    Simulation,
    Status,
)

log = structlog.get_logger()

_CONFIRMED = {"commitment": "confirmed"}
_FINALIZED = {"commitment": "finalized"}
_BASE64 = {"encoding": "base64", "commitment": "confirmed"}
_PRICE_AGE = 5.0  # seconds that a priority price is good for
_SIMULATED = Compute(unit_limit=400_000, unit_price=0)
_AT_ONCE = 100  # accounts that one question may name
_ALREADY_PROCESSED = "AlreadyProcessed"


class SolanaChain:
    """See the port. `program_id`: the installation's, base58."""

    def __init__(self, rpc: Rpc, program_id: str) -> None:
        self._rpc, self._program_id = rpc, program_id
        self._ids = ProgramIds(Pubkey.from_string(program_id))
        self._pools = Pools(rpc, self._ids)
        self._price: tuple[float, int] = (0.0, 0)
        self._finalized = 0  # slot of the block height that was last given

    async def slot(self) -> int:
        return int(await self._ask("getSlot", _CONFIRMED))

    async def block_height(self) -> int:
        info = await self._ask("getEpochInfo", _FINALIZED)  # the height with its slot, of one moment
        self._finalized = int(info["absoluteSlot"])
        return int(info["blockHeight"])

    async def latest_blockhash(self) -> Blockhash:
        value = (await self._ask("getLatestBlockhash", _CONFIRMED))["value"]
        return Blockhash(value["blockhash"], int(value["lastValidBlockHeight"]))

    async def config(self) -> ConfigState | None:
        data = await self._data(self._ids.config)
        if data is None:
            return None
        config = Config.decode(data)
        paused = config.paused_until > time.time()
        return ConfigState(
            config.config_version,
            paused,
            paused,
            int(config.fee),
            treasury=str(config.treasury),
            raydium_set=config.raydium_set,
            next_epoch=config.next_epoch,
        )

    async def curve(self, mint: str) -> CurveState | None:
        data = await self._data(self._ids.curve(Pubkey.from_string(mint)))
        return None if data is None else Curve.decode(data).state

    async def coins(self, mints: Sequence[str]) -> dict[str, CoinAccount]:
        curves = [str(self._ids.curve(Pubkey.from_string(mint))) for mint in mints]
        accounts = await self._accounts(curves, _BASE64)
        found: dict[str, CoinAccount] = {}
        for mint, account in zip(mints, accounts, strict=True):
            if account is not None and account["owner"] == self._program_id:
                curve = Curve.decode(b64decode(account["data"][0]))
                found[mint] = CoinAccount(curve.state, str(curve.fee_recipient))
        return found

    async def reward_epochs(self, numbers: Sequence[int]) -> dict[int, RewardState]:
        found = await self._ours([self._ids.epoch(number) for number in numbers])
        epochs = (RewardEpoch.decode(data) for data in found if data is not None)
        return {epoch.number: _reward_state(epoch) for epoch in epochs}

    async def rewards_claimed(self, leaves: Sequence[tuple[int, int]]) -> list[bool | None]:
        found = await self._ours([self._ids.claim_page(epoch, index) for epoch, index in leaves])
        pages = [None if data is None else ClaimPage.decode(data) for data in found]
        return [
            None if page is None else page.has(index) for page, (_, index) in zip(pages, leaves, strict=True)
        ]

    async def pool(self, mint: str) -> CoinPool | None:
        return await self._pools.pool(mint)

    async def balance(self, address: str) -> int:
        return int((await self._ask("getBalance", address, _CONFIRMED))["value"])

    async def balances(self, addresses: Sequence[str]) -> dict[str, int]:
        options = {**_BASE64, "dataSlice": {"offset": 0, "length": 0}}
        accounts = await self._accounts(addresses, options)
        held = (0 if account is None else int(account["lamports"]) for account in accounts)
        return dict(zip(addresses, held, strict=True))

    async def is_wallet(self, address: str) -> bool:
        options = {**_BASE64, "dataSlice": {"offset": 0, "length": 0}}
        value = (await self._ask("getAccountInfo", address, options))["value"]
        return value is None or value["owner"] == str(SYSTEM_PROGRAM)

    async def token_balance(self, owner: str, mint: str) -> int:
        account = token_account(Pubkey.from_string(owner), Pubkey.from_string(mint))
        data = await self._data(account)
        return 0 if data is None else _token_amount(data)

    async def token_balances(self, owner: str) -> dict[str, int]:
        found = await self._ask(
            "getTokenAccountsByOwner", owner, {"programId": str(TOKEN_2022_PROGRAM)}, _BASE64
        )
        balances: dict[str, int] = {}
        for entry in found["value"]:
            data = b64decode(entry["account"]["data"][0])
            mint, amount = str(Pubkey.from_bytes(data[:32])), _token_amount(data)
            if amount:
                balances[mint] = balances.get(mint, 0) + amount
        return balances

    async def simulate(self, intent: Intent, wallet: str) -> Simulation:
        message = transactions.build(intent, wallet, str(Hash.default()), _SIMULATED, self._ids)
        raw = bytes(Transaction.populate(message, [Signature.default()]))
        options = {
            "encoding": "base64",
            "sigVerify": False,
            "replaceRecentBlockhash": True,
            "commitment": "confirmed",
        }
        value = (await self._ask("simulateTransaction", b64encode(raw).decode(), options))["value"]
        units = int(value.get("unitsConsumed") or 0)
        if value["err"] is None:
            return Simulation(units)
        programs = [str(message.account_keys[i.program_id_index]) for i in message.instructions]
        failed = failed_program(value["err"], programs, value.get("logs") or ())
        code, args = user_error(value["err"], failed, self._program_id)
        return Simulation(units, code, args)

    async def priority_price(self) -> int:
        read_at, price = self._price
        if time.monotonic() - read_at > _PRICE_AGE:
            recent = await self._ask("getRecentPrioritizationFees", [])
            fees = sorted(int(entry["prioritizationFee"]) for entry in recent)
            price = fees[len(fees) * 3 // 4] if fees else 0
            self._price = (time.monotonic(), price)
        return price

    async def send(self, raw: bytes) -> None:
        # No preflight: it was simulated before it was signed, and what fails now must be seen on chain.
        options = {"encoding": "base64", "skipPreflight": True, "maxRetries": 0}
        try:
            await self._rpc.call("sendTransaction", b64encode(raw).decode(), options)
        except RpcRefused as refused:
            if _ALREADY_PROCESSED not in str(refused.data) and _ALREADY_PROCESSED not in refused.message:
                raise ChainAway(f"sendTransaction: {refused.code}") from refused

    async def statuses(self, signatures: Sequence[str]) -> list[Status | None]:
        found: list[Status | None] = []
        for start in range(0, len(signatures), 256):  # what one call may ask
            part = list(signatures[start : start + 256])
            answer = await self._ask("getSignatureStatuses", part, {"searchTransactionHistory": True})
            # An address may stand for many nodes. One that is behind has not seen what landed.
            if int(answer["context"]["slot"]) < self._finalized or len(answer["value"]) != len(part):
                raise ChainAway("getSignatureStatuses: a node that is behind")
            for signature, entry in zip(part, answer["value"], strict=True):
                found.append(None if entry is None else await self._status(signature, entry))
        return found

    async def fill(self, signature: str, intent: Intent, wallet: str) -> Fill | None:
        transaction = await self._transaction(signature)
        if transaction is None:
            return None
        try:
            if isinstance(intent, PoolBuyIntent | PoolSellIntent):
                keys = transactions.pool_keys(intent.mint, intent.raydium_set, self._ids)
                return pool_fill_of(transaction, signature, wallet, keys, await self._pools.rates(keys))
            terms = await self.curve(intent.mint) if isinstance(intent, BuyIntent | SellIntent) else None
            return fill_of(transaction, signature, intent, wallet, self._program_id, terms)
        except LookupError as missing:
            # A node that keeps no inner instructions, say. One order's answer must not stop who follows all.
            raise ChainAway(f"getTransaction: {missing}") from missing

    def mint_address(self, creator: str, intent: Intent) -> str:
        if not isinstance(intent, LaunchIntent):
            raise TypeError("only a launch makes a mint")
        return transactions.mint_address(creator, intent, self._ids)

    async def rent_minimum(self) -> int:
        return int(await self._ask("getMinimumBalanceForRentExemption", 0))

    async def _status(self, signature: str, entry: dict[str, Any]) -> Status:
        level = entry.get("confirmationStatus")
        confirmed, finalized = level in ("confirmed", "finalized"), level == "finalized"
        slot, err = int(entry["slot"]), entry["err"]
        if err is None or not confirmed:
            return Status(slot, confirmed, finalized)
        failed = None
        try:
            transaction = await self._transaction(signature)
            failed = None if transaction is None else failed_in(transaction)
        except (ChainAway, LookupError) as missing:
            # One order's answer must not stop who follows all orders.
            log.warning("chain.failure_not_told", signature=signature, reason=str(missing))
        if failed is None and not finalized and needs_program(err):
            return Status(
                slot, confirmed=False, finalized=False
            )  # its contents come a moment later: ask again
        return Status(slot, confirmed, finalized, *user_error(err, failed, self._program_id))

    async def _transaction(self, signature: str) -> dict[str, Any] | None:
        options = {"encoding": "json", "commitment": "confirmed", "maxSupportedTransactionVersion": 0}
        found: dict[str, Any] | None = await self._ask("getTransaction", signature, options)
        return found

    async def _accounts(
        self, addresses: Sequence[str], options: dict[str, Any]
    ) -> list[dict[str, Any] | None]:
        found: list[dict[str, Any] | None] = []
        for start in range(0, len(addresses), _AT_ONCE):
            part = list(addresses[start : start + _AT_ONCE])
            value = (await self._ask("getMultipleAccounts", part, options))["value"]
            if len(value) != len(part):
                raise ChainAway("getMultipleAccounts: not what was asked for")
            found += value
        return found

    async def _ours(self, addresses: Sequence[Pubkey]) -> list[bytes | None]:
        """Data of accounts of the program's; None where anybody else's is, or only lamports."""
        accounts = await self._accounts([str(address) for address in addresses], _BASE64)
        return [
            b64decode(account["data"][0])
            if account is not None and account["owner"] == self._program_id
            else None
            for account in accounts
        ]

    async def _data(self, address: Pubkey) -> bytes | None:
        value = (await self._ask("getAccountInfo", str(address), _BASE64))["value"]
        return None if value is None else b64decode(value["data"][0])

    async def _ask(self, method: str, *params: Any) -> Any:
        """A question that a healthy node answers: a refusal is as good as no answer."""
        try:
            return await self._rpc.call(method, *params)
        except RpcRefused as refused:
            raise ChainAway(f"{method}: {refused}") from refused


class RpcFaucet:
    """Test money by airdrop; on the embedded chain it has landed when the call returns."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    async def drip(self, address: str, lamports: int) -> None:
        try:
            if not await self._rpc.call("getSignaturesForAddress", address, {"limit": 1, **_CONFIRMED}):
                await self._rpc.call("requestAirdrop", address, lamports)
        except RpcRefused as refused:
            raise ChainAway(f"the faucet: {refused}") from refused


def _reward_state(epoch: RewardEpoch) -> RewardState:
    return RewardState(
        root=epoch.root.hex(),
        count=epoch.count,
        total=int(epoch.total),
        paid=int(epoch.paid),
        claims_from=epoch.claims_from,
        expires_at=epoch.expires_at,
    )


def _token_amount(data: bytes) -> int:
    return int.from_bytes(data[64:72], "little")

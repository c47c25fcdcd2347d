"""Sends what a keypair signs until a cluster has confirmed it: for an operator at a prompt.

People's trades go another way, through orders that survive kills. Here the chain itself is the memory: every step is
made so that, after an interruption, looking at the chain says what is left to do.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import stamina
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import Transaction

from core.adapters.chain.answers import plain
from core.adapters.chain.refusals import named
from core.adapters.chain.rpc import Rpc, RpcRefused
from core.ports.chain import ChainAway

IN_FLIGHT = 16  # requests at once; a public node takes about four a second, and says so
POLL = 0.5  # seconds between two looks at what was sent
REBROADCAST = 2.0  # seconds
PATIENCE = 60.0  # seconds in which a question must be answered
TRIES = 5  # blockhashes that one transaction may outlive
_BUSY = frozenset({429, -32429, -32005, -32016})  # too many requests; a node that is behind
_ALREADY_PROCESSED = "AlreadyProcessed"
# The payer has nothing, less than the fee, or would keep less than the rent of an empty account.
_PENNILESS = (
    "AccountNotFound",
    "InsufficientFundsForFee",
    {"InsufficientFundsForRent": {"account_index": 0}},
)
_SHORT = "insufficient lamports"  # what System logs of a transfer, or of an account to be made
MAX_UNITS = 1_400_000
_BASE64 = {"encoding": "base64"}


class TransactionFailed(Exception):
    """The cluster refuses a transaction, or took it and it failed: nothing changed. One line, for people."""


def with_budget(instructions: Sequence[Instruction], units: int, price: int) -> list[Instruction]:
    """price: micro-lamports a compute unit."""
    return [set_compute_unit_limit(units), set_compute_unit_price(price), *instructions]


class Sender:
    """`payer` pays, and signs what is sent. price: micro-lamports a compute unit. Every call waits for a node that is
    away or throttles, a minute; then it raises `ChainAway`."""

    def __init__(self, rpc: Rpc, payer: Keypair, *, price: int = 0) -> None:
        self.rpc, self.payer, self.price = rpc, payer, price
        self._turns = asyncio.Semaphore(IN_FLIGHT)

    @property
    def address(self) -> Pubkey:
        """The payer's."""
        return self.payer.pubkey()

    async def send(self, instructions: Sequence[Instruction], *signers: Keypair) -> str:
        """One transaction, simulated first; the signature when it is confirmed.

        Raises `TransactionFailed`; `ChainAway` if it never landed, though that one is dead now.
        """
        units = await self.units(instructions, *(signer.pubkey() for signer in signers))
        for _ in range(TRIES):
            blockhash, last_height = await self._blockhash()
            signature, raw = self._signed(instructions, units, blockhash, signers)
            found = await self._settle({signature: raw}, last_height)
            if signature in found:
                self._check(found[signature])
                return signature
        raise ChainAway("sendTransaction: nobody takes it in; a higher --priority-fee may help")

    async def send_each(
        self, each: Iterable[Instruction], landed: Callable[[int], None] = lambda _: None
    ) -> None:
        """Instructions that don't depend on each other, a transaction each, many in flight. Some may be lost when
        this returns: whoever calls looks at the chain and sends what is missing. landed: told how many have.

        Raises `TransactionFailed` if one is refused.
        """
        waiting = list(each)
        if not waiting:
            return
        units = await self.units(waiting[:1])
        blockhash, last_height = await self._blockhash()
        raws = dict(self._signed([one], units, blockhash, ()) for one in waiting)
        for error in (await self._settle(raws, last_height, landed)).values():
            self._check(error)

    async def units(self, instructions: Sequence[Instruction], *signers: Pubkey) -> int:
        """Compute units that it takes, and a fifth. Raises `TransactionFailed` if it would fail."""
        budget = with_budget(instructions, MAX_UNITS, self.price)
        message = Message.new_with_blockhash(budget, self.address, Hash.default())
        unsigned = [Signature.default()] * message.header.num_required_signatures
        raw = bytes(Transaction.populate(message, unsigned))
        options = {"sigVerify": False, "replaceRecentBlockhash": True, "commitment": "confirmed"}
        answer = await self.ask("simulateTransaction", b64encode(raw).decode(), {**_BASE64, **options})
        value = answer["value"]
        self._check(value["err"], value.get("logs") or ())
        return min(int(value.get("unitsConsumed") or 0) * 6 // 5 + 300, MAX_UNITS)

    async def next_slot(self) -> None:
        """Returns in a later slot: what the loader changed in this one can't be called or changed before."""
        begun = await self._slot()
        while await self._slot() == begun:  # noqa: ASYNC110 - asks the node, which wakes nobody
            await asyncio.sleep(POLL / 2)

    async def ask(self, method: str, *params: Any) -> Any:
        """The answer of a node that may be throttled or away for a while. Raises `ChainAway`, `RpcRefused`."""
        async for attempt in stamina.retry_context(
            _worth_another_try, attempts=None, timeout=PATIENCE, wait_initial=0.25, wait_max=8.0
        ).with_name(method, (), {}):  # what is logged: a transaction's bytes are nobody's business
            with attempt:
                return await self.rpc.call(method, *params)
        raise AssertionError("unreachable: the last attempt raises")

    def _check(self, error: object, logs: Sequence[str] = ()) -> None:
        """Raises `TransactionFailed` unless `error`, as the chain gives it, is None."""
        if error is None:
            return
        if error in _PENNILESS or any(_SHORT in line for line in logs):
            raise TransactionFailed(f"{self.address} pays for this and has too little SOL: send it some")
        said = [line.removeprefix("Program log: ") for line in logs if line.startswith("Program log: ")]
        words = f"the chain refuses: {named(error)}" + (f" ({said[-1][:200]})" if said else "")
        raise TransactionFailed(plain(words))

    async def _slot(self) -> int:
        return int(await self.ask("getSlot", {"commitment": "confirmed"}))

    async def _blockhash(self) -> tuple[Hash, int]:
        value = (await self.ask("getLatestBlockhash", {"commitment": "confirmed"}))["value"]
        return Hash.from_string(value["blockhash"]), int(value["lastValidBlockHeight"])

    def _signed(
        self, instructions: Sequence[Instruction], units: int, blockhash: Hash, signers: Sequence[Keypair]
    ) -> tuple[str, str]:
        """The signature, and the transaction in base64."""
        message = Message.new_with_blockhash(
            with_budget(instructions, units, self.price), self.address, blockhash
        )
        transaction = Transaction([self.payer, *signers], message, blockhash)
        return str(transaction.signatures[0]), b64encode(bytes(transaction)).decode()

    async def _settle(
        self, raws: Mapping[str, str], last_height: int, landed: Callable[[int], None] = lambda _: None
    ) -> dict[str, object]:
        """Sends, and sends again, until each is confirmed or can't land any more. The error (None: success) of each
        that landed."""
        found: dict[str, object] = {}
        sent_at = float("-inf")
        while True:
            pending = [signature for signature in raws if signature not in found]
            if time.monotonic() - sent_at >= REBROADCAST:
                await asyncio.gather(*(self._send(raws[signature]) for signature in pending))
                sent_at = time.monotonic()
            dead = (
                await self._final_height() > last_height
            )  # asked before the statuses: then they are the last word
            found |= await self._statuses(pending)
            landed(len(found))
            if dead or len(found) == len(raws):
                return found
            await asyncio.sleep(POLL)

    async def _send(self, raw: str) -> None:
        # Unchecked by the node: it was simulated, and what fails now must be seen on chain.
        options = {**_BASE64, "skipPreflight": True, "maxRetries": 0}
        try:
            async with self._turns:
                await self.ask("sendTransaction", raw, options)
        except RpcRefused as refused:
            if _ALREADY_PROCESSED not in f"{refused.data} {refused.message}":
                raise TransactionFailed(f"the node does not take the transaction: {refused}") from None

    async def _final_height(self) -> int:
        return int(await self.ask("getBlockHeight", {"commitment": "finalized"}))

    async def _statuses(self, signatures: Sequence[str]) -> dict[str, object]:
        """The error of each that is confirmed."""
        found: dict[str, object] = {}
        for start in range(0, len(signatures), 256):  # what one call may ask
            part = list(signatures[start : start + 256])
            answer = await self.ask("getSignatureStatuses", part, {"searchTransactionHistory": True})
            for signature, status in zip(part, answer["value"], strict=True):
                if status and status.get("confirmationStatus") in ("confirmed", "finalized"):
                    found[signature] = status["err"]
        return found


def _worth_another_try(error: Exception) -> bool:
    return isinstance(error, ChainAway) or (isinstance(error, RpcRefused) and error.code in _BUSY)

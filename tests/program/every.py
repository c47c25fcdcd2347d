"""One valid call of every instruction, and of each of its branches worth keeping: a line each.

Who adds an instruction adds a case here; attacks on accounts, privileges and data then cover it, and
`python -m tests.program.fixtures` records it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from core.adapters.chain.program.sweep_fees import SweepFees
from core.domain.money import Bps, Lamports, TokenAtoms
from tests.program.conftest import Coin
from tests.program.harness import FOREVER, SLOT, SOL, Chain, Terms, landed, launch_args


@dataclass(frozen=True, slots=True)
class Call:
    """An instruction that would land, the wallets that sign it, and its chain."""

    chain: Chain
    instruction: Instruction
    signers: tuple[Keypair, ...]

    def send(
        self,
        payer: Keypair,
        metas: list[AccountMeta] | None = None,
        data: bytes | None = None,
    ) -> TransactionMetadata | FailedTransactionMetadata:
        """Sends it, on other accounts or with other data if given; signed by `payer` and by those of
        `signers` who sign in its accounts."""
        metas = list(self.instruction.accounts) if metas is None else metas
        data = bytes(self.instruction.data) if data is None else data
        signing = {meta.pubkey for meta in metas if meta.is_signer}
        signers = [signer for signer in self.signers if signer.pubkey() in signing]
        return self.chain.send(Instruction(self.instruction.program_id, data, metas), payer, *signers)


def installed(terms: Terms | None = None) -> Chain:
    """A chain with Config made."""
    chain = Chain(terms or Terms())
    landed(chain.initialize())
    return chain


def launched(chain: Chain) -> Coin:
    """A coin on it, and a trader with an empty token account."""
    creator, trader = chain.wallet(), chain.wallet()
    mint = chain.launch(creator)
    return Coin(mint, creator, trader, chain.open_tokens(trader, mint))


def traded(chain: Chain, lamports: int = 10 * SOL) -> Coin:
    """The same after the trader's first buy."""
    coin = launched(chain)
    landed(chain.buy(coin.trader, coin.mint, lamports))
    return coin


def _initialize() -> Call:
    chain = Chain()
    return Call(chain, chain.initialize_args().build(chain.ids), (chain.authority,))


def _launch(terms: Terms | None = None, *, prefunded: int = 0) -> Call:
    chain = installed(terms)
    creator = chain.wallet()
    args = launch_args(creator.pubkey())
    mint = args.mint(chain.ids)
    for address in (mint, chain.ids.curve(mint), chain.ids.vault(mint)):
        if prefunded:
            chain.put(address, prefunded, b"", SYSTEM_PROGRAM)
    return Call(chain, args.build(chain.ids), (creator,))


def _buy(max_in: int = SOL, terms: Terms | None = None, slots: int = 0) -> Call:
    chain = installed(terms)
    coin = launched(chain)
    chain.warp(SLOT + slots)
    args = Buy(coin.trader.pubkey(), coin.mint, Lamports(max_in), TokenAtoms(1), FOREVER)
    return Call(chain, args.build(chain.ids), (coin.trader,))


def _sell(parts: int, bought: int = 10 * SOL) -> Call:
    chain = installed()
    coin = traded(chain, bought)
    amount = TokenAtoms(chain.atoms(coin.tokens) // parts)
    args = Sell(coin.trader.pubkey(), coin.mint, amount, Lamports(1), FOREVER)
    return Call(chain, args.build(chain.ids), (coin.trader,))


def _sweep(bought: int = 10 * SOL, *, one_payee: bool = False) -> Call:
    chain = installed()
    coin = traded(chain, bought)
    if one_payee:
        to = SetFeeRecipient(coin.creator.pubkey(), coin.mint, chain.treasury)
        landed(chain.send(to.build(chain.ids), coin.creator))
    args = SweepFees(coin.mint, chain.treasury, chain.curve(coin.mint).fee_recipient)
    return Call(chain, args.build(chain.ids), ())


def _set_fee_recipient() -> Call:
    chain = installed()
    coin = traded(chain)
    args = SetFeeRecipient(coin.creator.pubkey(), coin.mint, coin.trader.pubkey())
    return Call(chain, args.build(chain.ids), (coin.creator,))


_SCHEDULE = Terms(schedule_fee=Bps(9_900), schedule_slots=100)

CALLS: dict[str, Callable[[], Call]] = {
    "initialize": _initialize,
    "launch": _launch,
    "launch prefunded": lambda: _launch(prefunded=5 * SOL),
    "launch scheduled": lambda: _launch(_SCHEDULE),
    "buy": _buy,
    "buy clamped": lambda: _buy(900 * SOL),
    "buy in schedule": lambda: _buy(SOL, _SCHEDULE, slots=33),
    "sell": lambda: _sell(3),
    "sell everything": lambda: _sell(1),
    "sell from complete": lambda: _sell(2, 900 * SOL),
    "sweep_fees": _sweep,
    "sweep_fees partly": lambda: _sweep(SOL // 10 * 2),
    "sweep_fees to one": lambda: _sweep(SOL // 10, one_payee=True),
    "set_fee_recipient": _set_fee_recipient,
}
"""Cases by name; the first word is the instruction's."""

FIRST = {name: call for name, call in CALLS.items() if " " not in name}
"""The plain case of each instruction."""

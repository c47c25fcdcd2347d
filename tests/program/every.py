"""One valid call of every instruction, and of each of its branches worth keeping: a line each.

Who adds an instruction adds a case here; attacks on accounts, privileges and data then cover it, and
`python -m tests.program.fixtures` records it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair

from core.adapters.chain.program.action import (
    Action,
    EndPause,
    ReplaceCode,
    RotateCouncil,
    RotateGuardian,
    SetTimeLock,
)
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.cancel import Cancel
from core.adapters.chain.program.close_epoch import CloseEpoch
from core.adapters.chain.program.close_page import ClosePage
from core.adapters.chain.program.ids import SYSTEM_PROGRAM, UPGRADEABLE_LOADER
from core.adapters.chain.program.layout import u32
from core.adapters.chain.program.pause import Pause
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from core.adapters.chain.program.sweep_fees import SweepFees
from core.adapters.chain.program.void_epoch import VoidEpoch
from core.domain.governance import DAY
from core.domain.money import Bps, Lamports, TokenAtoms
from tests.program.conftest import Coin
from tests.program.council import KEYS, TERMS, Council
from tests.program.graduation import complete
from tests.program.harness import (
    FOREVER,
    SLOT,
    SOL,
    Chain,
    Result,
    Terms,
    key,
    landed,
    launch_args,
    program_bytes,
)
from tests.program.reward import EXPIRES_AT, Rewards, opened, prepared, some_leaves


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
    ) -> Result:
        """Sends it, on other accounts or with other data if given; signed by `payer` and by those of
        `signers` who sign in its accounts."""
        metas = list(self.instruction.accounts) if metas is None else metas
        data = bytes(self.instruction.data) if data is None else data
        return self.sign(payer, Instruction(self.instruction.program_id, data, metas))

    def sign(self, payer: Keypair, built: Instruction) -> Result:
        """Sends another instruction of the same people."""
        signing = {meta.pubkey for meta in built.accounts if meta.is_signer}
        return self.chain.send(built, payer, *[one for one in self.signers if one.pubkey() in signing])


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


def _propose(action: Action = TERMS) -> Call:
    council = Council(installed())
    chain, by = council.chain, council.chain.council[0]
    return Call(chain, council.propose_args(action).build(chain.ids), (council.payer, by))


def _approve() -> Call:
    council = Council(installed())
    number, second = council.proposed(TERMS), council.chain.council[1]
    return Call(council.chain, council.approval(number, second, TERMS).build(council.chain.ids), (second,))


def _execute(action: Action) -> Call:
    """By whichever instruction executes that action."""
    council = Council(installed())
    return Call(council.chain, council.execution(council.ready(action)), ())


def _upgrade() -> Call:
    """To the code that is there, in a buffer that the program's own address has the authority of."""
    council = Council(installed())
    chain, buffer, code = council.chain, key(500).pubkey(), program_bytes()
    own = bytes(chain.ids.upgrade_authority)
    chain.edit(chain.ids.program_data, 13, own)
    data = u32(1) + b"\1" + own + code
    chain.put(buffer, (len(data) + 128) * 6_960, data, UPGRADEABLE_LOADER)
    number = council.ready(ReplaceCode(buffer, hashlib.sha256(code).digest()))
    return Call(chain, council.execution(number), ())


def _cancel() -> Call:
    council = Council(installed())
    chain, number = council.chain, council.approved(TERMS)
    args = Cancel(chain.guardian.pubkey(), number, council.payer.pubkey())
    return Call(chain, args.build(chain.ids), (chain.guardian,))


def _pause() -> Call:
    chain = Council(installed()).chain
    return Call(chain, Pause(chain.guardian.pubkey()).build(chain.ids), (chain.guardian,))


def _unpause() -> Call:
    council = Council(installed())
    landed(council.pause())
    return Call(council.chain, council.execution(council.approved(EndPause())), ())


def _graduate(fee: int | None = None) -> Call:
    coin = complete(installed())
    if fee is not None:
        coin.raydium_sets(create_pool_fee=fee)
    return Call(coin.chain, coin.instruction(coin.trader, SOL if fee else 0), (coin.trader,))


def _rewards() -> Rewards:
    """An open epoch of five leaves, whose claims have started."""
    chain = installed()
    return opened(chain, some_leaves(chain, 5))


def _open_epoch() -> Call:
    chain = installed()
    rewards = prepared(chain, some_leaves(chain, 5))
    return Call(chain, rewards.open_args().build(chain.ids), (rewards.funder, chain.rewards))


def _void_epoch() -> Call:
    chain = installed()
    rewards = prepared(chain, some_leaves(chain, 5))
    landed(rewards.open())
    args = VoidEpoch(chain.guardian.pubkey(), rewards.number, rewards.funder.pubkey())
    return Call(chain, args.build(chain.ids), (chain.guardian,))


def _claim(index: int = 3, *, paged: bool = False) -> Call:
    rewards = _rewards()
    submitter = rewards.chain.wallet()
    if paged:
        landed(rewards.claim(0, submitter))
    return Call(rewards.chain, rewards.claim_args(index, submitter).build(rewards.chain.ids), (submitter,))


def _close_epoch() -> Call:
    rewards = _rewards()
    landed(rewards.claim(0, rewards.chain.wallet()))
    rewards.chain.warp(SLOT + 2, EXPIRES_AT)
    args = CloseEpoch(rewards.number, rewards.funder.pubkey())
    return Call(rewards.chain, args.build(rewards.chain.ids), ())


def _close_page() -> Call:
    rewards = _rewards()
    submitter = rewards.chain.wallet()
    landed(rewards.claim(0, submitter))
    rewards.chain.warp(SLOT + 2, EXPIRES_AT)
    landed(rewards.close(submitter))
    return Call(rewards.chain, ClosePage(rewards.number, 0, submitter.pubkey()).build(rewards.chain.ids), ())


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
    "propose": _propose,
    "propose a council": lambda: _propose(RotateCouncil(3, tuple(key(n).pubkey() for n in range(20, 29)))),
    "approve": _approve,
    "execute": lambda: _execute(TERMS),
    "execute keys": lambda: _execute(KEYS),
    "execute time lock": lambda: _execute(SetTimeLock(3 * DAY)),
    "rotate": lambda: _execute(RotateCouncil(2, tuple(key(n).pubkey() for n in range(20, 24)))),
    "rotate guardian": lambda: _execute(RotateGuardian(key(30).pubkey())),
    "upgrade": _upgrade,
    "cancel": _cancel,
    "pause": _pause,
    "unpause": _unpause,
    "open_epoch": _open_epoch,
    "void_epoch": _void_epoch,
    "claim": _claim,
    "claim on a page": lambda: _claim(4, paged=True),
    "close_epoch": _close_epoch,
    "close_page": _close_page,
    "graduate": _graduate,
    "graduate above the cap": lambda: _graduate(SOL),
}
"""Cases by name; the first word is the instruction's."""

FIRST = {name: call for name, call in CALLS.items() if " " not in name}
"""The plain case of each instruction."""

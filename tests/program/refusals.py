"""For each of the program's error codes a call that meets it: a line for each code.

Most are a call of `every.CALLS` with one thing wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from core.adapters.chain.program.action import EndPause
from core.adapters.chain.program.approve import Approve
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.errors import ProgramErrorCode
from core.adapters.chain.program.execute import Execute
from core.adapters.chain.program.genesis import genesis_accounts
from core.adapters.chain.program.graduate import Graduate
from core.adapters.chain.program.ids import SYSTEM_PROGRAM
from core.adapters.chain.program.initialize import RAYDIUM_MAINNET
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from core.adapters.chain.program.sweep_fees import SweepFees
from core.adapters.chain.raydium.addresses import MAINNET
from core.domain.governance import DAY
from core.domain.money import Bps, Lamports, TokenAtoms
from tests.program.council import TERMS, Council
from tests.program.elf import RETURNS_SUCCESS, elf
from tests.program.every import FIRST, Call, installed, launched, traded
from tests.program.graduation import complete
from tests.program.harness import FOREVER, RENT_OF_A_WALLET, SLOT, SOL, Chain, landed, launch_args
from tests.program.reward import CLAIMS_FROM, EXPIRES_AT, opened, prepared, some_leaves

CURVE_OF = {"buy": 2, "sell": 1}
"""Where a trade names the curve."""


def _data(name: str, data: Callable[[bytes], bytes]) -> Call:
    call = FIRST[name]()
    built = call.instruction
    return replace(
        call, instruction=Instruction(built.program_id, data(bytes(built.data)), list(built.accounts))
    )


def _metas(name: str, change: Callable[[list[AccountMeta]], list[AccountMeta]]) -> Call:
    call = FIRST[name]()
    built = call.instruction
    return replace(call, instruction=Instruction(built.program_id, built.data, change(list(built.accounts))))


def _at(index: int, to: Pubkey) -> Callable[[list[AccountMeta]], list[AccountMeta]]:
    def change(metas: list[AccountMeta]) -> list[AccountMeta]:
        metas[index] = AccountMeta(to, is_signer=False, is_writable=metas[index].is_writable)
        return metas

    return change


def _flags(index: int, *, signer: bool, writable: bool) -> Callable[[list[AccountMeta]], list[AccountMeta]]:
    def change(metas: list[AccountMeta]) -> list[AccountMeta]:
        metas[index] = AccountMeta(metas[index].pubkey, signer, writable)
        return metas

    return change


def _copy_of_curve() -> Call:
    """A curve's bytes at an account of somebody else's program."""
    call = FIRST["sell"]()
    genuine = call.chain.account(call.instruction.accounts[1].pubkey)
    fake = call.chain.wallet(0).pubkey()
    call.chain.put(fake, genuine.lamports, bytes(genuine.data), SYSTEM_PROGRAM)
    metas = _at(1, fake)(list(call.instruction.accounts))
    return replace(call, instruction=Instruction(call.instruction.program_id, call.instruction.data, metas))


def _buy(max_in: int = SOL, min_out: int = 0, deadline: int = FOREVER, bought: int = SOL) -> Call:
    chain = installed()
    coin = traded(chain, bought)
    args = Buy(coin.trader.pubkey(), coin.mint, Lamports(max_in), TokenAtoms(min_out), deadline)
    return Call(chain, args.build(chain.ids), (coin.trader,))


def _sell(amount: int) -> Call:
    chain = installed()
    coin = traded(chain)
    args = Sell(coin.trader.pubkey(), coin.mint, TokenAtoms(amount), Lamports(0), FOREVER)
    return Call(chain, args.build(chain.ids), (coin.trader,))


def _edited(name: str, offset: int, data: bytes) -> Call:
    """A trade on a curve of which some bytes are otherwise."""
    call = FIRST[name]()
    call.chain.edit(call.instruction.accounts[CURVE_OF[name]].pubkey, offset, data)
    return call


def _launched_again() -> Call:
    call = FIRST["launch"]()
    landed(call.send(call.chain.wallet()))
    return call


def _strings(**changes: bytes) -> Call:
    chain = installed()
    creator = chain.wallet()
    built = launch_args(creator.pubkey()).build(chain.ids)
    data = launch_args(creator.pubkey(), **changes).data()  # type: ignore[arg-type]  # names fields
    return Call(chain, Instruction(built.program_id, data, list(built.accounts)), (creator,))


def _seen(version: int) -> Call:
    chain = installed()
    creator = chain.wallet()
    args = launch_args(creator.pubkey(), config_version=version)
    return Call(chain, args.build(chain.ids), (creator,))


def _paused() -> Call:
    call = FIRST["buy"]()
    landed(Council(call.chain).pause())
    return call


def _initialized(**changes: object) -> Call:
    chain = Chain()
    return Call(chain, chain.initialize_args(**changes).build(chain.ids), (chain.authority,))


def _initialized_again() -> Call:
    chain = installed()
    return Call(chain, chain.initialize_args().build(chain.ids), (chain.authority,))


def _treasury_is_the_curve() -> Call:
    chain = installed()
    coin = traded(chain)
    curve = chain.ids.curve(coin.mint)
    chain.edit(chain.ids.config, 160, bytes(curve))
    return Call(chain, SweepFees(coin.mint, curve, coin.creator.pubkey()).build(chain.ids), ())


def _stranger_sets_the_recipient() -> Call:
    chain = installed()
    coin = launched(chain)
    who = coin.trader
    return Call(chain, SetFeeRecipient(who.pubkey(), coin.mint, who.pubkey()).build(chain.ids), (who,))


def _recipient_zero() -> Call:
    chain = installed()
    coin = launched(chain)
    args = SetFeeRecipient(coin.creator.pubkey(), coin.mint, Pubkey.default())
    return Call(chain, args.build(chain.ids), (coin.creator,))


def _nothing_to_sweep() -> Call:
    chain = installed()
    coin = launched(chain)
    return Call(chain, SweepFees(coin.mint, chain.treasury, coin.creator.pubkey()).build(chain.ids), ())


def _owes_more_than_it_has() -> Call:
    call = FIRST["sell"]()
    curve = call.instruction.accounts[1].pubkey
    account = call.chain.account(curve)
    call.chain.put(curve, account.lamports - 1, bytes(account.data), account.owner)
    return call


def _outdated() -> Call:
    council = Council(installed())
    number, other = council.approved(TERMS), council.approved(TERMS)
    council.later(2 * DAY)
    landed(council.execute(other))
    return Call(council.chain, council.execution(number), ())


def _approval(digest: bytes | None, member: int) -> Call:
    council = Council(installed())
    chain, number = council.chain, council.proposed(TERMS)
    args = council.approval(number, chain.council[member], TERMS)
    if digest is not None:
        args = Approve(args.member, number, digest)
    return Call(chain, args.build(chain.ids), (chain.council[member],))


def _executed_after(seconds: int, *, approved: bool = True) -> Call:
    council = Council(installed())
    number = council.approved(TERMS) if approved else council.proposed(TERMS)
    council.later(seconds)
    return Call(council.chain, council.execution(number), ())


def _wrong_action() -> Call:
    council = Council(installed())
    landed(council.pause())
    number = council.approved(EndPause())
    args = Execute(number, council.payer.pubkey())
    return Call(council.chain, args.build(council.chain.ids), ())


def _paused_twice() -> Call:
    call = FIRST["pause"]()
    landed(call.send(call.chain.wallet()))
    return call


def _not_paused() -> Call:
    council = Council(installed())
    return Call(council.chain, council.execution(council.approved(EndPause())), ())


def _wrong_buffer() -> Call:
    call = FIRST["upgrade"]()
    call.chain.edit(call.instruction.accounts[5].pubkey, 60, b"\xff")
    return call


def _incomplete() -> Call:
    chain = installed()
    coin = launched(chain)
    args = Graduate(coin.trader.pubkey(), coin.mint, RAYDIUM_MAINNET, Lamports(0))
    return Call(chain, args.build(chain.ids), (coin.trader,))


def _dear_pool() -> Call:
    coin = complete(installed())
    coin.raydium_sets(create_pool_fee=SOL)
    return Call(coin.chain, coin.instruction(coin.trader), (coin.trader,))


def _idle_raydium() -> Call:
    coin = complete(installed())
    idle = genesis_accounts(MAINNET.program, elf(RETURNS_SUCCESS), coin.chain.authority.pubkey())
    for address, account in idle.items():
        coin.chain.svm.set_account(address, account)
    return Call(coin.chain, coin.instruction(coin.trader), (coin.trader,))


def _epoch(**changes: object) -> Call:
    chain = installed()
    rewards = prepared(chain, some_leaves(chain, 2))
    built = rewards.open_args(**changes).build(chain.ids)
    return Call(chain, built, (rewards.funder, chain.rewards))


def _claim_at(time: int) -> Call:
    call = FIRST["claim"]()
    call.chain.warp(SLOT + 2, time)
    return call


def _void_at(time: int) -> Call:
    call = FIRST["void_epoch"]()
    call.chain.warp(SLOT + 2, time)
    return call


def _closed_at(time: int) -> Call:
    call = FIRST["close_epoch"]()
    call.chain.warp(SLOT + 2, time)
    return call


def _claimed_twice() -> Call:
    call = FIRST["claim"]()
    landed(call.send(call.chain.wallet()))
    return call


def _small_leaf() -> Call:
    chain = installed()
    rewards = opened(chain, some_leaves(chain, 1, amount=RENT_OF_A_WALLET - 1), total=Lamports(SOL))
    submitter = chain.wallet()
    return Call(chain, rewards.claim_args(0, submitter).build(chain.ids), (submitter,))


def _beyond_total() -> Call:
    chain = installed()
    rewards = opened(chain, some_leaves(chain, 2, amount=SOL), total=Lamports(2 * SOL))
    submitter = chain.wallet()
    landed(rewards.claim(0, submitter))
    return Call(chain, rewards.claim_args(1, submitter).build(chain.ids), (submitter,))


P = ProgramErrorCode
U64_MAX = (2**64 - 1).to_bytes(8, "little")
REFUSALS: dict[ProgramErrorCode, Callable[[], Call]] = {
    P.UnknownInstruction: lambda: _data("buy", lambda data: b"\xff" * 8 + data[8:]),
    P.InvalidData: lambda: _data("buy", lambda data: data + b"\x00"),
    P.NotEnoughAccounts: lambda: _metas("buy", lambda metas: metas[:-1]),
    P.MissingSigner: lambda: _metas("sell", _flags(0, signer=False, writable=True)),
    P.NotWritable: lambda: _metas("sell", _flags(1, signer=False, writable=False)),
    P.WrongOwner: _copy_of_curve,
    P.WrongAddress: lambda: _metas("sell", _at(3, SYSTEM_PROGRAM)),
    P.WrongAccountKind: lambda: _metas("buy", lambda metas: _at(2, metas[1].pubkey)(metas)),
    P.AliasedAccounts: _treasury_is_the_curve,
    P.Unauthorized: _stranger_sets_the_recipient,
    P.AlreadyInitialized: _initialized_again,
    P.InvalidConfig: lambda: _initialized(fee=Bps(501)),
    P.ConfigChanged: lambda: _seen(2),
    P.AlreadyLaunched: _launched_again,
    P.InvalidMetadata: lambda: _strings(name=b""),
    P.Paused: _paused,
    P.Expired: lambda: _buy(deadline=SLOT - 1),
    P.ZeroAmount: lambda: _buy(max_in=0),
    P.ZeroOutput: lambda: _buy(max_in=1),
    P.SlippageExceeded: lambda: _buy(min_out=2**63),
    P.CurveComplete: lambda: _buy(bought=900 * SOL),
    P.Graduated: lambda: _edited("buy", 92, b"\x01"),
    P.ExceedsSold: lambda: _sell(10**15),
    P.NothingToSweep: _nothing_to_sweep,
    P.InvalidRecipient: _recipient_zero,
    P.MathOverflow: lambda: _edited("buy", 32, U64_MAX),
    P.Insolvent: _owes_more_than_it_has,
    P.NotComplete: _incomplete,
    P.CostAboveCap: _dear_pool,
    P.PoolMismatch: _idle_raydium,
    P.ProposalOutdated: _outdated,
    P.AlreadyApproved: lambda: _approval(None, 0),
    P.WrongDigest: lambda: _approval(bytes(32), 1),
    P.NotApproved: lambda: _executed_after(3 * DAY, approved=False),
    P.TimeLocked: lambda: _executed_after(2 * DAY - 1),
    P.ProposalExpired: lambda: _executed_after(9 * DAY),
    P.WrongAction: _wrong_action,
    P.PauseTooSoon: _paused_twice,
    P.NotPaused: _not_paused,
    P.WrongBuffer: _wrong_buffer,
    P.InvalidEpoch: lambda: _epoch(count=0),
    P.WrongEpoch: lambda: _epoch(epoch=1),
    P.ClaimsStarted: lambda: _void_at(CLAIMS_FROM),
    P.ClaimsNotStarted: lambda: _claim_at(CLAIMS_FROM - 1),
    P.ClaimsEnded: lambda: _claim_at(EXPIRES_AT),
    P.InvalidProof: lambda: _data("claim", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
    P.LeafTooSmall: _small_leaf,
    P.AlreadyClaimed: _claimed_twice,
    P.ExceedsTotal: _beyond_total,
    P.EpochOpen: lambda: _closed_at(EXPIRES_AT - 1),
}

"""What the program costs: compute units and lamports of every instruction, `make bench-program`.

Sixty coins of different creators, because addresses are searched for (1,500 units a try) and so every
coin's launch costs another number. Metadata has 122 bytes, as a typical coin's. Compute units depend on
the token program that the chain runs: these are of the embedded chain's.

Peers' figures are what mainnet wrote into transaction logs ("Program X consumed N"), so with the token
programs of their day; where one was seen several times, the least and the most. docs/program.md says where.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from statistics import median

from solders.pubkey import Pubkey

from core.adapters.chain.program.action import EndPause, ReplaceCode, RotateCouncil
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.claim import Claim
from core.adapters.chain.program.proposal import Proposal
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from core.adapters.chain.raydium.addresses import MAINNET
from core.domain.merkle import PADS, Leaf, leaf_hash, node_hash, root_from
from core.domain.money import Lamports, TokenAtoms
from tests.program.council import TERMS, Council
from tests.program.graduation import BOUNTY, NETWORK_FEE, complete
from tests.program.harness import (
    FOREVER,
    RENT_OF_A_WALLET,
    SLOT,
    SOL,
    Chain,
    key,
    landed,
    launch_args,
    program_bytes,
)
from tests.program.reward import CLAIMS_FROM, EXPIRES_AT, RENT, prepared, some_leaves
from tests.program.test_upgrade import BUFFER, put_buffer

COINS = 60
EPOCHS = 20
PROPOSAL_RENT = (Proposal.SIZE + 128) * 6_960  # lamports, which come back
LEVELS = 20  # of a tree of a million leaves
TARGET_CU = {"launch": 45_000, "buy": 8_000, "sell": 6_300}  # launch: the median; buy, sell: the maximum
TARGET_LAMPORTS = {"launch": 8_300_000}


@dataclass(frozen=True, slots=True)
class Peer:
    """Compute units of what does the same elsewhere."""

    who: str
    least: int
    most: int


PEERS = {
    "launch": Peer("pump.fun create_v2", 95_741, 95_741),
    "buy": Peer("pump.fun buy", 65_226, 75_827),
    "sell": Peer("pump.fun sell", 35_600, 35_600),
}
ALSO = (
    Peer("Raydium LaunchLab sell", 78_407, 78_407),
    Peer("Meteora DAMM v2 swap", 19_766, 19_766),  # MeteoraAg/damm-v2, pull request 105
    # Not ours: the design's bare steps, on the binary that mainnet ran in October 2025. Its median is 152,728.
    Peer("graduate's prototype on Raydium's own CPMM", 143_492, 184_602),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Compute units of each run, and what the signer was poorer by beside what was traded."""

    cu: list[int]
    lamports: int

    def summary(self) -> dict[str, object]:
        """For the JSON line."""
        cu = {"min": min(self.cu), "median": int(median(self.cu)), "max": max(self.cu)}
        return {"cu": cu, "lamports": self.lamports}


def measure() -> dict[str, Cost]:
    """Runs every instruction on `COINS` coins of one chain."""
    chain = Chain()
    before = chain.lamports(chain.authority.pubkey())
    cu: dict[str, list[int]] = {
        name: [] for name in ("launch", "buy", "sell", "sweep_fees", "set_fee_recipient")
    }
    initialize = landed(chain.initialize()).compute_units_consumed()
    costs = {"initialize": Cost([initialize], before - chain.lamports(chain.authority.pubkey()))}
    launch_lamports = 0
    for number in range(COINS):
        creator = chain.wallet()
        before = chain.lamports(creator.pubkey())
        args = launch_args(creator.pubkey(), number)
        cu["launch"].append(landed(chain.send(args.build(chain.ids), creator)).compute_units_consumed())
        launch_lamports = before - chain.lamports(creator.pubkey())
        mint = args.mint(chain.ids)
        tokens = chain.open_tokens(creator, mint)
        cu["buy"].append(landed(chain.buy(creator, mint, SOL + number)).compute_units_consumed())
        cu["buy"].append(landed(chain.buy(creator, mint, 200 * SOL)).compute_units_consumed())  # clamped
        held = chain.atoms(tokens)
        cu["sell"].append(landed(chain.sell(creator, mint, held // 3)).compute_units_consumed())
        cu["sell"].append(landed(chain.sell(creator, mint, held // 7)).compute_units_consumed())
        recipient = SetFeeRecipient(creator.pubkey(), mint, key(10_000 + number).pubkey()).build(chain.ids)
        cu["set_fee_recipient"].append(landed(chain.send(recipient, creator)).compute_units_consumed())
        cu["sweep_fees"].append(landed(chain.sweep(creator, mint)).compute_units_consumed())
    fee = 5_000  # one signature
    costs |= {name: Cost(runs, launch_lamports if name == "launch" else fee) for name, runs in cu.items()}
    return costs | _graduations() | _rewards(chain) | _governance()


def _graduations() -> dict[str, Cost]:
    """Raydium's part is the stand-in's, about half of its own; the rest is what we and the tokens take."""
    chain = Chain()
    landed(chain.initialize())
    whole, ours, both = [], [], []
    for number in range(COINS):
        coin = complete(chain, number)
        done = landed(coin.graduate(chain.wallet()))
        (line,) = [line for line in done.logs() if line.startswith(f"Program {MAINNET.program} consumed")]
        whole.append(done.compute_units_consumed())
        ours.append(done.compute_units_consumed() - int(line.split()[3]))
    for number in range(COINS, COINS + EPOCHS):
        coin = complete(chain, number)
        landed(chain.sell(coin.trader, coin.mint, 10**12))
        buy = Buy(coin.trader.pubkey(), coin.mint, Lamports(SOL), TokenAtoms(0), FOREVER).build(chain.ids)
        done = landed(chain.send([buy, coin.instruction(coin.trader)], coin.trader))
        both.append(done.compute_units_consumed())
    earned = NETWORK_FEE - BOUNTY
    return {
        "graduate": Cost(whole, earned),
        "graduate, no CPMM": Cost(ours, earned),
        "buy and graduate": Cost(both, earned),
    }


def _rewards(chain: Chain) -> dict[str, Cost]:
    """Epochs of a million leaves, of which two are real: the siblings above them may be any hashes."""
    names = ("open_epoch", "void_epoch", "claim, a page made", "claim", "close_epoch", "close_page")
    cu: dict[str, list[int]] = {name: [] for name in names}
    submitter = chain.wallet()
    for number in range(0, 2 * EPOCHS, 2):
        chain.warp(SLOT)
        leaves = some_leaves(chain, 2)
        pair = [leaf_hash(number, index, leaf) for index, leaf in enumerate(leaves)]
        above = PADS[:1] * (LEVELS - 1)
        terms = {
            "count": 2**LEVELS,
            "total": Lamports(2**LEVELS * RENT_OF_A_WALLET),
            "root": root_from(node_hash(*pair), 0, above),
        }
        rewards = prepared(chain, leaves, number)
        cu["open_epoch"].append(landed(rewards.open(**terms)).compute_units_consumed())
        voided = prepared(chain, leaves, number + 1)
        landed(voided.open(**terms))
        cu["void_epoch"].append(landed(voided.void(chain.guardian, submitter)).compute_units_consumed())
        chain.warp(SLOT, CLAIMS_FROM)
        for index, name in enumerate(("claim, a page made", "claim")):
            claim = _claim(number, index, leaves[index], (pair[1 - index], *above), submitter.pubkey())
            cu[name].append(landed(chain.send(claim.build(chain.ids), submitter)).compute_units_consumed())
        chain.warp(SLOT, EXPIRES_AT)
        cu["close_epoch"].append(landed(rewards.close(submitter)).compute_units_consumed())
        closed = rewards.close_page(0, submitter.pubkey(), submitter)
        cu["close_page"].append(landed(closed).compute_units_consumed())
    lamports = {"open_epoch": RENT + 10_000, "void_epoch": 10_000, "claim, a page made": RENT + 5_000}
    return {name: Cost(runs, lamports.get(name, 5_000)) for name, runs in cu.items()}


def _governance() -> dict[str, Cost]:
    """A council of three, of whom two decide; upgrade hashes this program's own code. One run each where nothing varies
    but by how often a proposal's address had to be tried."""
    names = ("propose", "approve", "execute", "rotate", "upgrade", "cancel", "pause", "unpause")
    cu: dict[str, list[int]] = {name: [] for name in names}
    chain = Chain()
    landed(chain.initialize())
    chain.edit(chain.ids.program_data, 13, bytes(chain.ids.upgrade_authority))
    put_buffer(chain, program_bytes())
    council = Council(chain)
    code = ReplaceCode(BUFFER, hashlib.sha256(program_bytes()).digest())
    keys = tuple(member.pubkey() for member in chain.council)
    steps = [("execute", TERMS)] * EPOCHS + [("rotate", RotateCouncil(2, keys)), ("upgrade", code)]
    for name, action in steps:
        cu["propose"].append(landed(council.propose(action)).compute_units_consumed())
        number = chain.config().next_proposal - 1
        cu["approve"].append(landed(council.approve(number, chain.council[1])).compute_units_consumed())
        council.later(action.delay.under(chain.config().time_lock))
        cu[name].append(landed(council.execute(number)).compute_units_consumed())
    chain.warp(SLOT + 1, council.now)  # from here on by the code that was put in its own place
    cu["pause"].append(landed(council.pause()).compute_units_consumed())
    number = council.approved(EndPause())
    cu["unpause"].append(landed(council.execute(number)).compute_units_consumed())
    number = council.proposed(TERMS)
    cu["cancel"].append(landed(council.cancel(number, chain.guardian)).compute_units_consumed())
    lamports = {"propose": PROPOSAL_RENT + 10_000, "approve": 10_000, "cancel": 10_000, "pause": 10_000}
    return {name: Cost(runs, lamports.get(name, 5_000)) for name, runs in cu.items()}


def _claim(epoch: int, index: int, leaf: Leaf, proof: tuple[bytes, ...], submitter: Pubkey) -> Claim:
    recipient = Pubkey.from_bytes(leaf.recipient)
    return Claim(submitter, epoch, index, recipient, Lamports(leaf.amount), proof)


def _row(name: str, cost: Cost) -> str:
    target, peer = TARGET_CU.get(name), PEERS.get(name)
    held = median(cost.cu) if name == "launch" else max(cost.cu)
    ratio = f"{held / target:.2f}" if target else ""
    beside = f"  {peer.who} {_range(peer)}: {peer.least / max(cost.cu):.1f} times" if peer else ""
    return (
        f"{name:<18}{min(cost.cu):>9,}{int(median(cost.cu)):>9,}{max(cost.cu):>9,}"
        f"{target or '':>9}{ratio:>7}{cost.lamports:>12,}{TARGET_LAMPORTS.get(name, ''):>11}{beside}"
    ).rstrip()


def _range(peer: Peer) -> str:
    return f"{peer.least:,}" if peer.least == peer.most else f"{peer.least:,} to {peer.most:,}"


def _summary(name: str, cost: Cost) -> dict[str, object]:
    peer = PEERS.get(name)
    return cost.summary() | ({"peer": [peer.least, peer.most]} if peer else {})


def main() -> None:
    """Prints the table and, as the last line, the same as JSON."""
    costs = measure()
    print(
        f"{'instruction':<18}{'CU min':>9}{'median':>9}{'max':>9}{'target':>9}{'ratio':>7}"
        f"{'lamports':>12}{'target':>11}  peer (least, over our most)"
    )
    for name, cost in costs.items():
        print(_row(name, cost))
    for peer in ALSO:
        print(f"{'':<18}{_range(peer):>27}{'':>39}  {peer.who}")
    print(f"binary {len(program_bytes()):,} bytes")
    summary: dict[str, object] = {name: _summary(name, cost) for name, cost in costs.items()}
    print(json.dumps(summary | {"binary_bytes": len(program_bytes())}))


if __name__ == "__main__":
    main()

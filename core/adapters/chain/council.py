"""What a council sees of a chain: its proposals, and the chain's own time."""

from __future__ import annotations

from base64 import b64decode

from solders.instruction import Instruction
from solders.sysvar import CLOCK

from core.adapters.chain.program.action import EndPause, ReplaceCode, RotateCouncil, RotateGuardian
from core.adapters.chain.program.execute import Execute
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import LayoutError
from core.adapters.chain.program.proposal import Proposal
from core.adapters.chain.program.rotate import Rotate
from core.adapters.chain.program.unpause import Unpause
from core.adapters.chain.program.upgrade import Upgrade
from core.adapters.chain.rpc import Rpc
from core.ports.chain import ChainAway

AT_ONCE = 100  # accounts that one question may be about
_OPTIONS = {"encoding": "base64", "commitment": "confirmed"}
_UNIX_TIME = slice(32, 40)  # of the Clock sysvar: slot, epoch's start, epoch, next epoch, then this


async def open_proposals(rpc: Rpc, ids: ProgramIds, next_proposal: int) -> list[Proposal]:
    """Those that were neither executed nor cancelled, oldest first. By address: many nodes don't let one search.

    next_proposal: Config's. Raises `ChainAway`, `RpcRefused`.
    """
    found: list[Proposal] = []
    for start in range(0, next_proposal, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, next_proposal))
        addresses = [str(ids.proposal(number)) for number in numbers]
        answer = await rpc.call("getMultipleAccounts", addresses, _OPTIONS)
        for value in answer["value"]:
            if value is not None and value["owner"] == str(ids.program):
                try:
                    found.append(Proposal.decode(b64decode(value["data"][0])))
                except LayoutError:
                    continue  # a newer program's, which this version can't put into words
    return found


async def proposal_at(rpc: Rpc, ids: ProgramIds, number: int) -> Proposal | None:
    """None if it was executed or cancelled, or never made. Raises `LayoutError` for a newer program's."""
    value = (await rpc.call("getAccountInfo", str(ids.proposal(number)), _OPTIONS))["value"]
    if value is None or value["owner"] != str(ids.program):
        return None
    return Proposal.decode(b64decode(value["data"][0]))


async def chain_time(rpc: Rpc) -> int:
    """The unix second by which the program judges locks: seconds off this machine's clock, or days on a test chain.

    Raises `ChainAway`, `RpcRefused`."""
    value = (await rpc.call("getAccountInfo", str(CLOCK), _OPTIONS))["value"]
    if value is None:
        raise ChainAway("getAccountInfo: a chain without a clock")
    return int.from_bytes(b64decode(value["data"][0])[_UNIX_TIME], "little", signed=True)


def execution(proposal: Proposal, ids: ProgramIds) -> Instruction:
    """The instruction that carries this kind of proposal out; anybody may send it."""
    match proposal.action:
        case RotateCouncil() | RotateGuardian():
            return Rotate(proposal.number, proposal.payer).build(ids)
        case EndPause():
            return Unpause(proposal.number, proposal.payer).build(ids)
        case ReplaceCode(buffer=buffer):
            return Upgrade(proposal.number, proposal.payer, buffer).build(ids)
        case _:
            return Execute(proposal.number, proposal.payer).build(ids)

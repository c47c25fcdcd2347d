"""What is private stays private when it is refused."""

from __future__ import annotations

from dataclasses import replace

from solders.keypair import Keypair

from core.commands.incoming import Line, Press
from core.reply import Kind, Visibility
from tests.fakes.house import House, Process
from tests.fakes.installation import button
from tests.unit.core.commands.test_dispatch import ANN, Talk

GROUP = replace(ANN, chat_id="group", chat_title="Cats")
COLD = str(Keypair.from_seed(bytes(31) + b"\1").pubkey())


async def test_a_withdrawal_that_the_signer_refuses_is_nothing_for_the_group(
    home: House, process: Process
) -> None:
    talk = Talk(home, process)
    quotes = [await talk(Line(f"/withdraw {COLD} 3"), GROUP) for _ in range(2)]
    first, second = (Press(button(quote.message, "Confirm withdrawal")) for quote in quotes)
    assert (await talk(first, GROUP)).kind is Kind.REPLY
    refused = await talk(second, GROUP)
    assert refused.message.data["error"]["code"] == "withdraw-limit"
    assert refused.visibility is Visibility.PRIVATE


async def test_a_purchase_that_is_refused_is_for_its_buyer(home: House, process: Process) -> None:
    talk = Talk(home, process)
    quote = await talk("/buy CATS 1", GROUP)
    home.passes(60)
    refused = await talk(Press(button(quote.message, "Confirm buy")), GROUP)
    assert refused.visibility is Visibility.QUIET

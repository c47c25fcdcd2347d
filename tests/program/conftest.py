"""A chain with Config made, and one with a coin on it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest
from hypothesis import Phase, settings
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.program.council import Council
from tests.program.harness import Chain, landed

if "PUMPBOX_SO" in os.environ:  # a mutant is to be noticed; the smallest example of it interests nobody
    settings.register_profile("mutant", phases=[Phase.explicit, Phase.generate])
    settings.load_profile("mutant")


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin just launched, and a wallet with an empty token account for it."""

    mint: Pubkey
    creator: Keypair
    trader: Keypair
    tokens: Pubkey


@pytest.fixture
def bare() -> Chain:
    """The program installed, Config not made."""
    return Chain()


@pytest.fixture
def chain(bare: Chain) -> Chain:
    """The program installed and initialized."""
    landed(bare.initialize())
    return bare


@pytest.fixture
def coin(chain: Chain) -> Coin:
    """A coin on `chain`."""
    creator, trader = chain.wallet(), chain.wallet()
    mint = chain.launch(creator)
    return Coin(mint, creator, trader, chain.open_tokens(trader, mint))


@pytest.fixture
def council(chain: Chain) -> Council:
    """The council of `chain`, two of whose three members decide."""
    return Council(chain)

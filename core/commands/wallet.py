"""/wallet: the caller's custodial wallet, made on first use."""

from __future__ import annotations

from core.cards.wallet import wallet_card
from core.commands.spec import Context, command
from core.ports.chain import Chain, ChainAway
from core.reply import Reply, Visibility
from core.usecases.wallets import Wallets


@command("wallet", visibility=Visibility.PRIVATE)
class WalletCommand:
    pass


async def handle(cmd: WalletCommand, ctx: Context, *, wallets: Wallets, chain: Chain) -> Reply:
    wallet = await wallets.ensure(ctx.person_id)
    try:
        lamports = await chain.balance(wallet.address)
    except ChainAway:
        lamports = None  # the card says that the chain does not answer
    return Reply(wallet_card(wallet.address, lamports, test_money=wallets.faucet is not None))

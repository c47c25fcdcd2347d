"""The ordinary flows of solana-py, unmodified, over HTTP and WebSocket: what a trader's script does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed
from solana.rpc.core import RPCException
from solana.rpc.models import DataSliceOpts, MemcmpOpts, TokenAccountOpts, TxOpts
from solana.rpc.websocket_api import SolanaWsClient
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.rpc.config import RpcTransactionLogsFilter, RpcTransactionLogsFilterMentions
from solders.rpc.errors import SendTransactionPreflightFailureMessage
from solders.signature import Signature
from solders.system_program import create_lookup_table, extend_lookup_table
from solders.transaction import VersionedTransaction
from spl.token.constants import TOKEN_PROGRAM_ID

from tests.fakes.chain_builders import SOL, holding, make_holding, make_mint, mint_to, move, pay, signed
from workers.localnet.config import LocalnetConfig
from workers.localnet.main import LocalNode

MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[LocalNode]:
    async with LocalNode.start(LocalnetConfig(tmp_path / "ledger.db")) as running:
        yield running


@pytest.fixture
async def client(node: LocalNode) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(node.url, commitment=Confirmed) as made:
        yield made


@pytest.fixture
async def alice(client: AsyncClient) -> Keypair:
    """A wallet with ten SOL."""
    wallet = Keypair()
    airdrop = await client.request_airdrop(wallet.pubkey(), 10 * SOL)
    await client.confirm_transaction(airdrop.value)
    return wallet


async def blockhash(client: AsyncClient) -> Hash:
    return (await client.get_latest_blockhash()).value.blockhash


async def test_transfer_and_confirm(client: AsyncClient, alice: Keypair) -> None:
    bob = Keypair().pubkey()
    latest = (await client.get_latest_blockhash()).value
    tx = signed([pay(alice, bob, SOL)], latest.blockhash, alice)
    fee = (await client.get_fee_for_message(tx.message)).value
    sent = await client.send_transaction(
        tx,
        TxOpts(skip_confirmation=False, last_valid_block_height=latest.last_valid_block_height),
    )
    await client.confirm_transaction(sent.value, last_valid_block_height=latest.last_valid_block_height)
    assert (await client.get_balance(bob)).value == SOL
    assert fee == 5_000
    assert (await client.get_balance(alice.pubkey())).value == 9 * SOL - fee
    status = (await client.get_signature_statuses([sent.value, Signature.new_unique()])).value
    assert status[0] is not None
    assert status[0].err is None
    assert status[1] is None


async def test_refusals_are_typed_errors_with_logs(client: AsyncClient, alice: Keypair) -> None:
    tx = signed([pay(alice, Keypair().pubkey(), 100 * SOL)], await blockhash(client), alice)
    with pytest.raises(RPCException) as refused:
        await client.send_transaction(tx)
    failure = refused.value.args[0]
    assert isinstance(failure, SendTransactionPreflightFailureMessage)
    assert "custom program error: 0x1" in failure.message
    assert any("insufficient lamports" in line for line in failure.data.logs or [])
    with pytest.raises(RPCException, match="BlockhashNotFound"):
        await client.send_transaction(signed([pay(alice, alice.pubkey(), 1)], Hash.new_unique(), alice))
    good = signed([pay(alice, Keypair().pubkey(), SOL)], await blockhash(client), alice)
    await client.send_transaction(good)
    with pytest.raises(RPCException, match="AlreadyProcessed"):
        await client.send_transaction(good)
    again = await client.send_transaction(good, TxOpts(skip_preflight=True))
    assert again.value == good.signatures[0]
    assert (await client.get_balance(alice.pubkey())).value == 9 * SOL - 5_000


async def test_simulation(client: AsyncClient, alice: Keypair) -> None:
    bob, mint = Keypair().pubkey(), Keypair()
    unsigned = signed([pay(alice, bob, SOL)], Hash.default(), alice)
    seen = (
        await client.simulate_transaction(unsigned, replace_recent_blockhash=True, accounts_addresses=[bob])
    ).value
    assert seen.err is None
    assert seen.units_consumed == 150
    assert seen.replacement_blockhash is not None
    assert seen.accounts is not None
    assert seen.accounts[0] is not None
    assert seen.accounts[0].lamports == SOL
    assert (await client.get_account_info(bob)).value is None
    launch = [*make_mint(alice, mint), make_holding(alice, alice.pubkey(), mint.pubkey())]
    tx = signed(launch, await blockhash(client), alice, mint)
    inner = (await client.simulate_transaction(tx, sig_verify=True, inner_instructions=True)).value
    assert inner.err is None
    assert inner.inner_instructions
    assert inner.inner_instructions[0].index == 2


async def test_tokens(client: AsyncClient, alice: Keypair) -> None:
    bob, mint = Keypair(), Keypair()
    ours, theirs = holding(alice.pubkey(), mint.pubkey()), holding(bob.pubkey(), mint.pubkey())
    launch = [
        *make_mint(alice, mint),
        make_holding(alice, alice.pubkey(), mint.pubkey()),
        make_holding(alice, bob.pubkey(), mint.pubkey()),
        mint_to(alice, mint.pubkey(), ours, 1_500_000),
        move(alice, mint.pubkey(), ours, theirs, 500_001),
    ]
    sent = await client.send_transaction(signed(launch, await blockhash(client), alice, mint))
    balance = (await client.get_token_account_balance(theirs)).value
    assert (balance.amount, balance.ui_amount_string) == ("500001", "0.500001")
    assert (await client.get_token_supply(mint.pubkey())).value.amount == "1500000"
    largest = (await client.get_token_largest_accounts(mint.pubkey())).value
    assert [str(entry.address) for entry in largest] == [str(ours), str(theirs)]
    by_mint = TokenAccountOpts(mint=mint.pubkey())
    by_program = TokenAccountOpts(program_id=TOKEN_PROGRAM_ID)
    for wanted in (by_mint, by_program):
        found = (await client.get_token_accounts_by_owner(bob.pubkey(), wanted)).value
        assert [entry.pubkey for entry in found] == [theirs]
    parsed = (await client.get_token_accounts_by_owner_json_parsed(bob.pubkey(), by_mint)).value
    assert parsed[0].account.data.parsed["info"]["tokenAmount"]["amount"] == "500001"
    holders = await client.get_program_accounts(
        TOKEN_PROGRAM_ID,
        encoding="base64",
        data_slice=DataSliceOpts(offset=64, length=8),
        filters=[165, MemcmpOpts(offset=0, bytes=str(mint.pubkey()))],
    )
    amounts = {entry.pubkey: int.from_bytes(entry.account.data, "little") for entry in holders.value}
    assert amounts == {ours: 999_999, theirs: 500_001}
    kept = (await client.get_transaction(sent.value, "json")).value
    assert kept is not None
    meta = kept.transaction.meta
    assert meta is not None
    assert meta.post_token_balances is not None
    assert {entry.ui_token_amount.amount for entry in meta.post_token_balances} == {"999999", "500001"}


@pytest.mark.parametrize("encoding", ["base64", "base64+zstd"])
async def test_account_encodings_give_the_same_bytes(
    client: AsyncClient, alice: Keypair, encoding: str
) -> None:
    mint = Keypair()
    await client.send_transaction(signed(make_mint(alice, mint), await blockhash(client), alice, mint))
    info = (await client.get_account_info(mint.pubkey(), encoding=encoding)).value
    assert info is not None
    assert info.owner == TOKEN_PROGRAM_ID
    assert len(info.data) == 82
    assert info.data[4:36] == bytes(alice.pubkey())
    several = await client.get_multiple_accounts([mint.pubkey(), Pubkey.new_unique()], encoding=encoding)
    assert several.value[0] is not None
    assert several.value[0].data == info.data
    assert several.value[1] is None
    parsed = (await client.get_account_info_json_parsed(mint.pubkey())).value
    assert parsed is not None
    assert parsed.data.parsed["type"] == "mint"


async def test_history(client: AsyncClient, alice: Keypair) -> None:
    bob = Keypair().pubkey()
    memo = Instruction(MEMO, b"rent", [AccountMeta(alice.pubkey(), is_signer=True, is_writable=False)])
    sent = []
    for lamports in (SOL, 2 * SOL):
        tx = signed([pay(alice, bob, lamports), memo], await blockhash(client), alice)
        sent.append((await client.send_transaction(tx)).value)
    newest_first = (await client.get_signatures_for_address(bob)).value
    assert [entry.signature for entry in newest_first] == sent[::-1]
    assert newest_first[0].memo == "[4] rent"
    assert [e.signature for e in (await client.get_signatures_for_address(bob, before=sent[1])).value] == [
        sent[0]
    ]
    assert [e.signature for e in (await client.get_signatures_for_address(bob, until=sent[0])).value] == [
        sent[1]
    ]
    assert len((await client.get_signatures_for_address(bob, limit=1)).value) == 1
    for encoding in ("json", "jsonParsed", "base64"):
        kept = (await client.get_transaction(sent[0], encoding, max_supported_transaction_version=0)).value
        assert kept is not None
        assert kept.transaction.meta is not None
        assert kept.transaction.meta.fee == 5_000
        block = (await client.get_block(kept.slot, encoding, max_supported_transaction_version=0)).value
        assert block is not None
        assert block.transactions
    assert (await client.get_transaction(Signature.new_unique())).value is None


async def test_the_chain_tells_about_itself(client: AsyncClient) -> None:
    assert await client.is_connected()
    slot = (await client.get_slot()).value
    epoch = (await client.get_epoch_info()).value
    assert epoch.absolute_slot >= slot >= 1_000
    assert (await client.get_block_height()).value >= slot
    assert (await client.get_minimum_balance_for_rent_exemption(0)).value == 890_880
    assert (await client.get_block_time(slot)).value
    assert slot in (await client.get_blocks(slot, slot)).value
    assert (await client.get_genesis_hash()).value == (await client.get_genesis_hash()).value
    assert (await client.get_version()).value.solana_core
    assert (await client.get_supply()).value.total
    assert (await client.get_epoch_schedule()).value.slots_per_epoch == 432_000
    assert (await client.get_recent_performance_samples(1)).value
    assert (await client.get_slot_leader()).value
    assert len((await client.get_slot_leaders(slot, 3)).value) == 3
    assert (await client.get_identity()).value.identity
    assert (await client.get_first_available_block()).value == 1_000
    assert (await client.get_recent_prioritization_fees()).value[-1].prioritization_fee == 0
    assert (await client.get_transaction_count()).value == 0


async def test_lookup_tables(node: LocalNode, client: AsyncClient, alice: Keypair) -> None:
    recent = (await client.get_slot()).value
    instruction, table = create_lookup_table(
        {"authority_address": alice.pubkey(), "payer_address": alice.pubkey(), "recent_slot": recent}
    )
    bob = Keypair().pubkey()
    extend = extend_lookup_table(
        {
            "lookup_table_address": table,
            "authority_address": alice.pubkey(),
            "payer_address": alice.pubkey(),
            "new_addresses": [bob],
        }
    )
    await client.send_transaction(signed([instruction, extend], await blockhash(client), alice))
    async with SolanaWsClient(node.ws_url) as ws:  # addresses are usable from the next slot on
        await ws.slot_subscribe()
        await asyncio.wait_for(ws.recv(), 5)
    message = MessageV0.try_compile(
        alice.pubkey(),
        [pay(alice, bob, SOL)],
        [AddressLookupTableAccount(table, [bob])],
        await blockhash(client),
    )
    sent = await client.send_transaction(VersionedTransaction(message, [alice]))
    assert (await client.get_balance(bob)).value == SOL
    with pytest.raises(RPCException, match="maxSupportedTransactionVersion"):
        await client.get_transaction(sent.value)
    kept = (await client.get_transaction(sent.value, max_supported_transaction_version=0)).value
    assert kept is not None
    assert kept.transaction.meta is not None
    assert kept.transaction.meta.loaded_addresses is not None
    assert kept.transaction.meta.loaded_addresses.writable == [bob]
    assert len((await client.get_signatures_for_address(bob)).value) == 1
    parsed = (await client.get_account_info_json_parsed(table)).value
    assert parsed is not None
    info = parsed.data.parsed["info"]
    assert (parsed.data.program, parsed.data.parsed["type"]) == ("address-lookup-table", "lookupTable")
    assert info["addresses"] == [str(bob)]
    assert info["authority"] == str(alice.pubkey())
    assert info["deactivationSlot"] == str(2**64 - 1)


@pytest.mark.parametrize("same_port", [True, False], ids=["rpc port", "next port"])
async def test_subscriptions(node: LocalNode, client: AsyncClient, alice: Keypair, same_port: bool) -> None:
    bob = Keypair().pubkey()
    tx = signed([pay(alice, bob, SOL)], await blockhash(client), alice)
    url = node.url.replace("http", "ws", 1) if same_port else node.ws_url
    async with SolanaWsClient(url) as ws:
        account = await ws.account_subscribe(pubkey=bob, encoding="base64")
        logs = await ws.logs_subscribe(filter_=RpcTransactionLogsFilterMentions(bob))
        everything = await ws.logs_subscribe(filter_=RpcTransactionLogsFilter.All)
        signature = await ws.signature_subscribe(signature=tx.signatures[0])
        await client.send_transaction(tx)
        heard = {}
        for _ in range(4):
            notice = await asyncio.wait_for(ws.recv(), 5)
            heard[notice.subscription] = notice.result
        assert heard[account.subscription_id].value.lamports == SOL
        assert heard[logs.subscription_id].value.signature == tx.signatures[0]
        assert heard[everything.subscription_id].value.err is None
        assert heard[signature.subscription_id].value.err is None
        late = await ws.signature_subscribe(signature=tx.signatures[0])
        assert (await asyncio.wait_for(ws.recv(), 5)).subscription == late.subscription_id
        await ws.unsubscribe(account)


async def test_program_slot_and_root_subscriptions(
    node: LocalNode, client: AsyncClient, alice: Keypair
) -> None:
    mint = Keypair()
    async with SolanaWsClient(node.ws_url) as ws:
        await ws.program_subscribe(program_id=TOKEN_PROGRAM_ID, encoding="base64", filters=[82])
        await client.send_transaction(signed(make_mint(alice, mint), await blockhash(client), alice, mint))
        changed = await asyncio.wait_for(ws.recv(), 5)
        assert changed.result.value.pubkey == mint.pubkey()
        await ws.slot_subscribe()
        slots = [(await asyncio.wait_for(ws.recv(), 5)).result for _ in range(2)]
        assert slots[1].slot == slots[0].slot + 1
        await ws.root_subscribe()
        roots = []
        while not roots:
            notice = await asyncio.wait_for(ws.recv(), 5)
            roots = [notice.result] if isinstance(notice.result, int) else []
        assert roots[0] > slots[0].slot

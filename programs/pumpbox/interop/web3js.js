// The ordinary day of a web3.js script on the embedded chain:  node web3js.js [RPC_URL]
// Ends with exit code 0 only if every balance, error and notice is what a cluster would give.
import assert from "node:assert/strict";
import * as token from "@solana/spl-token";
import {
  AddressLookupTableProgram,
  Connection,
  Keypair,
  LAMPORTS_PER_SOL,
  PublicKey,
  SendTransactionError,
  SystemProgram,
  Transaction,
  TransactionMessage,
  VersionedTransaction,
  sendAndConfirmTransaction,
} from "@solana/web3.js";

const FEE = 5_000; // lamports a signature
const url = process.argv[2] ?? "http://127.0.0.1:8899"; // the WebSocket is looked for on the next port
const connection = new Connection(url, "confirmed");
const alice = Keypair.generate();
const bob = Keypair.generate();
const step = (text) => console.log(`- ${text}`);
const balance = (wallet) => connection.getBalance(wallet.publicKey);
const pay = (to, lamports) =>
  SystemProgram.transfer({ fromPubkey: alice.publicKey, toPubkey: to.publicKey, lamports });

step("airdrop, confirmed over the WebSocket");
const latest = await connection.getLatestBlockhash();
const airdrop = await connection.requestAirdrop(alice.publicKey, 10 * LAMPORTS_PER_SOL);
const landed = await connection.confirmTransaction({ signature: airdrop, ...latest });
assert.equal(landed.value.err, null);
assert.equal(await balance(alice), 10 * LAMPORTS_PER_SOL);

step("a transfer, with the notices of account, logs and signature");
let accounts, logs;
const accountNotice = new Promise((heard) => (accounts = connection.onAccountChange(bob.publicKey, heard)));
const logsNotice = new Promise((heard) => (logs = connection.onLogs(bob.publicKey, heard)));
await nextSlot(); // subscriptions are made in the background, in order: this notice says that those are in place
const transfer = new Transaction().add(pay(bob, LAMPORTS_PER_SOL));
const paid = await sendAndConfirmTransaction(connection, transfer, [alice]);
const signatureNotice = new Promise((heard) => connection.onSignature(paid, heard));
assert.equal((await accountNotice).lamports, LAMPORTS_PER_SOL);
assert.equal((await logsNotice).signature, paid);
assert.equal((await signatureNotice).err, null);
await connection.removeAccountChangeListener(accounts); // while something listens, Node does not end
await connection.removeOnLogsListener(logs);
assert.equal(await balance(alice), 9 * LAMPORTS_PER_SOL - FEE);
assert.equal(await balance(bob), LAMPORTS_PER_SOL);

step("mint, token accounts, mint-to, transfer with @solana/spl-token");
const mint = await token.createMint(connection, alice, alice.publicKey, null, 6);
const ours = await token.getOrCreateAssociatedTokenAccount(connection, alice, mint, alice.publicKey);
const theirs = await token.getOrCreateAssociatedTokenAccount(connection, alice, mint, bob.publicKey);
await token.mintTo(connection, alice, mint, ours.address, alice, 1_500_000);
const moved = await token.transfer(connection, alice, ours.address, theirs.address, alice, 500_001);
assert.equal((await token.getMint(connection, mint)).supply, 1_500_000n);
assert.equal((await token.getAccount(connection, theirs.address)).amount, 500_001n);

step("parsed accounts and transactions");
const parsedMint = (await connection.getParsedAccountInfo(mint)).value.data.parsed;
assert.equal(parsedMint.info.decimals, 6);
const held = await connection.getParsedTokenAccountsByOwner(bob.publicKey, { mint });
assert.equal(held.value[0].account.data.parsed.info.tokenAmount.uiAmountString, "0.500001");
const past = await connection.getParsedTransaction(moved, { maxSupportedTransactionVersion: 0 });
assert.equal(past.meta.fee, FEE);
assert.deepEqual(
  past.meta.postTokenBalances.map((entry) => entry.uiTokenAmount.amount).sort(),
  ["500001", "999999"],
);

step("getProgramAccounts with filters: the holders of the mint");
const holders = await connection.getProgramAccounts(token.TOKEN_PROGRAM_ID, {
  filters: [{ dataSize: token.ACCOUNT_SIZE }, { memcmp: { offset: 0, bytes: mint.toBase58() } }],
});
assert.deepEqual(
  holders.map((entry) => entry.pubkey.toBase58()).sort(),
  [ours.address.toBase58(), theirs.address.toBase58()].sort(),
);

step("getSignaturesForAddress, page by page");
const pages = [];
for (let before; ; ) {
  const page = await connection.getSignaturesForAddress(alice.publicKey, { limit: 2, before });
  if (page.length === 0) break;
  pages.push(...page.map((entry) => entry.signature));
  before = pages.at(-1);
}
assert.equal(pages[0], moved);
assert.equal(pages.at(-1), airdrop);
assert.equal(new Set(pages).size, 7);

step("a lookup table, and a version 0 transaction through it");
const [create, table] = AddressLookupTableProgram.createLookupTable({
  authority: alice.publicKey,
  payer: alice.publicKey,
  recentSlot: await connection.getSlot(),
});
const extend = AddressLookupTableProgram.extendLookupTable({
  lookupTable: table,
  authority: alice.publicKey,
  payer: alice.publicKey,
  addresses: [bob.publicKey],
});
await sendAndConfirmTransaction(connection, new Transaction().add(create, extend), [alice]);
await nextSlot(); // a table's new addresses are usable from the slot after
const message = new TransactionMessage({
  payerKey: alice.publicKey,
  recentBlockhash: (await connection.getLatestBlockhash()).blockhash,
  instructions: [pay(bob, LAMPORTS_PER_SOL)],
}).compileToV0Message([(await connection.getAddressLookupTable(table)).value]);
const versioned = new VersionedTransaction(message);
versioned.sign([alice]);
const sent = await connection.sendTransaction(versioned);
await connection.confirmTransaction({ signature: sent, ...(await connection.getLatestBlockhash()) });
const kept = await connection.getTransaction(sent, { maxSupportedTransactionVersion: 0 });
assert.equal(kept.version, 0);
assert.deepEqual(kept.meta.loadedAddresses.writable, [bob.publicKey]);
assert.equal(await balance(bob), 2 * LAMPORTS_PER_SOL);

step("refusals: too little money, an unknown blockhash, a token account that is not there");
const poor = await refusal(new Transaction().add(pay(bob, 1_000 * LAMPORTS_PER_SOL)));
assert.match(poor.message, /custom program error: 0x1/);
assert.ok(poor.logs.some((line) => line.includes("insufficient lamports")));
const unknown = new Transaction({ feePayer: alice.publicKey, ...latest }).add(pay(bob, 1));
unknown.recentBlockhash = Keypair.generate().publicKey.toBase58();
unknown.sign(alice);
await assert.rejects(connection.sendRawTransaction(unknown.serialize()), /Blockhash not found/);
await assert.rejects(token.getAccount(connection, bob.publicKey), token.TokenInvalidAccountOwnerError);
const simulated = await connection.simulateTransaction(versionedPay(1_000 * LAMPORTS_PER_SOL, latest));
assert.deepEqual(simulated.value.err, { InstructionError: [0, { Custom: 1 }] });
assert.equal(await connection.getAccountInfo(PublicKey.unique()), null);

console.log("web3.js: all as on a cluster");

async function refusal(transaction) {
  try {
    await sendAndConfirmTransaction(connection, transaction, [alice]);
  } catch (error) {
    assert.ok(error instanceof SendTransactionError, String(error));
    return error;
  }
  assert.fail("it landed");
}

function versionedPay(lamports, { blockhash }) {
  const unsigned = new TransactionMessage({
    payerKey: alice.publicKey,
    recentBlockhash: blockhash,
    instructions: [pay(bob, lamports)],
  });
  return new VersionedTransaction(unsigned.compileToV0Message());
}

function nextSlot() {
  return new Promise((reached) => {
    let first;
    const id = connection.onSlotChange(({ slot }) => {
      first ??= slot;
      if (slot === first) return;
      connection.removeSlotChangeListener(id);
      reached(slot);
    });
  });
}

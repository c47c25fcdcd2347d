// The ordinary day of a @solana/kit script on the embedded chain:  node kit.js [RPC_URL]
// Ends with exit code 0 only if every balance, error and notice is what a cluster would give.
import assert from "node:assert/strict";
import { getCreateAccountInstruction, getTransferSolInstruction } from "@solana-program/system";
import * as token from "@solana-program/token";
import {
  AccountRole,
  SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
  SOLANA_ERROR__TRANSACTION_ERROR__BLOCKHASH_NOT_FOUND,
  address,
  airdropFactory,
  appendTransactionMessageInstructions,
  assertIsTransactionWithBlockhashLifetime,
  compressTransactionMessageUsingAddressLookupTables,
  createSolanaRpc,
  createSolanaRpcSubscriptions,
  createTransactionMessage,
  fetchAddressesForLookupTables,
  generateKeyPairSigner,
  getAddressEncoder,
  getArrayEncoder,
  getBase64EncodedWireTransaction,
  getProgramDerivedAddress,
  getSignatureFromTransaction,
  getStructEncoder,
  getU32Encoder,
  getU64Encoder,
  getU8Encoder,
  isSolanaError,
  lamports,
  pipe,
  sendAndConfirmTransactionFactory,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from "@solana/kit";

const SOL = 1_000_000_000n;
const FEE = 5_000n; // lamports a signature
const commitment = "confirmed";
const url = new URL(process.argv[2] ?? "http://127.0.0.1:8899");
const rpc = createSolanaRpc(url.href);
const rpcSubscriptions = createSolanaRpcSubscriptions(`ws://${url.hostname}:${Number(url.port) + 1}`);
const sendAndConfirm = sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions });
const alice = await generateKeyPairSigner();
const bob = await generateKeyPairSigner();
const step = (text) => console.log(`- ${text}`);
const balance = async (wallet) => (await rpc.getBalance(wallet.address, { commitment }).send()).value;
const pay = (amount) =>
  getTransferSolInstruction({ source: alice, destination: bob.address, amount: lamports(amount) });

step("airdrop, confirmed over the WebSocket");
const airdrop = await airdropFactory({ rpc, rpcSubscriptions })({
  commitment,
  recipientAddress: alice.address,
  lamports: lamports(10n * SOL),
});
assert.equal(await balance(alice), 10n * SOL);

step("a transfer, with the notices of account and logs");
const listening = new AbortController();
const abortSignal = listening.signal;
const accountNotice = first(
  await rpcSubscriptions.accountNotifications(bob.address, { commitment }).subscribe({ abortSignal }),
);
const logsNotice = first(
  await rpcSubscriptions
    .logsNotifications({ mentions: [bob.address] }, { commitment })
    .subscribe({ abortSignal }),
);
const paid = await send([pay(SOL)]);
assert.equal((await accountNotice).value.lamports, SOL);
assert.equal((await logsNotice).value.signature, paid);
listening.abort(); // while something listens, Node does not end
assert.equal(await balance(alice), 9n * SOL - FEE);
assert.equal(await balance(bob), SOL);

step("mint, token accounts, mint-to, transfer with @solana-program/token");
const mint = await generateKeyPairSigner();
const space = BigInt(token.getMintSize());
const ours = await holding(alice);
const theirs = await holding(bob);
const minted = await send([
  getCreateAccountInstruction({
    payer: alice,
    newAccount: mint,
    space,
    lamports: await rpc.getMinimumBalanceForRentExemption(space).send(),
    programAddress: token.TOKEN_PROGRAM_ADDRESS,
  }),
  token.getInitializeMint2Instruction({ mint: mint.address, decimals: 6, mintAuthority: alice.address }),
  await token.getCreateAssociatedTokenInstructionAsync({ payer: alice, owner: alice.address, mint: mint.address }),
  await token.getCreateAssociatedTokenInstructionAsync({ payer: alice, owner: bob.address, mint: mint.address }),
  token.getMintToInstruction({ mint: mint.address, token: ours, mintAuthority: alice, amount: 1_500_000n }),
  token.getTransferInstruction({ source: ours, destination: theirs, authority: alice, amount: 500_001n }),
]);
assert.equal((await token.fetchMint(rpc, mint.address)).data.supply, 1_500_000n);
assert.equal((await token.fetchToken(rpc, theirs)).data.amount, 500_001n);

step("parsed accounts and transactions");
const parsedMint = await rpc.getAccountInfo(mint.address, { commitment, encoding: "jsonParsed" }).send();
assert.equal(parsedMint.value.data.parsed.info.decimals, 6);
const held = await rpc
  .getTokenAccountsByOwner(bob.address, { mint: mint.address }, { commitment, encoding: "jsonParsed" })
  .send();
assert.equal(held.value[0].account.data.parsed.info.tokenAmount.uiAmountString, "0.500001");
const past = await rpc
  .getTransaction(minted, { commitment, encoding: "jsonParsed", maxSupportedTransactionVersion: 0 })
  .send();
assert.equal(past.meta.fee, 2n * FEE); // alice and the mint signed
assert.deepEqual(
  past.meta.postTokenBalances.map((entry) => entry.uiTokenAmount.amount).sort(),
  ["500001", "999999"],
);

step("getProgramAccounts with filters: the holders of the mint");
const holders = await rpc
  .getProgramAccounts(token.TOKEN_PROGRAM_ADDRESS, {
    commitment,
    encoding: "base64",
    filters: [
      { dataSize: BigInt(token.getTokenSize()) },
      { memcmp: { offset: 0n, bytes: mint.address, encoding: "base58" } },
    ],
  })
  .send();
assert.deepEqual(holders.map((entry) => entry.pubkey).sort(), [ours, theirs].sort());

step("a lookup table, and a version 0 transaction through it");
const table = await makeLookupTable([bob.address]);
await nextSlot(); // a table's new addresses are usable from the slot after
const known = await fetchAddressesForLookupTables([table], rpc);
const sent = await send([pay(SOL)], (message) =>
  compressTransactionMessageUsingAddressLookupTables(message, known),
);
const kept = await rpc
  .getTransaction(sent, { commitment, encoding: "json", maxSupportedTransactionVersion: 0 })
  .send();
assert.equal(kept.version, 0);
assert.deepEqual(kept.meta.loadedAddresses.writable, [bob.address]);
assert.equal(await balance(bob), 2n * SOL);

step("getSignaturesForAddress, page by page");
const pages = [];
for (let before; ; before = pages.at(-1)) {
  const page = await rpc.getSignaturesForAddress(alice.address, { commitment, limit: 2, before }).send();
  if (page.length === 0) break;
  pages.push(...page.map((entry) => entry.signature));
}
assert.equal(pages[0], sent);
assert.equal(pages.at(-1), airdrop);
assert.equal(new Set(pages).size, 5);

step("refusals: too little money, an unknown blockhash, an account that is not there");
const poor = await refusal(send([pay(1_000n * SOL)]));
assert.ok(isSolanaError(poor, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE));
assert.ok(isSolanaError(poor.cause, SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM));
assert.equal(poor.cause.context.code, 1); // the System program's ResultWithNegativeLamports
assert.ok(poor.context.logs.some((line) => line.includes("insufficient lamports")));
const made_up = { blockhash: bob.address, lastValidBlockHeight: 2n ** 63n };
const stale = await refusal(rpc.sendTransaction(await wire([pay(1n)], made_up), { encoding: "base64" }).send());
assert.ok(isSolanaError(stale.cause, SOLANA_ERROR__TRANSACTION_ERROR__BLOCKHASH_NOT_FOUND));
assert.equal((await token.fetchMaybeToken(rpc, (await generateKeyPairSigner()).address)).exists, false);

console.log("kit: all as on a cluster");

function compile(instructions, blockhash, change = (message) => message) {
  return pipe(
    createTransactionMessage({ version: 0 }),
    (message) => setTransactionMessageFeePayerSigner(alice, message),
    (message) => setTransactionMessageLifetimeUsingBlockhash(blockhash, message),
    (message) => appendTransactionMessageInstructions(instructions, message),
    change,
    signTransactionMessageWithSigners,
  );
}

async function wire(instructions, blockhash) {
  return getBase64EncodedWireTransaction(await compile(instructions, blockhash));
}

async function send(instructions, change) {
  const { value: latest } = await rpc.getLatestBlockhash({ commitment }).send();
  const transaction = await compile(instructions, latest, change);
  assertIsTransactionWithBlockhashLifetime(transaction);
  await sendAndConfirm(transaction, { commitment });
  return getSignatureFromTransaction(transaction);
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail("it landed");
}

async function first(notices) {
  for await (const notice of notices) return notice;
  assert.fail("no notice came");
}

async function nextSlot() {
  const listening = new AbortController();
  const slots = await rpcSubscriptions.slotNotifications().subscribe({ abortSignal: listening.signal });
  let began;
  for await (const { slot } of slots) {
    began ??= slot;
    if (slot > began) break;
  }
  listening.abort();
}

async function holding(owner) {
  const seeds = { owner: owner.address, mint: mint.address, tokenProgram: token.TOKEN_PROGRAM_ADDRESS };
  return (await token.findAssociatedTokenPda(seeds))[0];
}

// The lookup table program has no client for this kit, so its two instructions are written out.
async function makeLookupTable(addresses) {
  const programAddress = address("AddressLookupTab1e1111111111111111111111111");
  const slot = await rpc.getSlot({ commitment }).send();
  const seeds = [getAddressEncoder().encode(alice.address), getU64Encoder().encode(slot)];
  const [table, bump] = await getProgramDerivedAddress({ programAddress, seeds });
  const accounts = [
    { address: table, role: AccountRole.WRITABLE },
    { address: alice.address, role: AccountRole.READONLY_SIGNER },
    { address: alice.address, role: AccountRole.WRITABLE_SIGNER },
    { address: address("11111111111111111111111111111111"), role: AccountRole.READONLY },
  ];
  const create = getStructEncoder([["kind", getU32Encoder()], ["slot", getU64Encoder()], ["bump", getU8Encoder()]]);
  const list = getArrayEncoder(getAddressEncoder(), { size: getU64Encoder() });
  const extend = getStructEncoder([["kind", getU32Encoder()], ["addresses", list]]);
  await send([
    { programAddress, accounts, data: create.encode({ kind: 0, slot, bump }) },
    { programAddress, accounts, data: extend.encode({ kind: 2, addresses }) },
  ]);
  return table;
}

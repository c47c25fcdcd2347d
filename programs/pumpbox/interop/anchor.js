// Launches a coin, buys and sells it with Anchor's TypeScript client and our IDL:  node anchor.js [RPC_URL] [PROGRAM_ID]
// Ends with exit code 0 only if balances, accounts, events and errors are what docs/program.md says, to the lamport.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import * as anchor from "@anchor-lang/core";
import {
  TOKEN_2022_PROGRAM_ID,
  createAssociatedTokenAccountIdempotentInstruction,
  getAssociatedTokenAddressSync,
} from "@solana/spl-token";

const { BN } = anchor.default;
const { Connection, Keypair, LAMPORTS_PER_SOL, PublicKey } = anchor.web3;
const EMBEDDED = "4WcSEXPRTLm7QX7VBHUphTiGsyMh4VxGykfVMhv5aWpy"; // where every embedded chain has the program
const url = process.argv[2] ?? "http://127.0.0.1:8899";
const idl = JSON.parse(readFileSync(new URL("../idl/pumpbox.json", import.meta.url)));
idl.address = process.argv[3] ?? EMBEDDED; // every installation has a program id of its own

const connection = new Connection(url, "confirmed");
const wallet = new anchor.Wallet(Keypair.generate());
const me = wallet.publicKey;
const program = new anchor.Program(idl, new anchor.AnchorProvider(connection, wallet, { commitment: "confirmed" }));
const step = (text) => console.log(`- ${text}`);

step("a wallet with 10 SOL");
const airdrop = await connection.requestAirdrop(me, 10 * LAMPORTS_PER_SOL);
await connection.confirmTransaction({ signature: airdrop, ...(await connection.getLatestBlockhash()) });

step("Config: the terms of new coins");
const [configKey] = PublicKey.findProgramAddressSync([Buffer.from("config")], program.programId);
const config = await program.account.config.fetch(configKey);

step("launch");
const name = "Interop Cat";
const symbol = "ICAT";
const uri = "https://example.invalid/icat.json";
const commitment = randomBytes(32); // what pumpbox shows before a box is opened; here any 32 bytes
const [mint] = PublicKey.findProgramAddressSync([Buffer.from("mint"), boxId(me)], program.programId);
const launch = await program.methods
  .launch(config.configVersion, [...commitment], name, symbol, uri)
  .accounts({ creator: me, mint }) // the others follow from the IDL's seeds and addresses
  .rpc();
const [curveKey] = PublicKey.findProgramAddressSync([Buffer.from("curve"), mint.toBuffer()], program.programId);
const launched = await program.account.curve.fetch(curveKey);
assert.ok(launched.mint.equals(mint) && launched.creator.equals(me) && launched.feeRecipient.equals(me));
assert.ok(launched.virtualSol.eq(config.initialSol));
assert.deepEqual((await events(launch)).map((event) => event.name), ["launched"]);

step("buy for 1 SOL");
const maxIn = 1_000_000_000n;
const buying = quoteBuy(launched, maxIn);
const tokens = getAssociatedTokenAddressSync(mint, me, false, TOKEN_2022_PROGRAM_ID);
const makeAccount = createAssociatedTokenAccountIdempotentInstruction(me, tokens, me, mint, TOKEN_2022_PROGRAM_ID);
const deadline = new BN((await connection.getSlot()) + 150);
const beforeBuy = BigInt(await connection.getBalance(me));
const buy = await program.methods
  .buy(new BN(maxIn), new BN(buying.atoms), deadline)
  .accounts({ buyer: me, mint })
  .preInstructions([makeAccount])
  .rpc();
const held = BigInt((await connection.getTokenAccountBalance(tokens)).value.amount);
const rent = BigInt(await connection.getBalance(tokens));
assert.equal(held, buying.atoms);
assert.equal(beforeBuy - BigInt(await connection.getBalance(me)), maxIn + rent + 5_000n);
const bought = (await events(buy))[0];
assert.equal(bought.name, "traded");
assert.ok(bought.data.isBuy && bought.data.trader.equals(me));
assert.deepEqual([big(bought.data.atoms), big(bought.data.sol)], [buying.atoms, buying.sol]);
assert.equal(big(bought.data.protocolFee) + big(bought.data.creatorFee), buying.fee);

step("sell half of it");
const atoms = held / 2n;
const selling = quoteSell(await program.account.curve.fetch(curveKey), atoms);
const beforeSell = BigInt(await connection.getBalance(me));
const sell = await program.methods
  .sell(new BN(atoms), new BN(selling.paid), deadline)
  .accounts({ seller: me, mint })
  .rpc();
assert.equal(BigInt(await connection.getBalance(me)) - beforeSell, selling.paid - 5_000n);
const sold = (await events(sell))[0];
assert.deepEqual([sold.data.isBuy, big(sold.data.atoms), big(sold.data.sol)], [false, atoms, selling.sol]);

step("every coin of a creator, by getProgramAccounts");
const mine = await program.account.curve.all([{ memcmp: { offset: 8 + 128, bytes: me.toBase58() } }]);
assert.deepEqual(mine.map((coin) => coin.publicKey.toBase58()), [curveKey.toBase58()]);
assert.equal(big(mine[0].account.virtualSol), big(sold.data.virtualSol));
assert.equal(Number(mine[0].account.sequence), 3); // launch, buy, sell

step("a refusal, by name: asking for an atom more than 1 SOL buys");
const greedy = new BN(quoteBuy(mine[0].account, maxIn).atoms + 1n);
const refused = program.methods.buy(new BN(maxIn), greedy, deadline).accounts({ buyer: me, mint }).rpc();
await assert.rejects(refused, (error) => errorName(error.logs) === "SlippageExceeded");

console.log("anchor: launched, bought and sold as docs/program.md says");
console.log(JSON.stringify({ mint, maxIn: `${maxIn}`, bought: `${held}`, sold: `${atoms}`, paid: `${selling.paid}` }));

// ["mint", box_id] is the mint's address: a retry can't make a second coin, nobody else can take the place.
function boxId(creator) {
  const strings = [name, symbol, uri].flatMap((text) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(Buffer.byteLength(text));
    return [length, Buffer.from(text)];
  });
  const content = sha256(...strings);
  return sha256(Buffer.from("pumpbox:box:1"), creator.toBuffer(), commitment, content);
}

function sha256(...parts) {
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}

// Programs that are not written with Anchor log the code alone; the IDL has its name and message.
function errorName(logs) {
  const code = Number(/custom program error: (0x[0-9a-f]+)/.exec(logs.at(-1))[1]);
  return idl.errors.find((entry) => entry.code === code).name;
}

// The formulas of docs/program.md, for a curve without a launch schedule and far from complete.
function quoteBuy(curve, lamports) {
  const fee = ceilDiv(lamports * big(curve.fee), 10_000n);
  const sol = lamports - fee;
  return { sol, fee, atoms: (big(curve.virtualTokens) * sol) / (big(curve.virtualSol) + sol) };
}

function quoteSell(curve, atoms) {
  const sol = (big(curve.virtualSol) * atoms) / (big(curve.virtualTokens) + atoms);
  return { sol, paid: sol - ceilDiv(sol * big(curve.fee), 10_000n) };
}

function ceilDiv(a, b) {
  return (a + b - 1n) / b;
}

function big(number) {
  return BigInt(number.toString());
}

async function events(signature) {
  const { meta } = await connection.getTransaction(signature, { maxSupportedTransactionVersion: 0 });
  const parser = new anchor.EventParser(program.programId, new anchor.BorshCoder(program.idl));
  return [...parser.parseLogs(meta.logMessages)];
}

// What the council may do next, read with Anchor's TypeScript client and our IDL:  node proposals.js [RPC_URL] [PROGRAM_ID]
// A line of JSON for each open proposal: its number, who approved, what it would change, and the digest and the data
// that would propose the same again. To be sure what an approval is for, compute its digest yourself, as here.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as anchor from "@anchor-lang/core";

const { BN } = anchor.default;
const { Connection, Keypair } = anchor.web3;
const EMBEDDED = "4WcSEXPRTLm7QX7VBHUphTiGsyMh4VxGykfVMhv5aWpy"; // where every embedded chain has the program
const idl = JSON.parse(readFileSync(new URL("../idl/pumpbox.json", import.meta.url)));
idl.address = process.argv[3] ?? EMBEDDED; // every installation has a program id of its own
const connection = new Connection(process.argv[2] ?? "http://127.0.0.1:8899", "confirmed");
const wallet = new anchor.Wallet(Keypair.generate()); // Anchor asks for one; nothing is signed here
const program = new anchor.Program(idl, new anchor.AnchorProvider(connection, wallet, { commitment: "confirmed" }));

const found = await program.account.proposal.all();
found.sort((one, other) => one.account.number.cmp(other.account.number));
for (const { account } of found) {
  const { configVersion, action } = account;
  const data = program.coder.instruction.encode("propose", { configVersion, action });
  const digest = createHash("sha256").update("pumpbox:proposal:1").update(data.subarray(8)).digest();
  assert.deepEqual([...digest], account.digest); // discriminator apart, propose's data are what is approved
  const number = account.number.toNumber();
  const approvals = account.approvals.toString(2);
  const line = { number, approvals, action, digest: digest.toString("hex"), data: data.toString("hex") };
  console.log(JSON.stringify(line, decimal));
}

function decimal(name, value) {
  return BN.isBN(this[name]) ? this[name].toString() : value; // by itself it would be written as hex
}

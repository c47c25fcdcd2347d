//! The model of the runtime against the embedded chain: every recorded instruction ends with the same
//! lamports, bytes and events here.

use std::path::Path;

use pinocchio::Address;
use pumpbox_fuzz::programs::raydium;
use pumpbox_fuzz::world::{Account, Call, Meta, World};
use serde_json::Value;

/// The recording leaves out ProgramData, which is the chain's.
const LEFT_OUT: [&str; 1] = ["initialize"];

fn address(text: &str) -> Address {
    let bytes = bs58::decode(text).into_vec().expect("base58");
    Address::new_from_array(bytes.try_into().expect("32 bytes"))
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("hex");
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(digit).collect()
}

fn accounts(value: &Value) -> Vec<(Address, Account)> {
    let entries = value.as_object().expect("accounts").iter();
    let described = |value: &Value| Account {
        lamports: value["lamports"].as_u64().expect("lamports"),
        owner: address(value["owner"].as_str().expect("owner")),
        data: hex(&value["data"]),
    };
    entries
        .map(|(key, value)| {
            (address(key), if value.is_null() { Account::default() } else { described(value) })
        })
        .collect()
}

fn replay(recorded: &Value, name: &str) {
    let mut world = World::new(address(recorded["program"].as_str().expect("program")));
    world.slot = recorded["clock"]["slot"].as_u64().expect("slot");
    world.time = recorded["clock"]["unix_timestamp"].as_i64().expect("time");
    world.rent_per_byte = recorded["lamports_per_byte"].as_u64().expect("rent");
    world.accounts.extend(accounts(&recorded["before"]));
    let metas = recorded["accounts"].as_array().expect("metas").iter().map(|meta| Meta {
        address: address(meta["address"].as_str().expect("address")),
        signer: meta["signer"].as_bool().expect("signer"),
        writable: meta["writable"].as_bool().expect("writable"),
    });
    let call = Call { metas: metas.collect(), data: hex(&recorded["data"]) };
    let outcome = world.run(&call).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
    let events: Vec<Vec<u8>> = recorded["events"].as_array().expect("events").iter().map(hex).collect();
    assert_eq!(outcome.events, events, "{name}");
    for (key, after) in accounts(&recorded["after"]) {
        if after.owner == raydium::ID {
            continue; // the model has only as much of a pool's state as our program reads
        }
        assert_eq!(world.account(&key), after, "{name}: {key:?}");
    }
}

#[test]
fn the_model_does_what_the_embedded_chain_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/program/fixtures/v1");
    let mut replayed = 0;
    for entry in folder.read_dir().expect("recordings") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        if LEFT_OUT.iter().any(|left_out| name.starts_with(left_out)) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a recording");
        replay(&serde_json::from_str(&text).expect("JSON"), &name);
        replayed += 1;
    }
    assert!(replayed >= 32, "{replayed}");
}

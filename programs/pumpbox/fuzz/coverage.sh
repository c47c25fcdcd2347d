#!/usr/bin/env bash
# Coverage-guided fuzzing by libFuzzer, on a stable compiler:   coverage.sh TARGET SECONDS
#   TARGET   arithmetic or instructions (targets/)
# A crash leaves its input in corpus/TARGET-crash-*; give that file instead of SECONDS to see it again.
set -euo pipefail
cd "$(dirname "$0")"
target=${1:?arithmetic or instructions} limit=${2:?seconds, or the file of a crash}
host=$(rustc -vV | sed -n 's/^host: //p')
# What cargo-fuzz passes by -Z on nightly; the pass itself is part of every LLVM. Build scripts don't get it, because
# of --target.
flags='build.rustflags=["-Cpasses=sancov-module", "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters", "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares", "-Ccodegen-units=1"]'
cargo build --quiet --release --locked --features coverage --bin "$target" --target "$host" \
  --target-dir target/coverage --config "$(tr -d '\n' <<<"$flags")"
binary=target/coverage/$host/release/$target
if [ -f "$limit" ]; then exec "$binary" "$limit"; fi
mkdir -p "corpus/$target"
exec "$binary" "corpus/$target" -max_total_time="$limit" -artifact_prefix="corpus/$target-" -max_len=512 -print_final_stats=1

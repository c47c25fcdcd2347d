#!/usr/bin/env bash
# Builds the program without Anza's platform-tools: Debian's rustc with its sources, LLVM 22, sbpf-linker.
#   build.sh            build, copy to artifacts/pumpbox.so, write its sha256
#   build.sh --verify   build in another folder and compare with the committed sha256
#   build.sh --setup    only install what a build needs
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
packages=(rustc-web cargo-web rust-web-src llvm-22-dev libpolly-22-dev zlib1g-dev libzstd-dev)
linker_version=0.2.6
llvm=/usr/lib/llvm-22
cargo_home=${CARGO_HOME:-$HOME/.cargo}
export RUSTC=/usr/bin/rustc PATH="$llvm/bin:$cargo_home/bin:$PATH"

setup() {
  local missing=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if ((${#missing[@]})); then
    echo "installing ${missing[*]}"
    apt-get install -y -q --no-install-recommends "${missing[@]}" ||
      { echo "run 'apt-get update' as root, then try again" >&2; exit 1; }
  fi
  if ! /usr/bin/cargo install --list | grep -q "^sbpf-linker v$linker_version:"; then
    echo "building sbpf-linker $linker_version (a minute or two)"
    # 0.2.x defaults to LLVM 23; it must be the LLVM that rustc writes bitcode with.
    RUSTFLAGS="-L native=$llvm/lib -C link-arg=-Wl,-rpath,$llvm/lib" LLVM_PREFIX=$llvm \
      /usr/bin/cargo install --locked "sbpf-linker@$linker_version" \
      --no-default-features --features bpf-linker/llvm-22
  fi
}

build() { # target folder
  local flags=(
    -C linker=sbpf-linker -C panic=abort
    -C link-arg=--arch=v0 # without it the linker writes V3, which chains refuse
    -C link-arg=--disable-math-builtins # 128-bit and float routines: not used here, not linkable
    -C link-arg=--llvm-args=-bpf-stack-size=4096
    -C target-cpu=v2 -C target-feature=+allows-misaligned-mem-access # the VM takes unaligned words
    -C relocation-model=static
    "--remap-path-prefix=$cargo_home=/cargo" "--remap-path-prefix=$here=/pumpbox" # panic locations
    -A unexpected_cfgs
  )
  RUSTC_BOOTSTRAP=1 RUSTFLAGS="${flags[*]}" CARGO_TARGET_DIR=$1 /usr/bin/cargo build \
    --manifest-path "$here/Cargo.toml" --release --locked \
    -Z build-std=core,alloc -Z build-std-features=compiler-builtins-mem --target bpfel-unknown-none
}

verify() {
  copy=$(mktemp -d) # not local: the trap below outlives this function
  trap 'rm -rf "$copy"' EXIT
  cp -r "$here/src" "$here/Cargo.toml" "$here/Cargo.lock" "$copy"
  local committed="$here/artifacts/pumpbox.so.sha256"
  here=$copy build "$copy/target"
  cp "$copy/target/$built" "$copy/pumpbox.so"
  (cd "$copy" && sha256sum -c "$committed") ||
    { echo "the sources do not give artifacts/pumpbox.so" >&2; exit 1; }
}

built=bpfel-unknown-none/release/libpumpbox.so
case ${1:-} in
  --setup) setup ;;
  --verify) setup && verify ;;
  "")
    setup
    build "$here/target"
    mkdir -p "$here/artifacts"
    cp "$here/target/$built" "$here/artifacts/pumpbox.so"
    (cd "$here/artifacts" && sha256sum pumpbox.so | tee pumpbox.so.sha256)
    ;;
  *) echo "usage: build.sh [--verify | --setup]" >&2; exit 2 ;;
esac

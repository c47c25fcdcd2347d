#!/usr/bin/env bash
# Builds a program without Anza's platform-tools: Debian 12's rustc with its sources, LLVM 22, sbpf-linker.
# NAME is a folder beside this file: pumpbox, raydium_standin, or forwarder.
#   build.sh NAME                  install what is missing (as root), build, write NAME/artifacts/NAME.{so,so.sha256,build.txt}
#   build.sh NAME --verify         install what is missing, build in another folder, compare with the committed sha256
#   build.sh NAME --verify-if-here verify where the toolchain is, or where CI=true lets it be installed; else say why not
#   build.sh NAME --setup          only install what a build needs
#   build.sh NAME --other FOLDER   build the sources in another folder, print the binary's path; records nothing
set -euo pipefail

programs=$(cd "$(dirname "$0")" && pwd)
packages=(ca-certificates rustc-web cargo-web rust-web-src llvm-22-dev libpolly-22-dev zlib1g-dev libzstd-dev)
recorded=(rustc-web cargo-web rust-web-src llvm-22-dev) # those that decide the bytes
linker_version=0.2.6
llvm=/usr/lib/llvm-22
cargo_home=${CARGO_HOME:-$HOME/.cargo}
cargo=/usr/bin/cargo # Debian's, whatever else is first in PATH
target=bpfel-unknown-none
flags=(
  -C linker=sbpf-linker -C panic=abort
  -C link-arg=--arch=v3 # the one format that clusters take once SIMD-0500 is active
  -C link-arg=--disable-math-builtins # 128-bit and float routines: not used here, not linkable
  -C link-arg=--llvm-args=-bpf-stack-size=4096
  -C target-cpu=v2 -C target-feature=+allows-misaligned-mem-access # the VM takes unaligned words
  -C relocation-model=static
  -A unexpected_cfgs
)
export RUSTC=/usr/bin/rustc PATH="$llvm/bin:$cargo_home/bin:$PATH"

say() { printf '%s\n' "$*" >&2; }
usage() { say "usage: build.sh NAME [--verify | --verify-if-here | --setup | --other FOLDER]"; exit 2; }

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

has_linker() { "$cargo" install --list 2>/dev/null | grep -q "^sbpf-linker v$linker_version:"; }

setup() {
  if ! command -v dpkg-query >/dev/null; then
    say "the toolchain is Debian 12's packages, and this is no Debian: use programs/pumpbox/Dockerfile"
    return 1
  fi
  local missing
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]})); then
    [ "$(id -u)" = 0 ] || { say "installing ${missing[*]} needs root: sudo apt-get install ${missing[*]}"; return 1; }
    say "installing ${missing[*]}"
    apt-get update -q >&2 || say "apt-get update failed; trying with the lists that are here"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2 ||
      { say "Debian's packages could not be installed: Debian 12 (bookworm) with its security updates has them"; return 1; }
  fi
  has_linker && return
  say "building sbpf-linker $linker_version (a minute or two)"
  # 0.2.x defaults to LLVM 23; it must be the LLVM that rustc writes bitcode with. Optimizing the linker itself would
  # take twice the time and change nothing that it writes.
  CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    RUSTFLAGS="-L native=$llvm/lib -C link-arg=-Wl,-rpath,$llvm/lib" LLVM_PREFIX=$llvm \
    "$cargo" install --quiet --locked "sbpf-linker@$linker_version" \
    --no-default-features --features bpf-linker/llvm-22 >&2 ||
    { say "sbpf-linker could not be built: is the crates registry within reach?"; return 1; }
}

build() { # folder with the sources, target folder
  "$cargo" fetch --quiet --locked --manifest-path "$1/Cargo.toml" || return 1
  # Panic locations carry paths: neither the builder's folders nor the registry's name may reach the binary.
  local remapped=("--remap-path-prefix=$cargo_home=/cargo" "--remap-path-prefix=$1=/$name") registry
  for registry in "$cargo_home"/registry/src/*; do remapped+=("--remap-path-prefix=$registry=/crates"); done
  RUSTC_BOOTSTRAP=1 RUSTFLAGS="${flags[*]} ${remapped[*]}" CARGO_TARGET_DIR=$2 "$cargo" build \
    --manifest-path "$1/Cargo.toml" --release --locked \
    -Z build-std=core,alloc -Z build-std-features=compiler-builtins-mem --target "$target"
}

sources() { # the program's own files, then those that it takes from another program's folder
  find Cargo.toml Cargo.lock src -type f | LC_ALL=C sort
  ((${#shared[@]} == 0)) || printf '%s\n' "${shared[@]}"
}

sources_hash() { (cd "$here" && sources | xargs sha256sum | sha256sum | cut -d' ' -f1); }

record() { # what artifacts/NAME.build.txt says: the sources and everything else that decides the bytes
  echo "sources $(sources_hash)"
  dpkg-query -W -f='${Package} ${Version}\n' "${recorded[@]}"
  echo "sbpf-linker $linker_version"
  echo "target $target"
  echo "rustflags ${flags[*]}"
}

verify() { # 1: the sources don't give the binary; 3: this toolchain can't tell, it is not the recorded one
  copy=$(mktemp -d) # not local: the trap below outlives this function
  trap 'rm -rf "$copy"' EXIT
  mkdir "$copy/$name"
  # In the same places relative to each other. `..` first: cp --parents would keep it in the copy's path.
  (cd "$here" && sources) | sed "s|^|$name/|; s|^$name/\.\./||" | (cd "$programs" && xargs cp --parents -t "$copy")
  build "$copy/$name" "$copy/target" || return 1 # said here: callers look at the status, which turns `set -e` off
  cp "$copy/target/$built" "$copy/$name.so"
  local differs
  differs=$(diff "$here/artifacts/$name.build.txt" <(record)) || true
  if (cd "$copy" && sha256sum -c "$here/artifacts/$name.so.sha256"); then
    [ -z "$differs" ] || say "the same binary, although the build differs from the recorded one: $differs"
    return
  fi
  if [ -n "$differs" ]; then
    say "< recorded with the committed binary, > here:"
    say "$differs"
  fi
  if grep -q '^[<>] sources' <<<"$differs" || [ -z "$differs" ]; then
    say "the sources do not give $name/artifacts/$name.so: run 'make program' and commit what it writes"
    return 1
  fi
  say "this toolchain is not the one that the committed binary was built with, so it can't tell"
  return 3
}

verify_if_here() {
  if [ "${CI:-}" != true ] && { [ ! -x "$cargo" ] || [ -n "$(missing_packages)" ] || ! has_linker; }; then
    say "left out: the proof that $name.so comes from its sources (no toolchain here; 'make verify-program' installs it)"
    return
  fi
  setup || { say "left out: the proof that $name.so comes from its sources (the line above says why)"; return 0; }
  local status=0
  (verify) || status=$?
  ((status != 3)) || say "left out: the proof that $name.so comes from its sources; 'make program' builds it anew"
  ((status == 3)) || return "$status"
}

name=${1:-}
case $name in
  pumpbox | forwarder) shared=() ;;
  raydium_standin) shared=(../pumpbox/src/math/wide.rs ../pumpbox/src/math/width.rs) ;;
  *) usage ;;
esac
here=$programs/$name
built=$target/release/lib$name.so
case ${2:-} in
  --setup) setup ;;
  --verify) setup && verify ;;
  --verify-if-here) verify_if_here ;;
  "")
    setup
    build "$here" "$here/target"
    mkdir -p "$here/artifacts"
    cp "$here/target/$built" "$here/artifacts/$name.so"
    (cd "$here/artifacts" && sha256sum "$name.so" | tee "$name.so.sha256")
    record >"$here/artifacts/$name.build.txt"
    ;;
  --other)
    copy=$(cd "${3:?the folder with Cargo.toml, Cargo.lock and src}" && pwd)
    build "$copy" "$copy/target"
    echo "$copy/target/$built"
    ;;
  *) usage ;;
esac

#!/usr/bin/env bash
# Locks what pyproject.toml asks for: names, versions and hashes, no download hosts. Needs uv.
# What is locked already stays; `requirements/lock.sh --upgrade` takes the newest that fits.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() { # file, what goes in
  local file=requirements/$1.txt
  shift
  uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
    "$@" --output-file "$file"
  echo "locked $file"
}

lock core pyproject.toml --extra postgres "$@"
lock build --constraint requirements/core.txt --group pyproject.toml:build "$@"
lock dev --constraint requirements/core.txt --constraint requirements/build.txt \
  pyproject.toml --extra postgres --group dev "$@"
lock interop --group pyproject.toml:interop "$@"
lock interop-build --group pyproject.toml:interop-build "$@"

# npm's lock says where each package was downloaded from; names, versions and hashes are enough.
if command -v npm >/dev/null; then
  cd programs/pumpbox/interop
  npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund
  echo "locked programs/pumpbox/interop/package-lock.json"
fi

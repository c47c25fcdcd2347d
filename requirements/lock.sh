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

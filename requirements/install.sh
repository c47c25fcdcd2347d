#!/usr/bin/env bash
# Makes .venv with what requirements/$1.txt locks (core or dev), by hash, and with the four packages of this
# checkout; or, for interop, programs/pumpbox/interop/{.venv,node_modules} with other people's clients.
# Takes uv if it is there, else pip, else says how to get either.
set -euo pipefail
cd "$(dirname "$0")/.."
group=$1
venv=.venv
[ "$group" = interop ] && venv=programs/pumpbox/interop/.venv

python=
for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
  if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
    python=$candidate
    break
  fi
done

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }

if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
  say "Setting up $venv ($group) with uv"
  [ -x $venv/bin/python ] || uv venv --quiet --python "${python:-3.12}" $venv
  install() { VIRTUAL_ENV="$PWD/$venv" uv pip install --compile-bytecode "$@"; }
elif [ -z "$python" ]; then
  echo "pumpbox needs Python 3.11, 3.12 or 3.13: 'apt-get install python3 python3-venv' on Debian 12." >&2
  exit 1
elif "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  say "Setting up $venv ($group) with $python and pip"
  [ -x $venv/bin/pip ] || "$python" -m venv --clear $venv
  install() { $venv/bin/python -m pip install --disable-pip-version-check "$@"; }
elif "$python" -c 'import venv' 2>/dev/null && "$python" -m pip --version >/dev/null 2>&1; then
  say "Setting up $venv ($group) with $python and its pip"
  [ -x $venv/bin/python ] || "$python" -m venv --without-pip --clear $venv
  install() { "$python" -m pip --python $venv/bin/python install --disable-pip-version-check "$@"; }
else
  echo "$python has neither pip nor venv: 'apt-get install python3-venv', or get uv (https://docs.astral.sh/uv)." >&2
  exit 1
fi

if [ "$group" = interop ]; then
  install --require-hashes -r requirements/interop-build.txt
  install --require-hashes --no-build-isolation -r requirements/interop.txt
  $venv/bin/npm ci --prefix programs/pumpbox/interop --ignore-scripts --no-audit --no-fund --no-update-notifier
  say "Ready: programs/pumpbox/interop"
  exit
fi

locks=(-r "requirements/$group.txt")
[ "$group" = core ] && locks+=(-r requirements/build.txt)
install --require-hashes "${locks[@]}"
install --quiet --no-deps --no-build-isolation --editable .
say "Ready: .venv/bin/pumpbox"

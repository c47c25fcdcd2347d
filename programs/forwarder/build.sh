#!/bin/sh
# ../build.sh for this program, which says what it takes.
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/../build.sh" "$(basename "$here")" "$@"

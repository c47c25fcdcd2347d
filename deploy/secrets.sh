#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, in ./secrets; keeps those that are there. Tokens of bots are
# yours to put beside them: secrets/telegram_token, secrets/discord_token, secrets/matrix_token.
set -eu
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets
cd secrets
for made in postgres_password telegram_webhook_secret; do
  [ -s "$made" ] || od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$made"
done
rm -f database_url
printf 'postgresql://pumpbox:%s@postgres/pumpbox' "$(cat postgres_password)" >database_url
# Each is mounted as it is, and containers don't run as you: the folder, which they don't see, keeps others out.
for secret in *; do chmod 444 "$secret"; done
ls -l

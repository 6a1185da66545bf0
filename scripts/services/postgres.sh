#!/usr/bin/env bash
# Starts a PostgreSQL of its own in a folder for temporary files, prints `postgres://postgres@127.0.0.1:PORT/postgres`, and serves
# until it is stopped. POSTGRES_PASSWORD is the password of its superuser `postgres` (default: postgres), POSTGRES_PORT its port
# (default: a free one). Ends with 77 where there is no PostgreSQL and none can be installed.
set -euo pipefail

source "$(cd "$(dirname "$0")" && pwd)/shared.sh"

bin_folder() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

bin="$(bin_folder)"
if [ -z "$bin" ] && command -v initdb >/dev/null; then bin="$(dirname "$(readlink -f "$(command -v initdb)")")"; fi
if [ -z "$bin" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; } >/dev/null 2>&1 || true
  bin="$(bin_folder)"
fi
if [ -z "$bin" ]; then
  echo "NOT RUN: there is no PostgreSQL here; install the package postgresql." >&2
  exit 77
fi

folder="$(mktemp -d)"
port="${POSTGRES_PORT:-$(free_port)}"
printf '%s' "${POSTGRES_PASSWORD:-postgres}" > "$folder/password"

# PostgreSQL refuses to run as root.
as=()
if [ "$(id -u)" -eq 0 ]; then
  chown -R postgres "$folder"
  as=(setpriv --reuid postgres --regid postgres --init-groups)
fi
cd "$folder"
"${as[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A scram-sha-256 --pwfile="$folder/password" -E UTF8 --no-sync >"$folder/initdb.log"
rm "$folder/password"

"${as[@]}" "$bin/postgres" -D "$folder/data" -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 \
  -c fsync=off -c shared_buffers=64MB -c max_wal_size=2GB >"$folder/log" 2>&1 &
server=$!
stop() { kill -INT "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$folder"; }
trap stop EXIT
trap 'exit 0' INT TERM

for _ in $(seq 300); do
  if "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; then
    announce "postgres://postgres@127.0.0.1:$port/postgres" "$server"
  fi
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
cat "$folder/log" >&2
exit 1

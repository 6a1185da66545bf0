#!/usr/bin/env bash
# Starts an emulator of Snowflake (fakesnow) that keeps what it holds in memory, prints `http://127.0.0.1:PORT`, and serves until it is
# stopped. It takes any account, user and password. What it needs is installed below node_modules/.cache once, with Snowflake's ADBC
# driver. SNOWFLAKE_PORT is its port (default: a free one). Ends with 77 where it cannot be had.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
source "$here/shared.sh"
python="$(environment snowflake-emulator fakesnow 'fakesnow[server]==0.12.1' 'snowflake-connector-python==4.8.1' \
  'adbc-driver-snowflake==1.11.0' 'adbc-driver-manager==1.13.0' 'pyarrow==26.0.1')" || exit 77

port="${SNOWFLAKE_PORT:-$(free_port)}"
log="$(mktemp)"
"$(dirname "$python")/fakesnow" -s --host 127.0.0.1 -p "$port" >"$log" 2>&1 &
serve "$!" "$log" "http://127.0.0.1:$port"

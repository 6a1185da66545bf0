#!/usr/bin/env bash
# Starts an S3 server (moto) that keeps what it holds in memory, prints `http://127.0.0.1:PORT`, and serves until it is stopped. It
# takes any key and any secret. PYTHON is a Python that has moto; without one, moto is installed below node_modules/.cache once.
# S3_PORT is its port (default: a free one). Ends with 77 where it cannot be had.
set -euo pipefail

python="${PYTHON:-}"
if [ -z "$python" ] || ! "$python" -c 'import moto.server' 2>/dev/null; then
  cache="$(cd "$(dirname "$0")/../.." && pwd)/node_modules/.cache/s3-server"
  python="$cache/bin/python"
  if ! "$python" -c 'import moto.server' 2>/dev/null; then
    { python3 -m venv "$cache" && "$python" -m pip install --quiet --disable-pip-version-check 'moto[s3]==5.2.5' 'flask==3.1.3' 'flask-cors==6.0.1'; } >&2 || {
      echo "NOT RUN: moto, an S3 server for Python, could not be installed." >&2
      exit 77
    }
  fi
fi

port="${S3_PORT:-$(node -e "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")}"
log="$(mktemp)"
"$python" -c 'import sys; from moto.server import main; main(sys.argv[1:])' -H 127.0.0.1 -p "$port" >"$log" 2>&1 &
server=$!
stop() { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -f "$log"; }
trap stop EXIT
trap 'exit 0' INT TERM

for _ in $(seq 300); do
  if node -e "fetch('http://127.0.0.1:$port/moto-api/').then(() => process.exit(0), () => process.exit(1))"; then
    echo "http://127.0.0.1:$port"
    # Whoever started it may read no more than this line.
    exec >/dev/null
    wait "$server"
    exit
  fi
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
cat "$log" >&2
exit 1

#!/usr/bin/env bash
# Starts an S3 server (moto) that keeps what it holds in memory, prints `http://127.0.0.1:PORT`, and serves until it is stopped. It
# takes any key and any secret. PYTHON is a Python that has moto; without one, moto is installed below node_modules/.cache once.
# S3_PORT is its port (default: a free one). Ends with 77 where it cannot be had.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
source "$here/shared.sh"
python="${PYTHON:-}"
if [ -z "$python" ] || ! "$python" -c 'import moto.server' 2>/dev/null; then
  python="$(environment s3-server moto 'moto[s3]==5.2.5' 'flask==3.1.3' 'flask-cors==6.0.1')" || exit 77
fi

port="${S3_PORT:-$(free_port)}"
log="$(mktemp)"
"$python" -c 'import sys; from moto.server import main; main(sys.argv[1:])' -H 127.0.0.1 -p "$port" >"$log" 2>&1 &
serve "$!" "$log" "http://127.0.0.1:$port"

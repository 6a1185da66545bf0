#!/usr/bin/env bash
# Starts an emulator of BigQuery (bqemulator) that keeps what it holds in memory, prints `http://127.0.0.1:PORT#127.0.0.1:PORT`, the
# addresses of its REST and its gRPC interface, and serves until it is stopped. What it needs is installed below node_modules/.cache
# once, with Google's client. BIGQUERY_PORT and BIGQUERY_STORAGE_PORT are its ports (default: free ones). Ends with 77 where it cannot
# be had.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
source "$here/shared.sh"
python="$(environment bigquery-emulator bqemulator 'bqemulator==1.4.0' 'duckdb==1.5.5' 'numpy==2.4.6' 'duckdb-extension-spatial==1.5.5' \
  'google-cloud-bigquery==3.47.0' 'google-cloud-bigquery-storage==2.43.0' 'pyarrow==26.0.1')" || exit 77

# It loads the extension `spatial` from where DuckDB keeps extensions: in the home directory.
home="$(mktemp -d)"
platform="$("$python" -c 'import duckdb; print("/".join(duckdb.sql("select library_version, p.platform from pragma_version(), pragma_platform() p").fetchone()))')"
mkdir -p "$home/.duckdb/extensions/$platform"
find "$(dirname "$python")/../lib" -path '*duckdb_extension_spatial*' -name '*.duckdb_extension' -exec ln -s {} "$home/.duckdb/extensions/$platform/" \;

port="${BIGQUERY_PORT:-$(free_port)}"
storage="${BIGQUERY_STORAGE_PORT:-$(free_port)}"
log="$home/log"
HOME="$home" "$(dirname "$python")/bqemulator" start --rest-port "$port" --grpc-port "$storage" --project emulated >"$log" 2>&1 &
serve "$!" "$log" "http://127.0.0.1:$port#127.0.0.1:$storage" "$home"

#!/usr/bin/env bash
# Puts DuckDB's extensions into a folder for `source.extension_directory`, from the Python package index and by hash: for tests
# and machines without a network. scripts/image/extensions.txt names them.
#
#   scripts/extensions.sh FOLDER [amd64|arm64]      PYTHON is a Python with pip (default: python3)
set -euo pipefail

list="$(cd "$(dirname "$0")" && pwd)/image/extensions.txt"
python="${PYTHON:-python3}"
folder="$1"
case "${2:-$(uname -m)}" in
  amd64 | x86_64) wheels=manylinux2014_x86_64 platform=linux_amd64 ;;
  arm64 | aarch64) wheels=manylinux2014_aarch64 platform=linux_arm64 ;;
  *) echo "There are extensions for amd64 and arm64." >&2; exit 2 ;;
esac

download="$(mktemp -d)"
trap 'rm -rf "$download"' EXIT
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --platform "$wheels" --require-hashes \
  -r "$list" -d "$download"
for wheel in "$download"/*.whl; do "$python" -m zipfile -e "$wheel" "$download/all"; done
for file in "$download"/all/duckdb_extension_*/extensions/*/*.duckdb_extension; do
  version="$(basename "$(dirname "$file")")"
  mkdir -p "$folder/$version/$platform"
  cp "$file" "$folder/$version/$platform/"
done
chmod -R a+rX "$folder"

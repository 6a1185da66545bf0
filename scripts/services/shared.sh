# What scripts that start a service share. To be sourced.

# A port that nothing listens on.
free_port() { node -e "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"; }

# environment NAME MODULE PACKAGE...: prints the Python of a virtual environment below node_modules/.cache that has these packages.
# Which versions of what they ask for are taken is said by ../constraints, where that has a list for this Python.
environment() {
  local name="$1" module="$2" cache
  shift 2
  cache="$(cd "$here/../.." && pwd)/node_modules/.cache/$name"
  if [ ! -f "$cache/complete" ]; then
    make_environment "$cache" "$name" "$@" >&2 || {
      echo "NOT RUN: $module, an emulator for Python, could not be installed." >&2
      return 77
    }
  fi
  echo "$cache/bin/python"
}

make_environment() {
  local cache="$1" name="$2" constraints
  shift 2
  python3 -m venv "$cache" || return
  constraints="$here/../constraints/$(basename "$cache"/lib/python*)/$name.txt"
  if [ -f "$constraints" ]; then set -- --constraint "$constraints" "$@"; fi
  # What it asks for need not be compiled before it is used.
  timeout 900 "$cache/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile "$@" && touch "$cache/complete"
}

# announce URL PID: prints the address of a server, and waits until that ends or is stopped.
announce() {
  echo "$1"
  # Whoever started it may read no more than this line.
  exec >/dev/null
  wait "$2"
  exit
}

# serve PID LOG URL [FOLDER]: prints the address once the service answers, and waits until it ends or is stopped.
serve() {
  local server="$1" log="$2" url="$3" folder="${4:-}"
  trap "kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf '$log' '$folder'" EXIT
  trap 'exit 0' INT TERM
  for _ in $(seq 600); do
    # Any answer is one.
    if node -e "fetch('${url%%#*}/', { signal: AbortSignal.timeout(5_000) }).then(() => process.exit(0), () => process.exit(1))"; then
      announce "$url" "$server"
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  cat "$log" >&2
  exit 1
}

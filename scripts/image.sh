#!/usr/bin/env bash
# Builds the Dockerfile as it is but for the digests of its base images, without a daemon, and runs the image as a cluster would:
# uid 1000, read-only root, no capabilities. For machines that cannot pull the base images: they are made from Debian's packages.
#
#   scripts/image.sh            builds both targets, checks `slim`, holds their sizes to a budget
#   scripts/image.sh arm64      builds `slim` for linux/arm64, and runs a whole sync of it under qemu
#   scripts/image.sh memory     builds, and syncs 1,000,000 rows (IMAGE_ROWS) in 256 MB (IMAGE_MEMORY); takes a while. With IMAGE_CUT
#                               a first load is killed after so many seconds, and the next run has to go on
#
# Needs root and, from Debian: buildah podman runc debootstrap, for arm64 qemu-user-static (installed when missing). Exit code 77:
# this machine may not run containers, so nothing was tested.
set -euo pipefail
cd "$(dirname "$0")/.."

work="${IMAGE_WORK:-${TMPDIR:-/tmp}/destination-apollo-image}"
base=docker.io/library/debian:bookworm-slim
node_base=docker.io/library/node:24-bookworm-slim
tag=localhost/destination-apollo:slim
revision="$(git rev-parse HEAD 2>/dev/null || echo unknown)"
ca=/etc/ssl/authority-of-the-builder.crt
mkdir -p "$work/oci"
export BUILDAH_ISOLATION=chroot CONTAINERS_CONF="$work/containers.conf"
store=(--root "$work/oci/storage" --runroot "$work/oci/run" --storage-driver "${IMAGE_DRIVER:-overlay}")

main() {
  install_tools || not_run "buildah, podman, runc or debootstrap cannot be had"
  settings
  may_contain || not_run "no container may be started here"
  has_image "$base" && has_image "$node_base" || make_bases
  case "${1:-check}" in
    check) build slim; build full; check_image; check_full; size slim 110; size full 260 ;;
    arm64) check_arm64 ;;
    memory) build slim; check_memory ;;
  esac
}

# A base image that was made here has another digest than the published one of its name. The revision stands in the file, since Debian's
# buildah takes a layer that it has of another one for the same, whatever --build-arg says.
build() {
  local target="$1"; shift
  sed "s/@sha256:[0-9a-f]*//; s/[$]{REVISION}/$revision/" Dockerfile > "$work/Dockerfile"
  buildah "${store[@]}" bud --layers --isolation chroot --pull=never -f "$work/Dockerfile" --target "$target" \
    "$@" -t "$(tag "$target")" .
}

tag() { echo "localhost/destination-apollo:$1"; }

not_run() { echo "NOT RUN: the image tests: $1. Nothing was tested."; exit 77; }

# A store that can be mounted, and a process in namespaces of its own.
may_contain() {
  local container
  container="$(buildah "${store[@]}" from scratch 2>"$work/refused")" || { cat "$work/refused" >&2; return 1; }
  buildah "${store[@]}" rm "$container" >/dev/null
  unshare --mount --pid --fork true
}

has_image() { buildah "${store[@]}" inspect --type image "$1" >/dev/null 2>&1; }

install_tools() {
  local tool missing=0
  for tool in buildah podman runc debootstrap; do command -v "$tool" >/dev/null || missing=1; done
  [ "$missing" -eq 0 ] && return
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 1
  apt-get update -qq && apt-get install -y -qq --no-install-recommends buildah podman runc debootstrap >/dev/null
}

# podman needs runc where cgroups are hybrid, and may not raise its limits.
settings() {
  cat > "$CONTAINERS_CONF" <<CONF
[containers]
default_ulimits = ["nofile=1024:20000", "nproc=1024:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
}

# Where this machine gets Debian's packages, if it says so.
mirror() {
  awk '/^URIs:/ {print $2; exit} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /^http/) {print $i; exit}}' \
    /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null || true
}

# What a published base image of Debian leaves out.
trim() {
  rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/usr/share/{doc,man,locale,info,lintian}/* "$1"/var/log/*
}

make_bases() {
  local rootfs="$work/rootfs" node="$work/node" container registry
  rm -rf "$rootfs"
  debootstrap --variant=minbase bookworm "$rootfs" $(mirror) >/dev/null
  trim "$rootfs"
  container="$(buildah "${store[@]}" from scratch)"
  buildah "${store[@]}" add -q "$container" "$rootfs" / >/dev/null
  buildah "${store[@]}" config --cmd bash \
    --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  trust_authority "$container"
  buildah "${store[@]}" commit -q --rm "$container" "$base" >/dev/null

  npm install --prefix "$node" --no-audit --no-fund --no-save node@24 >/dev/null
  container="$(buildah "${store[@]}" from --pull=never "$base")"
  buildah "${store[@]}" copy -q "$container" "$node/node_modules/node/bin/node" /usr/local/bin/node >/dev/null
  buildah "${store[@]}" copy -q "$container" "$(npm root -g)/npm" /usr/local/lib/node_modules/npm >/dev/null
  buildah "${store[@]}" run --isolation chroot "$container" -- sh -c '
    ln -sf ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
    ln -sf ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
    groupadd -g 1000 node && useradd -u 1000 -g 1000 -m node'
  trust_authority "$container"
  registry="$(npm config get registry 2>/dev/null)"
  buildah "${store[@]}" config --env "npm_config_registry=$registry" --cmd node "$container"
  buildah "${store[@]}" commit -q --rm "$container" "$node_base" >/dev/null
}

# A registry behind a private authority is trusted while the image is built here; a published base has its own.
trust_authority() {
  [ -n "${NODE_EXTRA_CA_CERTS:-}" ] || return 0
  buildah "${store[@]}" copy -q "$1" "$NODE_EXTRA_CA_CERTS" "$ca" >/dev/null
  buildah "${store[@]}" config --env "NODE_EXTRA_CA_CERTS=$ca" --env "PIP_CERT=$ca" "$1"
}

image() { podman "${store[@]}" run --rm -i --read-only --cap-drop=all --user 1000:1000 --tmpfs /tmp:rw,size=${IMAGE_TMP:-512m} "$@"; }

expect() {
  local what="$1" wanted="$2" found="$3"
  if [[ "$found" == *"$wanted"* ]]; then echo "ok    $what"; passed=$((passed + 1))
  else echo "WRONG $what: expected $wanted, found: ${found:0:400}"; failed=$((failed + 1)); fi
}

check_image() {
  passed=0 failed=0
  prepare_sync
  expect "spec" '"type":"SPEC"' "$(image "$tag" spec)"
  expect "check" '"status":"SUCCEEDED"' "$(image -v "$config:/config:ro" "$tag" check --config /config/sync.yaml)"
  expect "sync" '"status":"succeeded"' "$(image -v "$config:/config:ro" "$tag" sync --config /config/sync.yaml)"
  check_kestra
  check_write
  check_sigterm
  expect "runs as uid 1000" '1000' "$(image --entrypoint sh "$tag" -c 'id -u')"
  expect "AIRBYTE_ENTRYPOINT in a shell" '"type":"SPEC"' "$(image --entrypoint sh "$tag" -c 'eval "$AIRBYTE_ENTRYPOINT spec"')"
  check_page
  expect "any uid, without a name" '"status":"succeeded"' "$(image --user 54321:0 -v "$config:/config:ro" "$tag" sync --config /config/sync.yaml)"
  expect "label io.airbyte.name" 'destination-apollo' "$(label io.airbyte.name)"
  expect "label io.airbyte.version" "$(node -p "require('./package.json').version")" "$(label io.airbyte.version)"
  expect "label of the source" "$(node -p "require('./package.json').repository.url.slice(4, -4)")" "$(label org.opencontainers.image.source)"
  expect "label of the revision" "$revision" "$(label org.opencontainers.image.revision)"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# Every extension that is baked in is loaded, where none can be downloaded: the root is read-only.
check_full() {
  local names
  names="$(sed -n 's/^duckdb-extension-\([a-z-]*\)==.*/\1/p' scripts/image/extensions.txt | tr '-' '_' | paste -sd, -)"
  passed=0 failed=0
  cat > "$config/full.yaml" <<YAML
credentials: { auth_type: api_key, api_key: emulator-key }
api_base_url: $url
source: { type: duckdb, extensions: [$names] }
streams: [{ name: people, object: contacts, query: "select 'full@image.example' as email" }]
rejects: { path: /tmp/rejects.jsonl }
state: { type: none }
YAML
  chmod 644 "$config/full.yaml"
  expect "full: $names" '"status":"succeeded"' "$(image --user 54321:0 -v "$config:/config:ro" "$(tag full)" sync --config /config/full.yaml 2>&1)"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# A warehouse, an emulator, and a configuration that takes one to the other.
prepare_sync() {
  config="$(mktemp -d)"; chmod 755 "$config"
  [ -f dist/destination-apollo.mjs ] || npm run build >/dev/null
  node dist/destination-apollo.mjs demo --folder "$config/demo" >/dev/null
  mv "$config/demo/warehouse.duckdb" "$config/" && chmod 644 "$config/warehouse.duckdb"
  start_emulator
  cat > "$config/sync.yaml" <<YAML
credentials: { auth_type: api_key, api_key: emulator-key }
api_base_url: $url
source: { type: duckdb, database: /config/warehouse.duckdb }
streams:
  - name: contacts
    table: marts.contacts
    object: contacts
    primary_key: customer_id
    mapping: [{ to: email, from: work_email }, { to: first_name, from: given_name }, { to: last_name, from: family_name }, { to: organization_name, from: company }]
rejects: { path: /tmp/rejects.jsonl }
state: { type: none }
YAML
  chmod 644 "$config/sync.yaml"
}

# The lines that docs/image.md shows, as they stand there, with podman for docker and the emulator's host for Apollo's.
check_page() {
  local line
  podman "${store[@]}" tag "$tag" "ghcr.io/destination-apollo/destination-apollo:$(node -p "require('./package.json').version")"
  docker() { local verb="$1"; shift; podman "${store[@]}" "$verb" "$@"; }
  mkdir -p "$config/page"
  sed -e "s#/config/warehouse#warehouse#" -e "s#/tmp/rejects#rejects#" "$config/sync.yaml" > "$config/page/sync.yaml"
  cp "$config/warehouse.duckdb" "$config/page/"
  while IFS= read -r line; do
    expect "docs/image.md: $line" "created" "$(cd "$config/page" && eval "$line" 2>&1)"
  done < <(grep -o '`docker run [^`]*`' docs/image.md | tr -d '`')
}

label() { buildah "${store[@]}" inspect --type image --format "{{index .Docker.Config.Labels \"$1\"}}" "$tag"; }

# The commands of Kestra's example as Kestra starts them: by a shell, with sync.yaml in the working directory.
check_kestra() {
  local command
  while IFS= read -r command; do
    expect "Kestra: $command" '::{"outputs":{"type":"run_summary"' \
      "$(image -v "$config:/config:ro" --workdir /config --env APOLLO_API_KEY=emulator-key --entrypoint /bin/sh "$tag" -c "$command")"
  done < <(node -p "require('yaml').parse(require('fs').readFileSync('examples/kestra/apollo-sync.yaml', 'utf8')).tasks[0].commands.join('\n')")
}

start_emulator() {
  [ -f dist/destination-apollo.mjs ] || npm run build >/dev/null
  node dist/destination-apollo.mjs emulator --port 0 --plan unlimited > "$config/url" & emulator=$!
  trap 'kill $emulator 2>/dev/null || true' EXIT
  wait_for "the emulator" test -s "$config/url"
  url="$(head -n 1 "$config/url")"
}

# As Airbyte starts it: files in a folder, messages on stdin, states back on stdout.
check_write() {
  local said
  sed -n '/^\(credentials\|api_base_url\|rejects\)/p' "$config/sync.yaml" > "$config/write.yaml"
  cat > "$config/catalog.json" <<JSON
{"streams": [{"stream": {"name": "contacts", "supported_sync_modes": ["full_refresh"],
  "json_schema": {"type": "object", "properties": {"email": {"type": "string"}, "first_name": {"type": "string"}}}},
  "sync_mode": "full_refresh", "destination_sync_mode": "append_dedup", "primary_key": [["email"]],
  "destination_object_name": "contacts", "generation_id": 1, "minimum_generation_id": 0, "sync_id": 1}]}
JSON
  chmod 644 "$config"/*
  said="$({
    for name in ann bo cy; do
      echo '{"type":"RECORD","record":{"stream":"contacts","emitted_at":1,"data":{"email":"'$name'@image.example","first_name":"'$name'"}}}'
    done
    echo '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"contacts"},"stream_state":{"at":3}}}}'
    echo '{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1,"stream_status":{"stream_descriptor":{"name":"contacts"},"status":"COMPLETE"}}}'
  } | image -v "$config:/config:ro" "$tag" write --config /config/write.yaml --catalog /config/catalog.json)"
  expect "write: the state comes back" '"stream_state":{"at":3}' "$said"
  expect "write: the records are there" '"email":"cy@image.example"' "$(records contacts)"
}

records() { curl -s "${url%/api/v1}/__emulator/state?of=$1&per_page=100000"; }

count_contacts() { records contacts | grep -o '"email":' | wc -l; }

has_hundred() { [ "$(count_contacts)" -ge 100 ]; }

# wait_for WHAT COMMAND...: waits until the command succeeds, and not for ever.
wait_for() {
  local what="$1"; shift
  for _ in $(seq 600); do
    if "$@"; then return; fi
    sleep 0.2
  done
  echo "WRONG waited two minutes for $what"
  return 1
}

# In the middle of a run, with every answer a second late: the process that gets the signal is ours.
check_sigterm() {
  local code=0 name="apollo-sigterm-$$" summary
  cat > "$config/late.mjs" <<'JS'
import { createServer, request } from 'node:http';
const target = new URL(process.argv[2]);
createServer((from, to) => setTimeout(() => {
  const { method, headers, url: path } = from;
  from.pipe(request({ hostname: target.hostname, port: target.port, method, headers, path }, (answer) => {
    to.writeHead(answer.statusCode, answer.headers);
    answer.pipe(to);
  }));
}, 1000)).listen(0, '127.0.0.1', function () { console.log(`http://127.0.0.1:${this.address().port}/api/v1`); });
JS
  node "$config/late.mjs" "$url" > "$config/late" & local late=$!
  wait_for "the late server" test -s "$config/late"
  curl -s -X POST "${url%/api/v1}/__emulator/reset" >/dev/null
  sed "s#^api_base_url:.*#api_base_url: $(cat "$config/late")#" "$config/sync.yaml" > "$config/late.yaml"; chmod 644 "$config/late.yaml"
  image --name "$name" -v "$config:/config:ro" "$tag" sync --config /config/late.yaml > "$config/summary" & local run=$!
  wait_for "the first hundred contacts" has_hundred
  podman "${store[@]}" kill --signal TERM "$name" >/dev/null
  wait "$run" || code=$?
  kill "$late"
  summary="$(cat "$config/summary")"
  expect "SIGTERM: dies by the signal" 143 "$code"
  expect "SIGTERM: the summary is written" '"status":"cancelled"' "$summary"
  # A 100th contact is there, and others are on the wire: all that the destination has is told as created.
  expect "SIGTERM: what was in flight is finished" "\"created\":$(count_contacts)," "$summary"
}

# A first load, and the same rows again, in little memory.
check_memory() {
  local rows="${IMAGE_ROWS:-1000000}" memory="${IMAGE_MEMORY:-256m}" run
  passed=0 failed=0
  config="$(mktemp -d)"; chmod 777 "$config"
  node --input-type=module -e "
    import { DuckDBInstance } from '@duckdb/node-api';
    const connection = await (await DuckDBInstance.create('$config/warehouse.duckdb')).connect();
    await connection.run(\`create table people as select i as id, 'person' || i || '@company' || (i % 9973) || '.example' as email,
      'First' || i as first_name, 'Last' || i as last_name, 'Company ' || (i % 9973) as company, 'Title ' || (i % 50) as title
      from range($rows) t(i)\`);
    connection.closeSync();"
  start_emulator
  cat > "$config/sync.yaml" <<YAML
credentials: { auth_type: api_key, api_key: emulator-key }
api_base_url: $url
source: { type: duckdb, database: /config/warehouse.duckdb }
streams:
  - name: people
    table: people
    object: contacts
    primary_key: id
    mapping: [{ to: email, from: email }, { to: first_name, from: first_name }, { to: last_name, from: last_name }, { to: organization_name, from: company }, { to: title, from: title }]
rejects: { path: /config/rejects.jsonl }
state: { type: duckdb, path: /config/state.duckdb }
YAML
  chmod 644 "$config/sync.yaml" "$config/warehouse.duckdb"
  # What is spilled goes to a disk: a tmpfs would count as memory.
  mkdir -m 777 "$config/tmp"
  local runs=("first load" "the same rows again")
  [ -z "${IMAGE_CUT:-}" ] || runs=("a load that is killed" "the rest of it" "the same rows again")
  for run in "${runs[@]}"; do
    local begun=$SECONDS code=0 expected=0 name="apollo-memory-$$"
    if [ "$run" = "a load that is killed" ]; then
      expected=137
      (sleep "$IMAGE_CUT"; podman "${store[@]}" kill --signal KILL "$name" >/dev/null) &
    fi
    # Where a container runs out of memory, a file named oom is left in the folder that it was started in.
    (cd "$config" && podman "${store[@]}" run --rm -i --name "$name" --read-only --cap-drop=all --user 1000:1000 \
      --memory "$memory" --memory-swap "$memory" \
      -v "$config:/config" -v "$config/tmp:/tmp" "$tag" sync --config /config/sync.yaml > "$config/summary") || code=$?
    echo "$run: exit code $code, $((SECONDS - begun)) s, $(cut -c 1-400 "$config/summary")"
    expect "$memory, $rows rows, $run" "$expected" "$code"
  done
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# What a registry keeps and a cluster pulls, against the most that it may be.
size() {
  local target="$1" budget="$2" archive="$work/image.tar" compressed
  rm -f "$archive"
  buildah "${store[@]}" push -q "$(tag "$target")" "docker-archive:$archive:destination-apollo:$target" >/dev/null
  compressed="$(($(gzip < "$archive" | wc -c) / 1000000))"
  echo "image $target: $compressed MB compressed, $(($(stat -c %s "$archive") / 1000000)) MB unpacked; the budget is $budget MB"
  rm -f "$archive"
  [ "$compressed" -le "$budget" ] || { echo "WRONG $target is larger than its budget"; return 1; }
}

source scripts/image/arm64.sh
main "$@"; exit

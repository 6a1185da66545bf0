#!/usr/bin/env bash
# Builds the Dockerfile as it is, without a daemon, and runs the image as a cluster would: uid 1000, read-only root, no
# capabilities. For machines that cannot pull the base image: it is made from Debian's packages and tagged with its name.
#
#   scripts/image.sh            builds, checks, prints the size
#
# Needs root and, from Debian: buildah podman runc debootstrap (installed when missing).
set -euo pipefail
cd "$(dirname "$0")/.."

work="${IMAGE_WORK:-${TMPDIR:-/tmp}/destination-apollo-image}"
base=docker.io/library/node:24-bookworm-slim
tag=localhost/destination-apollo:dev
ca=/etc/ssl/certs/ca-certificates.crt
mkdir -p "$work/oci"
export BUILDAH_ISOLATION=chroot CONTAINERS_CONF="$work/containers.conf"
store=(--root "$work/oci/storage" --runroot "$work/oci/run" --storage-driver "${IMAGE_DRIVER:-overlay}")

main() {
  install_tools
  settings
  buildah "${store[@]}" inspect --type image "$base" >/dev/null 2>&1 || make_base
  buildah "${store[@]}" bud --layers --isolation chroot --pull=never -t "$tag" .
  check_image
  size
}

install_tools() {
  local tool missing=0
  for tool in buildah podman runc debootstrap; do command -v "$tool" >/dev/null || missing=1; done
  [ "$missing" -eq 0 ] && return
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends buildah podman runc debootstrap >/dev/null
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

make_base() {
  local rootfs="$work/rootfs" mirror container
  mirror="$(awk '/^URIs:/ {print $2; exit} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /^http/) {print $i; exit}}' \
    /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null || true)"
  rm -rf "$rootfs"
  debootstrap --variant=minbase --include=ca-certificates,libstdc++6,tzdata bookworm "$rootfs" ${mirror:+"$mirror"} >/dev/null
  rm -rf "$rootfs"/var/cache/apt/archives/*.deb "$rootfs"/var/lib/apt/lists/* "$rootfs"/usr/share/{doc,man,locale,info}/*
  npm install --prefix "$work/node" --no-audit --no-fund --no-save node@24 >/dev/null
  cp "$work/node/node_modules/node/bin/node" "$rootfs/usr/local/bin/"
  mkdir -p "$rootfs/usr/local/lib/node_modules"
  cp -r "$(npm root -g)/npm" "$rootfs/usr/local/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$rootfs/usr/local/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$rootfs/usr/local/bin/npx"
  chroot "$rootfs" sh -c 'groupadd -g 1000 node && useradd -u 1000 -g 1000 -m node'
  container="$(buildah "${store[@]}" from scratch)"
  buildah "${store[@]}" add -q "$container" "$rootfs" / >/dev/null
  # A registry behind a private authority is trusted while the image is built here; a published base has its own.
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    buildah "${store[@]}" copy -q "$container" "$NODE_EXTRA_CA_CERTS" "$ca" >/dev/null
    buildah "${store[@]}" config --env "NODE_EXTRA_CA_CERTS=$ca" "$container"
  fi
  local registry; registry="$(npm config get registry 2>/dev/null)"
  buildah "${store[@]}" config --env "npm_config_registry=$registry" --cmd node \
    --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah "${store[@]}" commit -q --rm "$container" "$base" >/dev/null
}

image() { podman "${store[@]}" run --rm -i --read-only --cap-drop=all --user 1000:1000 --tmpfs /tmp:rw,size=512m "$@"; }

expect() {
  local what="$1" wanted="$2" found="$3"
  if [[ "$found" == *"$wanted"* ]]; then echo "ok    $what"; passed=$((passed + 1))
  else echo "WRONG $what: expected $wanted, found: ${found:0:400}"; failed=$((failed + 1)); fi
}

check_image() {
  passed=0 failed=0
  local url config data
  config="$(mktemp -d)"; chmod 755 "$config"
  data="$config/warehouse.duckdb"
  [ -f dist/destination-apollo.mjs ] || npm run build >/dev/null
  node scripts/demo/make.mjs "$data" && chmod 644 "$data"
  node dist/destination-apollo.mjs emulator --port 0 --plan unlimited > "$config/url" & emulator=$!
  trap 'kill $emulator 2>/dev/null || true' EXIT
  until [ -s "$config/url" ]; do sleep 0.1; done
  url="$(head -n 1 "$config/url")"
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

  expect "spec" '"type":"SPEC"' "$(image "$tag" spec)"
  expect "check" '"status":"SUCCEEDED"' "$(image -v "$config:/config:ro" "$tag" check --config /config/sync.yaml)"
  expect "sync" '"status":"succeeded"' "$(image -v "$config:/config:ro" "$tag" sync --config /config/sync.yaml)"
  expect "runs as uid 1000" '1000' "$(image --entrypoint sh "$tag" -c 'id -u')"
  expect "AIRBYTE_ENTRYPOINT in a shell" '"type":"SPEC"' "$(image --entrypoint sh "$tag" -c 'eval "$AIRBYTE_ENTRYPOINT spec"')"
  expect "label io.airbyte.name" 'destination-apollo' \
    "$(buildah "${store[@]}" inspect --type image --format '{{index .Docker.Config.Labels "io.airbyte.name"}}' "$tag")"
  expect "label io.airbyte.version" "$(node -p "require('./package.json').version")" \
    "$(buildah "${store[@]}" inspect --type image --format '{{index .Docker.Config.Labels "io.airbyte.version"}}' "$tag")"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

size() {
  local archive="$work/image.tar"
  rm -f "$archive"
  buildah "${store[@]}" push -q "$tag" "docker-archive:$archive:destination-apollo:dev" >/dev/null
  echo "image: $(gzip < "$archive" | wc -c | awk '{printf "%.0f MB compressed", $1 / 1e6}'), $(stat -c %s "$archive" | awk '{printf "%.0f MB unpacked", $1 / 1e6}')"
  rm -f "$archive"
}

main "$@"

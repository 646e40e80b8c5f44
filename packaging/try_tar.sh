#!/usr/bin/env bash
# sudo packaging/try_tar.sh dist/rkviz-*-linux-*.tar.gz: unpacks it into a folder with a space and
# Chinese characters in its name that is read-only then, and runs it without a network, with a home
# of that kind.
set -euo pipefail
archive=$(realpath "$1")
if [ -z "${INSIDE:-}" ]; then INSIDE=1 exec unshare --mount --net "$0" "$@"; fi
place=$(mktemp -d)
trap 'cd /; umount --lazy "$place/un 包 packed"; rm -rf "$place"' EXIT
mkdir "$place/un 包 packed" "$place/ho me 家"
tar -xf "$archive" -C "$place/un 包 packed"
mount --bind "$place/un 包 packed" "$place/un 包 packed"
mount -o remount,ro,bind "$place/un 包 packed"
cd "$place/ho me 家"
run() { env -i PATH=/usr/bin:/bin HOME="$PWD" LC_ALL=C.UTF-8 QT_QPA_PLATFORM=offscreen \
    "$place"/un*/rkviz-*/rkviz "$@"; }
run doctor >doctor.txt || { cat doctor.txt; exit 1; }
run demo --output demo 2>demo.txt || { tail -5 demo.txt; exit 1; }
[ -s demo/report.html ] && [ -s demo/window_en_light.png ]
echo "try_tar: all of it went well"

#!/usr/bin/env bash
# Tries the .deb as a user gets it, in a Debian with nothing on it but its dependencies:
#   sudo packaging/try_deb.sh dist/rkviz_*_amd64.deb [PICTURES]
# installs it, and as an ordinary user, whose home has a space and Chinese characters in its name,
# and without any network: starts the window on a virtual screen, opens the demo by a click, runs,
# exports by the keyboard, opens what was saved once more; then removes the package and looks for
# what is left. Screenshots go to PICTURES (build/try_deb).
# BASE=folder: a bare root made by debootstrap earlier; it is copied. SUITE=trixie: another Debian.
set -euo pipefail
package=$(realpath "$1")
pictures=$(realpath -m "${2:-build/try_deb}")
here=$(realpath "$(dirname "$0")")
python=$here/../.venv/bin/python
suite=${SUITE:-bookworm}
[ "$(id -u)" = 0 ] || { echo "try_deb: run this as root (it makes a root of its own)" >&2; exit 1; }

# In mount and process spaces of its own: all that is started or mounted here ends with it.
if [ -z "${INSIDE:-}" ]; then
    INSIDE=1 exec unshare --mount --pid --fork --kill-child "$0" "$@"
fi
root=$(mktemp -d)
home="/home/测 试 user"
keep_pictures() { # also when something went wrong on the way
    local dump
    for dump in "$root$home"/*.xwd; do
        [ ! -e "$dump" ] ||
            "$python" "$here/virtual_screen.py" picture "$dump" "$pictures/$(basename "${dump%.xwd}").png"
    done
}
trap 'keep_pictures; umount --recursive --lazy "$root"; rmdir "$root"' EXIT
mount -t tmpfs -o size=4g,mode=755 tmpfs "$root"
if [ -n "${BASE:-}" ]; then cp -a "$BASE/." "$root"; else debootstrap --variant=minbase "$suite" "$root" >/dev/null; fi
mount -t proc proc "$root/proc"
mount --rbind --make-rslave /dev "$root/dev"
mkdir -p "$pictures"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$root/etc/resolv.conf"
[ ! -d /etc/apt/apt.conf.d ] || cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"

inside() { chroot "$root" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }
step() { printf 'try_deb: %s\n' "$*"; }

step "a bare $suite, a virtual screen and a hand for mouse and keys"
inside apt-get update -q >/dev/null
inside apt-get install -y -q --no-install-recommends xvfb xdotool desktop-file-utils \
    shared-mime-info >/dev/null
inside useradd --create-home --home-dir "$home" --shell /bin/bash tester
# The browser of this machine: it notes what it is asked to show, and with what environment.
printf '#!/bin/sh\nenv >"$HOME/browser_env.txt"; printf "%%s\\n" "$1" >"$HOME/browser.txt"\n' \
    >"$root/usr/local/bin/xdg-open"
chmod 755 "$root/usr/local/bin/xdg-open"
listing() { (cd "$root" && find etc usr var -not -path 'var/cache/*' -not -path 'var/lib/apt/*' \
    -not -path 'var/log/*' -not -path 'var/lib/dpkg/*' -not -path '*/__pycache__*' | sort); }
inside dpkg --get-selections >"$pictures/packages_before.txt"
listing >"$pictures/files_before.txt"

step "installing $(basename "$package") and what it depends on"
cp "$package" "$root/tmp/rkviz.deb"
inside apt-get install -y -q --no-install-recommends /tmp/rkviz.deb >/dev/null
inside apt-get install -y -q --no-install-recommends fonts-wqy-microhei >/dev/null # recommended
inside desktop-file-validate /usr/share/applications/rkviz.desktop
inside grep -q x-rkviz-project /usr/share/mime/globs2
inside grep -q rkviz.desktop /usr/share/applications/mimeinfo.cache
inside sh -c '! LD_LIBRARY_PATH=/usr/lib/rkviz/_internal ldd /usr/lib/rkviz/_internal/PySide6/Qt/plugins/platforms/*.so | grep "not found"'

step "as an ordinary user without a network"
cp "$here/try_deb_user.sh" "$root/tmp/try.sh"
chmod 755 "$root/tmp/try.sh"
inside unshare --net setpriv --reuid tester --regid tester --init-groups \
    env HOME="$home" bash /tmp/try.sh
cp "$root$home"/*.html "$root$home"/doctor.txt "$pictures"

step "removing it"
inside apt-get purge -y -q rkviz >/dev/null
inside apt-get purge -y -q fonts-wqy-microhei >/dev/null
inside apt-get autoremove --purge -y -q >/dev/null
listing >"$pictures/files_after.txt"
inside dpkg --get-selections >"$pictures/packages_after.txt"
left=$(comm -13 "$pictures/files_before.txt" "$pictures/files_after.txt" |
    grep -v -e '^var/lib/systemd' -e '^etc/ld.so.cache' -e '^usr/share/mime/application$' || true)
printf 'left behind by rkviz: %s\n' "$(grep -c -i rkviz <<<"$left" || true)"
[ -z "$left" ] || printf 'left behind by what it depends on:\n%s\n' "$left"
! grep -q -i rkviz <<<"$left"
diff "$pictures/packages_before.txt" "$pictures/packages_after.txt"
step "all of it went well; pictures are in $pictures"

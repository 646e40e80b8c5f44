#!/usr/bin/env bash
# try_wheel.sh dist: installs the wheel, and in another environment the source distribution, each
# with nothing but what pip draws in, and lets both look at themselves and analyse the demo.
set -euo pipefail
cd "$(dirname "$0")/.."
dist=$(realpath "$1")
python=$PWD/.venv/bin/python
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
unset PYTHONPATH
export QT_QPA_PLATFORM=offscreen PIP_DISABLE_PIP_VERSION_CHECK=1
for package in "$dist"/rkviz-*.whl "$dist"/rkviz-*.tar.gz; do
    case $package in *linux*) continue ;; esac
    echo "trying $(basename "$package")"
    "$python" -m venv --clear "$place/venv"
    "$place/venv/bin/pip" install --quiet -c packaging/requirements.txt "$package"
    (cd "$place" && venv/bin/rkviz --version && venv/bin/rkviz doctor >doctor.txt || { cat doctor.txt; exit 1; }
        venv/bin/rkviz demo --output demo 2>/dev/null && ls demo)
done

#!/usr/bin/env bash
# Makes .venv and installs what is missing; called by make, quick when nothing is.
#   packaging/set_up.sh run   what the program needs
#   packaging/set_up.sh dev   the same and what the checks and tests need
#   packaging/set_up.sh docs  what the program needs and what builds the manual
#   packaging/set_up.sh package   what the program needs and what builds packages of it
# PYTHON=python3.12 chooses the interpreter; SKIP_APT=1 goes on without missing system packages.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

venv=.venv
supported='import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
version_of='import sys; print("%d.%d" % sys.version_info[:2])'

say() { printf 'set-up: %s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

# The interpreter to build .venv with. A name on PATH proves nothing (pyenv leaves shims), so it runs.
find_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        "$PYTHON" -c "$supported" 2>/dev/null ||
            stop "PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13; name one that is."
        echo "$PYTHON"
        return
    fi
    for candidate in python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c "$supported" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    stop "no Python 3.11, 3.12 or 3.13 found; install one (Debian 12, Ubuntu 24.04 and later:" \
        "sudo apt-get install -y python3 python3-venv; Ubuntu 22.04: python3.11 python3.11-venv)" \
        "or name one: PYTHON=/path/to/python make demo"
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
known_to_apt() { [ -n "$(apt-cache --names-only search "^${1//+/\\+}\$" 2>/dev/null)" ]; }

# Prints the package lines of which no alternative is installed, as "a b c" each.
missing_lines() {
    local line name
    while IFS= read -r line; do
        line=${line%%#*}
        line=${line//|/ }
        [ -n "${line// /}" ] || continue
        for name in $line; do
            installed "$name" && continue 2
        done
        echo "$line"
    done
}

# Installs the requirements given on standard input (lines of alternatives), or says how to.
system_packages() {
    local lines chosen=() line name
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
    lines=$(missing_lines)
    [ -n "$lines" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        say "updating the package lists"
        DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null >&2 ||
            say "apt-get update failed; trying with the lists that are there"
    fi
    while IFS= read -r line; do
        read -r name _ <<<"$line"
        for candidate in $line; do
            if known_to_apt "$candidate"; then
                name=$candidate
                break
            fi
        done
        chosen+=("$name")
    done <<<"$lines"
    if [ "$(id -u)" != 0 ]; then
        say "these system packages are missing; install them and run make again:"
        say "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${chosen[*]}"
        [ -z "${SKIP_APT:-}" ] || { say "SKIP_APT is set: going on without them"; return 0; }
        exit 1
    fi
    say "installing ${chosen[*]}"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        "${chosen[@]}" </dev/null >&2 || stop "apt-get could not install: ${chosen[*]}"
}

# The interpreter to make .venv with, or nothing where the one that is there will do.
python_to_use() {
    local have="" python
    if [ -x $venv/bin/python ] && $venv/bin/python -c "$supported" 2>/dev/null; then
        [ -n "${PYTHON:-}" ] || return 0
        have=$($venv/bin/python -c "$version_of")
    fi
    python=$(find_python)
    [ "$("$python" -c "$version_of")" = "$have" ] || echo "$python"
}

can_make_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

make_venv() {
    can_make_venv "$1" || stop "$1 has no ensurepip and venv; install them for it (python3-venv)."
    say "making $venv with Python $("$1" -c "$version_of")"
    "$1" -m venv --clear $venv || stop "$1 could not make $venv."
}

install_locked() {
    local lock=packaging/requirements.txt stamp key
    [ "$1" = run ] || lock=packaging/requirements-$1.txt
    stamp=$venv/installed-$1
    key=$(cat packaging/requirements*.txt | cksum)
    [ "$(cat "$stamp" 2>/dev/null)" != "$key" ] || return 0
    say "installing what $lock lists"
    $venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$lock" ||
        stop "pip could not install $lock; is the package index reachable? Run make again then."
    $venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
        --no-build-isolation --editable . || stop "pip could not install rkviz itself."
    echo "$key" >$venv/installed-run # every lock holds what the program runs with
    echo "$key" >"$stamp"
}

case "${1:-}" in
run | dev | docs | package) ;;
*) stop "say 'run', 'dev', 'docs' or 'package'" ;;
esac
python=$(python_to_use)
{
    cat packaging/apt-packages.txt
    [ -z "$python" ] || can_make_venv "$python" || echo "python$("$python" -c "$version_of")-venv"
} | system_packages
[ -z "$python" ] || make_venv "$python"
install_locked "$1"
$venv/bin/python packaging/fetch_demo.py

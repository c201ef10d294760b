# Sourced by the other scripts: sets up what they need, says what it does, and is quick when there is nothing to do.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
bin=.venv/bin

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
stop() { printf '\033[1;31m==>\033[0m %s\n' "$*" >&2; exit 1; }

# Installs Debian packages that are missing; every argument is `command:package`.
need_commands() {
    local missing=() pair
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
    done
    [ ${#missing[@]} -eq 0 ] && return
    install_debian "${missing[@]}"
}

install_debian() {
    command -v apt-get >/dev/null || stop "Please install: $*. (There is no apt-get here to do it.)"
    local root=""
    [ "$(id -u)" -eq 0 ] || root=sudo
    say "Installing $* (Debian packages, about a minute)"
    $root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    stop "Warmcall needs Python 3.11 or newer; none was found as python3."
}

# Makes the virtual environment and installs the pinned packages of a requirements file, once per content.
need_packages() {
    local requirements=$1 what=$2 python stamp
    if [ ! -x $bin/python ]; then
        python=$(find_python)
        say "Making a virtual environment in .venv ($("$python" --version))"
        "$python" -m venv .venv 2>/dev/null || { install_debian python3-venv; "$python" -m venv --clear .venv; }
    fi
    stamp=$bin/.$(basename "$requirements").done
    if ! cat requirements*.txt pyproject.toml | cmp -s - "$stamp"; then
        say "Installing $what (pinned in $requirements)"
        $bin/python -m pip install --quiet -r "$requirements"
        $bin/python -m pip install --quiet --no-deps --editable .
        cat requirements*.txt pyproject.toml >"$stamp"
    fi
}

# Sets CHROMIUM to a Chromium for the browser tests.
need_chromium() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$name" ] && command -v "$name" >/dev/null; then
            CHROMIUM=$(command -v "$name")
            export CHROMIUM
            return
        fi
    done
    install_debian chromium
    CHROMIUM=$(command -v chromium)
    export CHROMIUM
}

# The same page tests run in Firefox.
need_firefox() {
    [ -n "${FIREFOX:-}" ] || need_commands firefox-esr:firefox-esr
}

# The nearest to Safari there is on Debian; it does not run without a screen, so there is one in memory.
need_webkit() {
    need_commands WebKitWebDriver:webkit2gtk-driver Xvfb:xvfb
}

# Real SIP peers for the telephony tests: sipp as caller and agent, baresip as a person's phone, Kamailio as the proxy in front.
need_sip_peers() {
    local modules
    modules=$(find /usr/lib -path '*kamailio/modules/*' \( -name evapi.so -o -name jansson.so \) 2>/dev/null | wc -l)
    if ! command -v sipp >/dev/null || ! command -v kamailio >/dev/null || [ "$modules" -lt 2 ]; then
        install_debian sip-tester kamailio kamailio-json-modules kamailio-extra-modules
    fi
    need_commands baresip:baresip-core
}

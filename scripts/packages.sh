# shellcheck shell=bash
# Which Debian packages the build and the tests need, and how to get them. Sourced by scripts/run, scripts/test
# and scripts/bench; the one place where packages are named.

build_packages=(
    g++ meson ninja-build pkg-config
    libuv1-dev libcurl4-openssl-dev libmbedtls-dev libcereal-dev libexpected-dev
    libboost-dev libcli11-dev libfmt-dev nlohmann-json3-dev
    libqrencode-dev libedit-dev libarchive-dev
)
# Boost.Test, the compiler of the sanitized build, the format check, a file system that refuses names, the shells whose completion is tried, and for tests/lan and tests/interop: namespaces, packet filters, other clients.
test_packages=(
    libboost-test-dev clang-14 libclang-rt-14-dev clang-format-14 ccache mandoc zsh fish
    python3 iproute2 nftables util-linux openssl ntfs-3g
    python3-libtorrent transmission-daemon transmission-cli aria2 opentracker qbittorrent-nox rtorrent
)
# The pages in a browser. Node.js comes with its npm where it is not from Debian.
web_packages=(chromium zbar-tools)
command -v npm >/dev/null || web_packages+=(nodejs npm)
bench_packages=(python3 iproute2 util-linux socat mktorrent transmission-cli openssl python3-libtorrent aria2 opentracker)

# missing_packages NAME... prints those that are not installed. On a system without dpkg it prints nothing: the
# build itself then says what it cannot find.
missing_packages() {
    command -v dpkg-query >/dev/null || return 0
    local installed
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p')
    printf '%s\n' "$@" | grep -vxF -e "${installed:-none}" || true
}

# Packages whose services Debian starts by itself. A test run must not leave a server behind.
_stop_services_of() {
    [ -d /run/systemd/system ] || return 0
    local package
    for package in "$@"; do
        case $package in
        transmission-daemon | opentracker) "${_as_root[@]}" systemctl disable --now "$package" || true ;;
        esac
    done
}

# install_packages NAME... gets what is missing; silent and quick when nothing is. Says in one line what it could not get.
install_packages() {
    local missing log
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0

    _as_root=()
    if [ "$(id -u)" != 0 ]; then
        _as_root=(sudo)
        [ -t 0 ] || _as_root=(sudo -n)
        if ! command -v sudo >/dev/null; then
            echo "$0: missing Debian packages (install them as root): ${missing[*]}" >&2
            return 1
        fi
    fi
    echo "Installing ${missing[*]}" >&2
    log=$(mktemp)
    local apt=("${_as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends --no-remove
        -o DPkg::Lock::Timeout=120)
    # The lists may be absent or old, so a first failure is answered by fetching them.
    if "${apt[@]}" install "${missing[@]}" >"$log" 2>&1 ||
        { "${apt[@]}" update && "${apt[@]}" install "${missing[@]}"; } >"$log" 2>&1; then
        _stop_services_of "${missing[@]}" >>"$log" 2>&1
        rm -f "$log"
        return 0
    fi
    echo "$0: missing Debian packages that could not be installed: ${missing[*]} (see $log)" >&2
    return 1
}

# install_webtorrent FOLDER gets a client of tests/interop from npm, where there is one. Its native module for WebRTC is
# left out; with the newest uint8-util it takes no magnet link.
install_webtorrent() {
    [ ! -e "$1/node_modules/webtorrent/package.json" ] || return 0
    if ! command -v npm >/dev/null; then
        echo "$0: webtorrent is not installed: there is no npm" >&2
        return 0
    fi
    mkdir -p "$1"
    echo '{ "private": true, "overrides": { "uint8-util": "2.2.5" } }' >"$1/package.json"
    (cd "$1" && timeout 180 npm install --ignore-scripts --no-audit --no-fund --no-package-lock webtorrent@2.8.5) >"$1.log" 2>&1 ||
        {
            rm -rf "$1"
            echo "$0: webtorrent could not be installed (see $1.log)" >&2
        }
}

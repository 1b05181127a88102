# shellcheck shell=bash
# Configuring and building, quietly. Sourced by scripts/run, scripts/test and scripts/bench from the root of the tree.

# One cache for all checkouts of the tree. Its precompiled headers stand for what precompiled() says of them.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1

# quietly LOG COMMAND...: its output is shown only when it fails.
quietly() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 && return 0
    cat "$log" >&2
    return 1
}

# configure DIR MESON_OPTION...: sets DIR up, or changes its options where they differ from those asked for before. A
# folder keeps its compiler: with another CXX it is set up anew.
configure() {
    local dir=$1
    shift
    local compiler=${CXX:-default} before
    before=$(cat "$dir/options" 2>/dev/null) || true
    case $before in
    '' | "$compiler: "*) ;;
    *) rm -rf "$dir" ;;
    esac
    mkdir -p "$dir"
    if [ ! -f "$dir/build.ninja" ]; then
        quietly "$dir/setup.log" meson setup "$dir" --wrap-mode=nodownload "$@" || return 1
    elif [ "$before" != "$compiler: $*" ]; then
        quietly "$dir/setup.log" meson configure "$dir" "$@" || return 1
    else
        return 0
    fi
    echo "$compiler: $*" >"$dir/options"
}

# build DIR [TARGET...]: a build that has nothing to do says nothing.
build() {
    local dir=$1
    shift
    quietly "$dir/build.log" ninja -C "$dir" "$@"
}

# build_shown DIR [TARGET...]: the same with a line on the terminal that says how far it is.
build_shown() {
    [ -t 2 ] || {
        build "$@"
        return
    }
    local dir=$1
    shift
    if (set -o pipefail && ninja -C "$dir" "$@" 2>&1 | tee "$dir/build.log" | _progress); then return 0; fi
    cat "$dir/build.log" >&2
    return 1
}
_progress() {
    local line left began=$SECONDS
    while IFS= read -r line; do
        [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
        left=$(((SECONDS - began) * (BASH_REMATCH[2] - BASH_REMATCH[1]) / BASH_REMATCH[1]))
        printf '\rBuilding node [%d/%d], %d:%02d left\e[K' "${BASH_REMATCH[@]:1}" $((left / 60)) $((left % 60)) >&2
    done
    printf '\r\e[K' >&2
}

# precompiled DIR: builds the precompiled headers of DIR. Clang writes the whole path of the tree into them, so that one of
# another checkout is of no use here: they are not taken from the cache. What is compiled with them is, for the same text
# and the same libraries: the cache looks at the file .sum beside each.
precompiled() {
    local headers header
    mapfile -t headers < <(ninja -C "$1" -t targets rule cpp_PCH)
    CCACHE_DISABLE=1 build "$1" "${headers[@]}" || return 1
    for header in "${headers[@]}"; do
        cat tests/unit/heads/boost_test.hpp /usr/include/boost/version.hpp >"$1/$header.sum"
    done
}

# Most of the time goes into reading the same headers: eight files of a room are taken as one. The tests stay as they are, with
# a precompiled header. (Two warnings make no sense for several files as one: a type with an unnamed namespace, which would be
# a fault of a header, and what hides a name of another file.)
_unity=(-Dunity=on -Dunity_size=8)
# configure_sanitized: the folder of the tests with ASan and UBSan, the same for all who use it. Clang needs two thirds of the
# time g++ does for this, and a second compiler sees what the first lets through. The checks left out cost a quarter of it;
# what they would find ends in a report of ASan's, too.
configure_sanitized() {
    CC="ccache clang-14" CXX="ccache clang++-14" configure build-asan -Dbuildtype=plain -Doptimization=1 -Db_pch=true \
        "${_unity[@]}" -Db_sanitize=address,undefined -Db_lundef=false -Dtests=true \
        '-Dcpp_args=-g1 -Wno-shadow -Xclang -fno-pch-timestamp -fno-sanitize=null,alignment,vptr,object-size' &&
        precompiled build-asan
}
_release=(-Dbuildtype=release "${_unity[@]}" '-Dcpp_args=-Wno-subobject-linkage -Wno-shadow')
# configure_release TESTS: the folder of the program; TESTS: true for its tests, too.
configure_release() { configure build "${_release[@]}" -Dtests="$1" -Dbench=true -Dwerror=true; }
# configure_program: the same for who wants the program alone. A folder that is set up stays as it is.
configure_program() { [ -f build/build.ninja ] || configure build "${_release[@]}" -Dtests=false; }

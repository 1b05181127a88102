# shellcheck shell=bash
# Configuring and building, quietly. Sourced by scripts/run, scripts/test and scripts/bench from the root of the tree.

# One cache for all checkouts of the tree, precompiled headers included.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros

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

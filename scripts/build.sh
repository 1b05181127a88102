# shellcheck shell=bash
# Configuring and building, quietly. Sourced by scripts/run, scripts/test and scripts/bench from the root of the tree.

# quietly LOG COMMAND...: its output is shown only when it fails.
quietly() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 && return 0
    cat "$log" >&2
    return 1
}

# configure DIR MESON_OPTION...: sets DIR up, or changes its options where they differ from those asked for before.
configure() {
    local dir=$1
    shift
    mkdir -p "$dir"
    if [ ! -f "$dir/build.ninja" ]; then
        quietly "$dir/setup.log" meson setup "$dir" --wrap-mode=nodownload "$@" || return 1
    elif [ "$(cat "$dir/options" 2>/dev/null)" != "$*" ]; then
        quietly "$dir/setup.log" meson configure "$dir" "$@" || return 1
    else
        return 0
    fi
    echo "$*" >"$dir/options"
}

# build DIR [TARGET...]: a build that has nothing to do says nothing.
build() {
    local dir=$1
    shift
    quietly "$dir/build.log" ninja -C "$dir" "$@"
}

// The arguments of the commands for running torrents.
#include <fmt/format.h>

#include "cli/arguments/values.hpp"

namespace bt::cli {

namespace {

std::string one_torrent(values& v, const raw_line& line) {
    if (line.arguments.empty()) v.refuse(fmt::format("{} of what? No TORRENT given", line.command->name));
    v.no_argument_after(1);
    return line.arguments.empty() ? "" : line.arguments.front();
}

}  // namespace

status_options read_status(values& v, const raw_line& line) { return {line.arguments, v.flag("watch")}; }

files_options read_files_of(values& v, const raw_line& line) { return {one_torrent(v, line)}; }

pieces_options read_pieces(values& v, const raw_line& line) { return {one_torrent(v, line)}; }

speeds_options read_speeds(values& v) {
    v.no_argument_after(0);
    return {v.flag("watch")};
}

torrents_options read_torrents(values& v, const raw_line& line, torrent_action action) {
    if (line.arguments.empty()) v.refuse(fmt::format("{} what? No TORRENT given", line.command->name));
    return {action, line.arguments, v.flag("now")};
}

remove_options read_remove(values& v, const raw_line& line) {
    // no variable and no file may mean that
    remove_options o{line.arguments, v.on_line("delete"), v.on_line("yes"), {}};
    if (v.on_line("watch-folder")) v.path("watch-folder", o.watched, "a folder");
    if (line.arguments.empty() && o.watched.empty()) v.refuse("remove what? No TORRENT given");
    if (!o.watched.empty() && (o.deletes || !line.arguments.empty()))
        v.refuse("--watch-folder DIR stands alone: files stay, and so do other torrents");
    return o;
}

move_options read_move(values& v, const raw_line& line) {
    if (line.arguments.size() < 2) v.refuse("move what, and where? Wanted: TORRENT DIR");
    v.no_argument_after(2);
    if (line.arguments.size() < 2) return {};
    if (line.arguments[1].empty()) v.refuse("move where to? The DIR is empty");
    return {line.arguments[0], line.arguments[1], v.on_line("find")};
}

set_options read_set(values& v, const raw_line& line) {
    set_options o;
    if (line.arguments.empty()) v.refuse("set what? No TORRENT given");
    v.no_argument_after(1);
    if (!line.arguments.empty()) o.torrent = line.arguments.front();
    // the variables of share and get are not meant: what is not on the line stays as it is
    if (v.on_line("down-limit")) v.rate("down-limit", o.down_limit.emplace());
    if (v.on_line("up-limit")) v.rate("up-limit", o.up_limit.emplace());
    if (v.on_line("select")) read_files(v, "select", o.select.emplace());
    if (v.on_line("first")) read_files(v, "first", o.first.emplace(), true);
    if (v.on_line("last")) read_files(v, "last", o.last.emplace(), true);
    if (v.on_line("rename")) v.text("rename", o.rename.emplace());
    if (v.on_line("seed")) read_seed(v, o.seed.emplace(), false);
    if (v.on_line("label")) {
        o.labels.emplace();
        if (v.find("label")->words != std::vector<std::string>{""}) read_labels(v, *o.labels);
    }
    const bool more = o.down_limit || o.up_limit || o.select || o.first || o.last || o.seed || o.labels;
    if (more && o.rename) v.refuse("--rename and other options of 'set' exclude each other");
    if (!more && !o.rename)
        v.refuse(
            "set what? --down-limit, --up-limit, --select, --first, --last, --seed, --label or --rename");
    return o;
}

}  // namespace bt::cli

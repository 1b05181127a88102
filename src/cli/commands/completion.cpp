// `completion`: the script for a shell, and what that asks for while a line is written.
#include "cli/arguments/completion.hpp"

#include <unistd.h>

#include <algorithm>

#include "app/control/torrent_remote.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/display/format.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {
namespace {

/// A user who pressed a key waits no longer: torrents of nodes that do not answer are left out.
constexpr unsigned patience_seconds = 1;

/// The name, where it can be written and means one torrent; else the hash.
std::string word_of(const app::remote_torrent& one, const std::vector<app::remote_torrent>& all) {
    const auto& name = one.status.name;
    const auto same = std::count_if(
        all.begin(), all.end(), [&](const app::remote_torrent& each) { return each.status.name == name; });
    const bool fits = same == 1 && !name.empty() && name == printable(name, name.size() + 1);
    return fits ? name : to_hex(one.status.hash.span());
}

void print_torrents(output& out, const std::string& begun) {
    ::alarm(patience_seconds);
    app::running_nodes nodes;
    const auto all = nodes.torrents();
    if (!all) return;
    for (const auto& each : *all)
        if (const auto word = word_of(each, *all); word.starts_with(begun))
            out.result(word + "\t" + std::string(to_string(each.status.state)));
    if (std::string_view("all").starts_with(begun)) out.result("all\tevery torrent that runs");
}

ending answer_shell(output& out, const std::vector<std::string>& words) {
    const auto found = complete(words);
    for (const auto& word : found.words) out.result(word.text + "\t" + word.about);
    if (found.files) out.result(":files");
    if (found.folders) out.result(":folders");
    if (found.torrents) print_torrents(out, words.empty() ? "" : words.back());
    return {out.lost_or_done()};
}

}  // namespace

ending completion(const general_options& general, completion_options options) {
    output out(general);
    if (options.shell.empty()) return answer_shell(out, options.words);
    out.result_lines(completion_script(options.shell, general.program));
    return {out.lost_or_done()};
}

}  // namespace bt::cli

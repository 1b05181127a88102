// `remove`: a torrent ends, and with --delete its files go, too.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "app/control/torrent_json.hpp"
#include "base/json.hpp"
#include "base/size_text.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/commands/hand_over.hpp"
#include "cli/commands/running_torrents.hpp"
#include "cli/display/format.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {
namespace {

using torrents = std::vector<app::remote_torrent>;

std::string original_text(const app::torrent_status& s) {
    return fmt::format("{}: {}, {}, in {}", shown_name(s), counted(s.file_count, "file"), size_text(s.size),
                       printable(s.folder, 4'096));
}

/// What is shared from where its owner put it may be the only copy. Nothing: it may go.
std::optional<error> ask(output& out, const torrents& chosen, bool yes) {
    const auto is_original = [](const app::remote_torrent& each) { return each.status.shared; };
    if (yes || std::none_of(chosen.begin(), chosen.end(), is_original)) return std::nullopt;
    std::string list;
    for (const auto& each : chosen)
        if (is_original(each)) list += "\n  " + original_text(each.status);
    if (::isatty(STDIN_FILENO) != 1 || !out.err().is_terminal)
        return error{errc::usage, "--delete would delete what is shared from its own place:" + list,
                     "nothing was done; --yes deletes it without asking"};
    std::cerr << "This deletes the originals, not copies:" << list << "\nDelete? [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (const auto word = to_lower(answer); word == "y" || word == "yes") return std::nullopt;
    return error{errc::failure, "nothing was done", {}};
}

class removal {
  public:
    removal(output& out, app::running_nodes& nodes, const torrents& all)
        : out_(out), nodes_(nodes), all_(all) {}

    void keep_files(const app::remote_torrent& one) {
        const auto done = nodes_.tell(one, "torrent_remove");
        if (!done) return fails(done.error(), one);
        say(one, fmt::format("files kept in {}", printable(one.status.folder, 4'096)), {});
    }

    void delete_files(const app::remote_torrent& one) {
        const auto done = nodes_.remove_with_files(one);
        if (!done) return fails(done.error(), one);
        auto text = done->files > 0
                        ? fmt::format("deleted {}, {}", counted(done->files, "file"), size_text(done->bytes))
                        : std::string(done->kept.empty() ? "no file was there" : "no file was deleted");
        if (!done->folder_left.empty())
            text += fmt::format("; {} stays, others' files are in it", printable(done->folder_left, 4'096));
        say(one, text, app::to_json(*done));
        for (const auto& kept : done->kept)
            fails({errc::storage, fmt::format("'{}' stays: {}", printable(kept.path, 4'096), kept.why), {}},
                  one);
        if (done->more_kept > 0)
            fails({errc::storage, fmt::format("and {} more", counted(done->more_kept, "file")), {}}, one);
    }

    ending over() {
        if (out_.general().json) out_.result(json{{"schema", 1}, {"torrents", std::move(list_)}}.dump());
        code_ = worse(code_, out_.lost_or_done());
        return {code_};
    }

  private:
    void fails(const error& why, const app::remote_torrent& one) {
        out_.error(why, &one.status.hash);
        code_ = worse(code_, exit_code_of(why.code));
    }

    void say(const app::remote_torrent& one, const std::string& besides, const json& deleted) {
        if (!out_.general().json)
            return out_.result(fmt::format("removed {} ({})", torrent_label(all_, one), besides));
        json done = {
            {"hash_string", to_hex(one.status.hash.span())}, {"name", one.status.name}, {"done", "removed"}};
        if (deleted.members() != nullptr) done["deleted"] = deleted;
        list_.push_back(std::move(done));
    }

    output& out_;
    app::running_nodes& nodes_;
    const torrents& all_;
    json list_ = json::array{};
    exit_code code_ = exit_code::done;
};

}  // namespace

ending remove(const general_options& general, remove_options options) {
    output out(general);
    if (!options.watched.empty()) return hand_over_folder(out, options.watched, false);
    if (options.yes && !options.deletes)
        return out.fails({errc::usage, "--yes answers what --delete asks", "give both, or none"});
    app::running_nodes nodes;
    const auto chosen = all_or_none(nodes, out, options.torrents);
    if (!chosen) return out.fails(chosen.error());
    if (options.deletes)
        if (const auto refused = ask(out, *chosen, options.yes)) return out.fails(*refused);
    removal to(out, nodes, *chosen);
    for (const auto& each : *chosen) options.deletes ? to.delete_files(each) : to.keep_files(each);
    return to.over();
}

}  // namespace bt::cli

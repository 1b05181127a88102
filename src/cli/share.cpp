#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/hashing.hpp"
#include "cli/json.hpp"
#include "cli/transfer.hpp"

namespace bt::cli {

namespace {

namespace fs = std::filesystem;

/// One torrent each, or one in all where it got a name.
std::vector<std::vector<std::string>> grouped_paths(const share_options& options) {
    std::vector<std::vector<std::string>> groups;
    if (!options.make.name.empty()) return {options.paths};
    for (const auto& path : options.paths) groups.push_back({path});
    return groups;
}

/// Where it lies; a link is what it is called, not what it leads to.
fs::path place_of(const std::string& path) {
    std::error_code trouble;
    auto given = fs::absolute(path, trouble);
    if (!given.has_filename()) given = given.parent_path();  // "Videos/"
    const auto last = given.filename();
    const bool named = last != "." && last != "..";
    const auto whole = fs::weakly_canonical(named ? given.parent_path() : given, trouble);
    if (trouble) return given;
    return named ? whole / last : whole;
}

result<void> check_different(const std::vector<std::string>& paths) {
    std::map<fs::path, std::string> places;
    for (const auto& path : paths)
        if (const auto [earlier, fresh] = places.emplace(place_of(path), path); !fresh)
            return fail(errc::usage,
                        earlier->second == path ? fmt::format("'{}' is given twice", printable(path))
                                                : fmt::format("'{}' and '{}' are the same",
                                                              printable(earlier->second), printable(path)),
                        "name it once");
    return {};
}

item item_of(const app::made_torrent& made, const std::vector<std::string>& paths) {
    item what;
    what.given = paths.front();
    what.hash = made.torrent.info.hash;
    what.name = printable(made.torrent.info.name);
    what.torrent = made.torrent;
    what.magnet_link = magnet_link(made.torrent);
    return what;
}

}  // namespace

ending share(const general_options& general, share_options options) {
    output out(general);
    const auto reports = make_reporter(out);
    auto refuse = [&](const error& why) {
        reports->failed(nullptr, why);
        return ending{exit_code_of(why.code)};
    };

    if (const auto fine = check_different(options.paths); !fine) return refuse(fine.error());
    // All is hashed before the first link is given away: a wrong path ends the command before anybody waits
    // for it.
    std::vector<std::pair<app::made_torrent, item>> torrents;
    for (const auto& paths : grouped_paths(options)) {
        auto hashed = hash_paths(options.make, paths, *reports);
        if (hashed.signal != 0) return {exit_code::done, hashed.signal};
        if (!hashed.made) return refuse(hashed.made.error());
        for (const auto& left_out : hashed.made->skipped) reports->warned(printable(left_out));
        item what = item_of(*hashed.made, paths);
        torrents.emplace_back(std::move(*hashed.made), std::move(what));
    }
    if (options.make.is_private && options.make.trackers.empty())
        reports->warned("a private torrent without a tracker: nobody can find it but by --peer");
    if (!options.save.empty())
        if (auto saved = app::write_file(options.save, torrents.front().first.file, false); !saved)
            return refuse(saved.error());

    auto session = app::session::start(options.session);
    if (!session) return refuse(session.error());
    transfer running(out, *reports, **session, options.session);
    for (auto& [made, what] : torrents)
        running.share({std::move(made.torrent), std::move(made.paths), options.until, options.unlisted,
                       std::move(made.stamps)},
                      std::move(what));
    ending end = running.run();
    end.code = worse(end.code, out.lost_or_done());
    return end;
}

}  // namespace bt::cli

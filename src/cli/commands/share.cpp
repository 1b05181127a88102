#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "app/watch/folder_watcher.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/commands/hand_over.hpp"
#include "cli/commands/hashing.hpp"
#include "cli/commands/transfer.hpp"
#include "cli/json/json.hpp"

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

/// Each place once.
std::vector<std::string> different_paths(const std::vector<std::string>& paths, reporter& reports) {
    std::map<fs::path, std::string> places;
    std::vector<std::string> different;
    for (const auto& path : paths) {
        const auto [earlier, fresh] = places.emplace(place_of(path), path);
        if (fresh)
            different.push_back(path);
        else if (earlier->second == path)
            reports.warned(fmt::format("'{}' is given twice; it is shared once", printable(path)));
        else
            reports.warned(fmt::format("'{}' and '{}' are the same; it is shared once",
                                       printable(earlier->second), printable(path)));
    }
    return different;
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

class share_command {
  public:
    share_command(const general_options& general, share_options options)
        : out_(general), options_(std::move(options)), reports_(make_reporter(out_)) {}

    ending run() {
        if (options_.hand_over)
            if (const auto daemon = running_daemon(); !daemon) return refuse(daemon.error());
        options_.paths = different_paths(options_.paths, *reports_);
        if (const int signal = hash_all(); signal != 0) return {exit_code::done, signal};
        if (torrents_.empty() && options_.watched.empty()) return {code_};
        if (options_.make.is_private && options_.make.trackers.empty())
            reports_->warned("a private torrent without a tracker: nobody can find it but by --peer");
        if (!options_.save.empty())
            if (auto saved = app::write_file(options_.save, torrents_.front().first.file, false); !saved)
                return refuse(saved.error());
        return options_.hand_over ? hand_over_all() : share_all();
    }

  private:
    ending refuse(const error& why) {
        reports_->failed(nullptr, why);
        code_ = worse(code_, exit_code_of(why.code));
        return {code_};
    }

    /// What cannot be shared is said before the first of the others is hashed, which may take long: they are
    /// shared without it.
    std::vector<std::vector<std::string>> shareable_groups() {
        auto groups = grouped_paths(options_);
        if (groups.size() == 1) return groups;
        std::erase_if(groups, [&](const std::vector<std::string>& paths) {
            const auto fine = app::look_at_paths(options_.make, paths);
            if (!fine) refuse(fine.error());
            return !fine;
        });
        return groups;
    }

    /// All is hashed before the first link is given away. Gives the signal that ended it, or 0.
    int hash_all() {
        for (const auto& paths : shareable_groups()) {
            auto wish = options_.make;
            wish.reuse = true;
            auto hashed = hash_paths(std::move(wish), paths, *reports_);
            if (hashed.signal != 0) return hashed.signal;
            if (hashed.made)
                keep(std::move(*hashed.made), paths);
            else
                refuse(hashed.made.error());
        }
        return 0;
    }

    void keep(app::made_torrent made, const std::vector<std::string>& paths) {
        for (const auto& left_out : made.skipped) reports_->warned(printable(left_out));
        item what = item_of(made, paths);
        what.unlisted = options_.unlisted;
        what.qr = options_.qr;
        what.web_seed = options_.web_seed;
        const auto same = std::find_if(torrents_.begin(), torrents_.end(),
                                       [&](const auto& one) { return one.second.hash == what.hash; });
        if (same != torrents_.end())
            return reports_->warned(fmt::format("'{}' holds the same as '{}'; it is shared once",
                                                printable(what.given), printable(same->second.given)));
        torrents_.emplace_back(std::move(made), std::move(what));
    }

    app::share_request request_for(app::made_torrent made) const {
        return {std::move(made.torrent), std::move(made.paths), options_.until, options_.unlisted,
                std::move(made.stamps)};
    }

    ending hand_over_all() {
        std::vector<app::saved_torrent> all;
        for (auto& [made, what] : torrents_) {
            app::saved_torrent one{request_for(std::move(made))};
            one.up_limit = options_.session.up_limit;
            all.push_back(std::move(one));
            reports_->result(what.magnet_link);
        }
        if (!all.empty()) code_ = worse(hand_over(out_, std::move(all), options_.qr, options_.wishes), code_);
        if (!options_.watched.empty())
            code_ = worse(hand_over_folder(out_, options_.watched, true).code, code_);
        return {code_};
    }

    /// What comes into the folder and goes.
    void watch(app::session& session, transfer& running) {
        const auto folder = app::watchable_folder(options_.watched);
        if (!folder) {
            refuse(folder.error());
            return;
        }
        running.hold();
        app::folder_watcher::told who;
        who.share = [this, &running](app::made_torrent made) {
            auto what = item_of(made, made.paths);
            what.unlisted = options_.unlisted;
            return running.share(request_for(std::move(made)), std::move(what));
        };
        who.end = [&session](torrent_id id) { session.remove(id); };
        who.warn = [this](const std::string& message) { reports_->warned(message); };
        auto making = options_.make;
        making.reuse = true;
        watcher_ = std::make_unique<app::folder_watcher>(session, *folder, std::move(making), std::move(who));
        out_.note(fmt::format("Watching {}: what lies in it is shared once it was quiet for some seconds.",
                              printable(*folder, 4'096)));
    }

    ending share_all() {
        mention_daemon(out_, "share");
        auto session = app::session::start(options_.session);
        if (!session) return refuse(session.error());
        transfer running(out_, *reports_, **session, options_.session);
        for (auto& [made, what] : torrents_) running.share(request_for(std::move(made)), std::move(what));
        if (!options_.watched.empty()) watch(**session, running);
        ending end = running.run();
        watcher_.reset();
        end.code = worse(worse(end.code, code_), out_.lost_or_done());
        return end;
    }

    output out_;
    share_options options_;
    const std::unique_ptr<reporter> reports_;
    std::vector<std::pair<app::made_torrent, item>> torrents_;
    exit_code code_ = exit_code::done;
    std::unique_ptr<app::folder_watcher> watcher_;
};

}  // namespace

ending share(const general_options& general, share_options options) {
    return share_command(general, std::move(options)).run();
}

}  // namespace bt::cli

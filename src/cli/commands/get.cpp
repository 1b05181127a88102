#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "app/sockets/listen_addresses.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/commands/find_share.hpp"
#include "cli/commands/hand_over.hpp"
#include "cli/commands/target.hpp"
#include "cli/commands/transfer.hpp"
#include "cli/display/format.hpp"
#include "cli/json/json.hpp"
#include "torrent/create.hpp"
#include "torrent/file_names.hpp"

namespace bt::cli {

namespace {

result<void> save_as(const std::string& path, const torrent::metainfo& torrent) {
    const torrent::torrent_plan plan{torrent.trackers, torrent.web_seeds, torrent.comment, torrent.created_by,
                                     torrent.creation_date};
    const bytes content = torrent::encode_torrent(plan, torrent.info.raw);
    if (auto there = app::read_torrent(path); there && there->info.hash == torrent.info.hash) return {};
    return app::write_file(path, content, false);
}

exit_code save_torrent(const item& what, const std::string& folder, reporter& reports) {
    const auto& name = what.torrent->info.name;
    const auto saved = save_as(fmt::format("{}/{}.torrent", folder, name), *what.torrent);
    if (saved) return exit_code::done;
    const auto other = torrent::windows_name(name);  // as the files are named where names are refused
    if (other != name && save_as(fmt::format("{}/{}.torrent", folder, other), *what.torrent))
        return exit_code::done;
    reports.warned(printable(saved.error().message, 4'096));
    return exit_code_of(saved.error().code);
}

void print_files(const torrent::metainfo& torrent, output& out) {
    std::size_t number = 0;
    result_block lines(out);
    if (out.out().is_terminal) lines.line("   #        SIZE  NAME");
    for (const auto& file : torrent.info.files) {
        if (file.padding) continue;
        ++number;
        if (!out.out().is_terminal)
            lines.line(fmt::format("{}\t{}\t{}", number, file.size, printable(file.path, 16'384)));
        else
            lines.line(fmt::format(
                "{:4}  {:>10}  {}", number, size_text(file.size),
                fit_text(printable(file.path, 16'384), size_of(1).columns - 19, out.out().ascii)));
    }
}

class get_command {
  public:
    get_command(const general_options& general, get_options options)
        : out_(general),
          options_(std::move(options)),
          // one document: no events of the way to it beside it
          reports_(options_.list && general.json ? make_plain(out_)
                                                 : make_reporter(out_, options_.get.to_stdout)) {}

    ending run() {
        read_targets();
        ending end{code_};
        if (!requests_.empty())
            end = options_.hand_over             ? hand_over_all()
                  : options_.list && all_known() ? list_known()
                                                 : transfer_all();
        reports_.reset();
        if (options_.list) print_lists();
        end.code = worse(end.code, code_);
        end.code = worse(end.code, out_.lost_or_done());
        return end;
    }

  private:
    void read_targets() {
        std::vector<std::string> names;
        for (const auto& text : options_.targets)
            if (is_name(text)) names.push_back(text);
        auto found = by_name(names);
        auto next = found.begin();
        for (const auto& text : options_.targets) {
            const bool named =
                next != found.end() && text == names[static_cast<std::size_t>(next - found.begin())];
            if (named)
                keep(std::move(*next++));
            else
                keep(read_target(text, options_.get.timeout, way()));
        }
    }

    outgoing way() const {
        const auto& session = options_.session;
        return app::outgoing_by(session.ipv4, session.ipv6, session.bind);
    }

    void keep(result<std::vector<named_target>> found) {
        if (!found) return refuse(found.error());
        for (auto& each : *found) keep(std::move(each.link), std::move(each.asked));
    }
    void keep(result<target> read) {
        if (!read) return refuse(read.error());
        keep(std::move(*read), {});
    }
    /// A torrent that is given twice is one download, which uses what either says of it.
    void keep(target what, app::asked_name asked) {
        const auto same = std::find_if(
            requests_.begin(), requests_.end(),
            [&](const app::get_request& earlier) { return hash_of(earlier.target) == hash_of(what); });
        if (same == requests_.end()) {
            auto& request = requests_.emplace_back(options_.get);
            request.target = std::move(what);
            request.asked = std::move(asked);
            return;
        }
        reports_->warned(first_name(what) + " is given twice; it is fetched once");
        if (std::holds_alternative<torrent::magnet>(same->target) &&
            std::holds_alternative<torrent::metainfo>(what))
            std::swap(same->target, what);
        add_sources(*same, what);
        if (asked.name.empty()) same->asked = {};  // named by its hash: whatever it is called
    }

    static void add_sources(app::get_request& request, const target& what) {
        const auto add = [](auto& to, const auto& more) { to.insert(to.end(), more.begin(), more.end()); };
        if (const auto* link = std::get_if<torrent::magnet>(&what)) {
            add(request.trackers, link->trackers);
            add(request.peers, link->peers);
            add(request.named_peers, link->named_peers);
        } else {
            for (const auto& tier : std::get<torrent::metainfo>(what).trackers) add(request.trackers, tier);
        }
    }

    void refuse(const error& why) {
        code_ = worse(code_, exit_code_of(why.code));
        reports_->failed(nullptr, why);
    }

    /// A torrent file of that name goes first, and what is called like one is taken for one. Anything else of
    /// that name may be what an earlier `get` left: then it is checked and kept.
    bool is_name(const std::string& text) const {
        if (!options_.session.lan || !looks_like_name(text)) return false;
        if (options_.all_shares || options_.newest_share || !options_.from_host.empty()) return true;
        struct stat facts {};
        if (::stat(text.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return true;
        return !text.ends_with(torrent_ending) && !app::read_torrent(text).has_value();
    }

    std::vector<result<std::vector<named_target>>> by_name(const std::vector<std::string>& names) {
        if (names.empty()) return {};
        const auto& session = options_.session;
        const bool patient = options_.get.timeout > duration{};
        app::look_options where{session, options_.get.trackers};
        if (options_.hand_over)  // whoever fetches it must find it there
            if (auto daemon = running_daemon()) {
                where.network = std::move(daemon->network);
                where.lan_port = daemon->lan_port;
            }
        return find_by_name(names, where, patient ? options_.get.timeout : name_time,
                            share_choice{options_.all_shares, options_.newest_share, options_.from_host});
    }

    bool all_known() const {
        return std::all_of(requests_.begin(), requests_.end(), [](const app::get_request& request) {
            return std::holds_alternative<torrent::metainfo>(request.target);
        });
    }

    ending list_known() {
        for (const auto& request : requests_) listed_.push_back(std::get<torrent::metainfo>(request.target));
        return {};
    }

    ending hand_over_all() {
        if (options_.in_its_folder) {
            auto daemon = running_daemon();
            if (!daemon) return out_.fails(daemon.error());
            options_.get.folder = std::move(daemon->download_folder);
        }
        std::vector<app::saved_torrent> all;
        for (auto& request : requests_) {
            request.folder = std::filesystem::absolute(options_.get.folder).string();
            app::saved_torrent what{std::move(request)};
            what.paused = options_.paused;
            what.down_limit = options_.session.down_limit;
            what.up_limit = options_.session.up_limit;
            what.labels = options_.labels;
            all.push_back(std::move(what));
        }
        return {hand_over(out_, std::move(all), false, options_.wishes)};
    }

    ending transfer_all() {
        if (!options_.get.metadata_only && !options_.get.to_stdout) mention_daemon(out_, "get");
        auto session = app::session::start(options_.session);
        if (!session) {
            reports_->failed(nullptr, session.error());
            return {exit_code_of(session.error().code)};
        }
        transfer running(out_, *reports_, **session, options_.session);
        running.on_metadata([this](const item& what) {
            if (options_.list) listed_.push_back(*what.torrent);
            if (options_.save_torrent)
                code_ = worse(code_, save_torrent(what, options_.get.folder, *reports_));
        });
        for (auto& request : requests_) {
            item what;
            what.hash = hash_of(request.target);
            what.name = first_name(request.target);
            if (const auto* known = std::get_if<torrent::metainfo>(&request.target)) what.torrent = *known;
            running.get(std::move(request), std::move(what));
        }
        return running.run();
    }

    void print_lists() {
        if (listed_.empty()) return;
        if (out_.general().json)
            out_.result([&](json_writer& to) { write_lists(to, listed_); });
        else
            for (const auto& torrent : listed_) print_files(torrent, out_);
    }

    output out_;
    get_options options_;
    std::unique_ptr<reporter> reports_;
    std::vector<app::get_request> requests_;  // of different torrents
    std::vector<torrent::metainfo> listed_;
    exit_code code_ = exit_code::done;
};

}  // namespace

ending get(const general_options& general, get_options options) {
    return get_command(general, std::move(options)).run();
}

}  // namespace bt::cli

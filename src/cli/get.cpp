#include <fmt/format.h>
#include <sys/stat.h>

#include <deque>

#include "app/listen_addresses.hpp"
#include "base/text.hpp"
#include "cli/by_name.hpp"
#include "cli/commands.hpp"
#include "cli/format.hpp"
#include "cli/json.hpp"
#include "cli/target.hpp"
#include "cli/transfer.hpp"
#include "torrent/create.hpp"

namespace bt::cli {

namespace {

exit_code save_torrent(const item& what, const std::string& folder, reporter& reports) {
    const auto& torrent = *what.torrent;
    const std::string path = fmt::format("{}/{}.torrent", folder, torrent.info.name);
    const torrent::torrent_plan plan{torrent.trackers, torrent.web_seeds, torrent.comment, torrent.created_by,
                                     torrent.creation_date};
    const bytes content = torrent::encode_torrent(plan, torrent.info.raw);
    if (auto there = app::read_torrent(path); there && there->info.hash == torrent.info.hash)
        return exit_code::done;
    const auto saved = app::write_file(path, content, false);
    if (saved) return exit_code::done;
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
        if (!targets_.empty()) end = options_.list && all_known() ? list_known() : transfer_all();
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

    void keep(result<named_target> found) {
        if (!found) return refuse(found.error());
        targets_.emplace_back(std::move(found->link));
        asked_.resize(targets_.size());
        asked_.back() = std::move(found->asked);
    }
    void keep(result<target> read) {
        if (!read) return refuse(read.error());
        targets_.push_back(std::move(*read));
        asked_.resize(targets_.size());
    }
    void refuse(const error& why) {
        code_ = worse(code_, exit_code_of(why.code));
        reports_->failed(nullptr, why);
    }

    /// A torrent file of that name goes first. Anything else of that name may be what an earlier `get` left:
    /// then it is checked and kept.
    bool is_name(const std::string& text) const {
        if (!options_.session.lan || !looks_like_name(text)) return false;
        struct stat facts {};
        if (::stat(text.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return true;
        return !app::read_torrent(text).has_value();
    }

    std::vector<result<named_target>> by_name(const std::vector<std::string>& names) {
        if (names.empty()) return {};
        const auto& session = options_.session;
        const bool patient = options_.get.timeout > duration{};
        return find_by_name(names,
                            {session.ipv4, session.ipv6, session.bind, session.lan_port, session.network,
                             options_.get.trackers},
                            patient ? options_.get.timeout : name_time);
    }

    bool all_known() const {
        for (const auto& target : targets_)
            if (std::holds_alternative<torrent::magnet>(target)) return false;
        return true;
    }

    ending list_known() {
        for (const auto& target : targets_) listed_.push_back(std::get<torrent::metainfo>(target));
        return {};
    }

    ending transfer_all() {
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
        for (std::size_t i = 0; i < targets_.size(); ++i) {
            auto& target = targets_[i];
            item what;
            what.hash = hash_of(target);
            what.name = first_name(target);
            if (const auto* known = std::get_if<torrent::metainfo>(&target)) what.torrent = *known;
            app::get_request request = options_.get;
            request.target = std::move(target);
            request.asked = std::move(asked_[i]);
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
    std::vector<target> targets_;
    std::vector<app::asked_name> asked_;  // of each target
    std::vector<torrent::metainfo> listed_;
    exit_code code_ = exit_code::done;
};

}  // namespace

ending get(const general_options& general, get_options options) {
    return get_command(general, std::move(options)).run();
}

}  // namespace bt::cli

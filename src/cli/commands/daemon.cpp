// `daemon`: a node in the background, and what asks it to end or how it stands.
#include "app/daemon/daemon.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "app/daemon/daemon_remote.hpp"
#include "app/daemon/starter.hpp"
#include "base/overloaded.hpp"
#include "base/text.hpp"
#include "cli/clock.hpp"
#include "cli/commands.hpp"
#include "cli/display/format.hpp"
#include "cli/display/log.hpp"
#include "cli/display/output.hpp"
#include "cli/interrupt.hpp"
#include "cli/unread_output.hpp"

namespace bt::cli {
namespace {

/// A firewall's rule names a port: the same every time, as long as it is free.
constexpr std::uint16_t first_port = 51413, last_port = 51422;

bool is_folder(const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

std::string default_downloads() {
    if (const char* folder = std::getenv("XDG_DOWNLOAD_DIR"); folder != nullptr && *folder == '/')
        return folder;
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home != '/') return ".";
    const auto usual = std::string(home) + "/Downloads";
    return is_folder(usual) ? usual : home;
}

result<std::unique_ptr<app::session>> start_session(app::session_options options) {
    if (options.port != 0) return app::session::start(options);
    for (options.port = first_port; options.port <= last_port; ++options.port) {
        auto session = app::session::start(options);
        if (session || session.error().code != errc::network) return session;
    }
    options.port = 0;
    return app::session::start(options);
}

using given_options = std::map<std::string, std::vector<std::string>>;

bool changes_at_once(std::string_view option) {
    return option == "down-limit" || option == "up-limit" || option == "quiet" || option == "verbose";
}

/// The names of what is not the same in both.
std::set<std::string> changed_between(const given_options& before, const given_options& now) {
    std::set<std::string> names;
    const auto add = [&](const given_options& from, const given_options& other) {
        for (const auto& [name, words] : from) {
            const auto same = other.find(name);
            if (same == other.end() || same->second != words) names.insert(name);
        }
    };
    add(before, now);
    add(now, before);
    return names;
}

class daemon_command {
  public:
    daemon_command(const general_options& general, daemon_options options)
        : out_(general), log_(out_), options_(std::move(options)) {
        if (options_.downloads.empty()) options_.downloads = default_downloads();
        // commands that ask for it are somewhere else
        const auto whole = [](const std::string& folder) {
            return std::filesystem::absolute(folder).lexically_normal().string();
        };
        options_.downloads = whole(options_.downloads);
        for (auto& each : options_.shares) each = whole(each);
    }

    ending run() {
        auto session = start_session(options_.session);
        if (!session) return out_.fails(session.error());
        session_ = std::move(*session);
        auto started = app::daemon::start(
            *session_, {options_.downloads, options_.shares}, options_.rpc,
            {[this](const auto& what, const auto* one) { happened(what, one); },
             [this](const error& why) {
                 log_.warning(why.hint.empty() ? why.message : why.message + "; " + why.hint);
             },
             [this](const std::string& text) { log_.info(text); }, &log_.lines()});
        if (!started) return out_.fails(started.error());
        daemon_ = std::move(*started);
        take_signals();
        session_->later([this] { tell_ready(); });
        unread_output unread;
        session_->every(1s, [&unread] { unread.flush(); });
        session_->run();
        daemon_->stop();
        app::notify_starter("STOPPING=1");
        log_.info("ended");
        session_.reset();  // its threads may still work for the list
        end_on_signals();
        return {out_.lost_or_done()};
    }

  private:
    void tell_ready() {
        const auto rpc = daemon_->rpc_url();
        log_.info(fmt::format("ready: {}, port {}, downloads to {}, {}{}",
                              counted(daemon_->torrents().size(), "torrent"), session_->port(),
                              printable(options_.downloads, 4'096),
                              rpc.empty() ? "no control port" : "control port ", rpc));
        app::notify_starter(
            fmt::format("READY=1\nSTATUS={}", counted(daemon_->torrents().size(), "torrent")));
    }

    void take_signals() {
        for (int number : {SIGINT, SIGTERM})
            session_->on_signal(number, [this, number] {
                if (!is_first(signal_, number)) return;
                log_.info("ending");
                daemon_->stop();
                session_->stop();
                end_on_signals();
            });
        session_->on_signal(SIGHUP, [this] { read_config_again(); });
    }

    /// What can change in a running daemon does; one line says what was read and what has to wait.
    void read_config_again() {
        general_options general;
        daemon_options now;
        if (const auto read = options_.again(general, now); !read)
            return log_.error(read.error().message + "; everything stays as it was");
        const auto changed = changed_between(options_.given, now.given);
        const bool limits = changed.contains("down-limit") || changed.contains("up-limit");
        if (limits) session_->set_limits(now.session.down_limit, now.session.up_limit);
        out_.set_detail(general.quiet, general.verbose);
        std::vector<std::string> taken, waiting;
        for (const auto& name : changed) (changes_at_once(name) ? taken : waiting).push_back(name);
        auto text = now.config.empty() ? std::string("no configuration file")
                                       : fmt::format("read {}", printable(now.config, 4'096));
        text += taken.empty() ? "; nothing changes" : "; changed: " + joined(taken, ", ");
        if (!waiting.empty()) text += "; needs a restart: " + joined(waiting, ", ");
        // what waits is told each time until it is restarted
        for (const auto& name : taken) take_over(name, now.given);
        log_.info(text);
    }

    void take_over(const std::string& name, const given_options& from) {
        const auto at = from.find(name);
        if (at == from.end())
            options_.given.erase(name);
        else
            options_.given[name] = at->second;
    }

    void happened(const app::happening& what, const app::listed_torrent* one) {
        const auto* general = std::get_if<app::warning>(&what.what);
        if (general != nullptr && (!general->detail || out_.general().verbose > 0))
            return log_.warning(one != nullptr ? name_of(*one) + ": " + printable(general->message)
                                               : printable(general->message));
        if (one == nullptr) return;
        const auto name = name_of(*one);
        std::visit(overloaded{
                       [&](const app::completed& done) {
                           if (done.was_there) return;
                           log_.info(fmt::format("complete: {} ({})", name, printable(done.path, 4'096)));
                       },
                       [&](const app::failed& end) {
                           log_.error(fmt::format("{}: {}; it is paused", name, printable(end.why.message)));
                       },
                       [&](const app::done& end) {
                           log_.info(fmt::format("{}: {}; it is paused", name, printable(end.why)));
                       },
                       [&](const app::removed&) { log_.info("removed: " + name); },
                       [&](const app::peer_banned& ban) {
                           log_.info(fmt::format("{}: {} is banned: {}", name, ban.peer.to_string(),
                                                 printable(ban.reason)));
                       },
                       [](const auto&) {},
                   },
                   what.what);
    }

    std::string name_of(const app::listed_torrent& one) const {
        const auto id = session_->find(one.hash);
        const auto name = id ? printable(session_->brief_status(*id).name) : "";
        return name.empty() ? short_hash(one.hash) : name;
    }

    output out_;
    log log_;
    daemon_options options_;
    std::unique_ptr<app::daemon> daemon_;  // outlives the threads of the session
    std::unique_ptr<app::session> session_;
    int signal_ = 0;
};

ending stop_daemon(output& out) {
    app::daemon_remote remote;
    const auto found = remote.find();
    if (!found) return out.fails(found.error());
    if (const auto stopped = remote.stop(*found); !stopped) return out.fails(stopped.error());
    out.result(out.general().json ? json{{"schema", 1}, {"stopped", found->process}}.dump()
                                  : fmt::format("stopped daemon {}", found->process));
    return {out.lost_or_done()};
}

ending describe_daemon(output& out) {
    app::daemon_remote remote;
    const auto found = remote.find();
    if (!found) return out.fails(found.error());
    if (out.general().json) {
        out.result(json{{"schema", 1},
                        {"process", found->process},
                        {"version", found->version},
                        {"torrents", found->torrents},
                        {"since", static_cast<std::int64_t>(found->since)},
                        {"download_folder", found->download_folder},
                        {"state_folder", found->state_folder},
                        {"rpc", found->rpc},
                        {"page", found->page},
                        {"watched", json::array(found->watched.begin(), found->watched.end())},
                        {"socket", found->socket}}
                       .dump());
        return {out.lost_or_done()};
    }
    const auto row = [&](std::string_view label, std::string_view value) {
        out.result(fmt::format("{:<10} {}", label, printable(value, 4'096)));
    };
    row("Daemon", fmt::format("process {}, {}", found->process, found->version));
    row("Torrents", std::to_string(found->torrents));
    row("Downloads", found->download_folder);
    row("State", found->state_folder);
    for (const auto& each : found->watched) row("Watched", each);
    row("Control", found->rpc.empty() ? "no port" : found->rpc);
    if (!found->page.empty()) row("Page", found->page);
    row("Socket", found->socket);
    return {out.lost_or_done()};
}

}  // namespace

ending daemon(const general_options& general, daemon_options options) {
    output out(general);
    switch (options.action) {
        case daemon_action::stop:
            return stop_daemon(out);
        case daemon_action::status:
            return describe_daemon(out);
        case daemon_action::run:
            break;
    }
    return daemon_command(general, std::move(options)).run();
}

}  // namespace bt::cli

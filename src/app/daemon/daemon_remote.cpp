#include "app/daemon/daemon_remote.hpp"

#include <unistd.h>

#include <string>
#include <vector>

#include "app/control/control_client.hpp"
#include "app/control/control_place.hpp"
#include "app/daemon/handed_over.hpp"
#include "app/daemon/torrent_list.hpp"
#include "app/files/state_record.hpp"
#include "net/loop.hpp"

namespace bt::app {
namespace {

constexpr duration stop_time = 5s, daemon_look_time = 20ms;

/// Its socket goes first: what it holds is free when the process has ended. One whose parent has not asked
/// for its end yet holds nothing any more.
bool has_ended(std::uint64_t process) {
    const auto state = state_of_process(process);
    return state == '\0' || state == 'Z';
}

std::string text_of(const json& from, const char* key) {
    return std::string(from.find_text(key).value_or(""));
}

}  // namespace

std::size_t torrents_at_rest() { return daemon_runs_here() ? 0 : torrent_list::count(state_folder()); }

bool daemon_runs_here() { return torrent_list::is_taken(state_folder()); }

struct daemon_remote::impl {
    net::loop loop;
};

daemon_remote::daemon_remote() : impl_(std::make_unique<impl>()) {}
daemon_remote::~daemon_remote() = default;

result<daemon_standing> daemon_remote::find() {
    const auto sockets = control_sockets(control_folders());
    const auto answers = call_all(impl_->loop, sockets, "daemon");
    std::vector<std::string> silent;
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        const auto& answer = answers[i];
        if (!answer) {  // a share or a get refuses
            if (answer.error().code == errc::no_node && !is_left(sockets[i]))
                silent.push_back(process_of(sockets[i]));
            continue;
        }
        daemon_standing found{sockets[i],
                              text_of(*answer, "state_folder"),
                              text_of(*answer, "download_folder"),
                              text_of(*answer, "version"),
                              text_of(*answer, "rpc"),
                              text_of(*answer, "page"),
                              answer->find_natural("process").value_or(0),
                              answer->find_natural("torrents").value_or(0),
                              0};
        found.network = text_of(*answer, "network");
        found.lan_port = static_cast<std::uint16_t>(answer->find_natural("lan_port").value_or(0));
        if (const auto* since = answer->find("since")) found.since = since->number().value_or(0);
        if (const auto* watched = answer->find("watched");
            watched != nullptr && watched->elements() != nullptr)
            for (const auto& each : *watched->elements())
                found.watched.emplace_back(each.text().value_or(""));
        return found;
    }
    if (silent.empty()) {
        const auto resting = torrents_at_rest();
        return fail(errc::no_node, "no daemon of yours is running",
                    resting == 0
                        ? "start one with 'daemon'"
                        : "start it with 'daemon': torrents that wait for it: " + std::to_string(resting));
    }
    return fail(errc::no_node, "no daemon of yours answers; process " + silent.front() + " does not",
                "it may be the daemon, stopped: kill -CONT " + silent.front() + " lets it go on");
}

result<given_torrent> daemon_remote::give(const daemon_standing& to, const saved_torrent& what) {
    const auto path = hand_over(to.state_folder, what);
    if (!path) return unexpected<error>(path.error());
    const auto answer = call_and_wait(impl_->loop, to.socket, "torrent_take", {{"file", *path}});
    ::unlink(path->c_str());
    if (!answer) return unexpected<error>(answer.error());
    const auto says = [&](const char* key) {
        const auto* found = answer->find(key);
        return found != nullptr && found->boolean() == true;
    };
    return given_torrent{answer->find_natural("id").value_or(0), text_of(*answer, "name"), says("duplicate"),
                         says("resumed"), text_of(*answer, "url")};
}

result<void> daemon_remote::watch(const daemon_standing& to, const std::string& folder, bool on) {
    const auto answer =
        call_and_wait(impl_->loop, to.socket, on ? "folder_watch" : "folder_unwatch", {{"folder", folder}});
    if (!answer) return unexpected<error>(answer.error());
    return {};
}

result<void> daemon_remote::stop(const daemon_standing& which) {
    const auto answer = call_and_wait(impl_->loop, which.socket, "daemon_stop", json::object{});
    if (!answer) return unexpected<error>(answer.error());
    for (duration waited{}; waited < stop_time; waited += daemon_look_time) {
        if (is_left(which.socket) && has_ended(which.process)) return {};
        wait_on(impl_->loop, daemon_look_time);
    }
    return fail(errc::unfinished, "the daemon does not end");
}

}  // namespace bt::app

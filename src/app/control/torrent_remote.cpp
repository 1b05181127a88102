#include "app/control/torrent_remote.hpp"

#include <algorithm>

#include "app/control/control_client.hpp"
#include "app/control/control_place.hpp"
#include "app/control/torrent_json.hpp"
#include "base/text.hpp"
#include "net/loop.hpp"

namespace bt::app {
namespace {

/// Terabytes, on a slow disk.
constexpr duration delete_time = 1h, move_time = 24h;

/// What a node has told of its torrents so far.
struct told {
    std::string socket;
    std::unique_ptr<control_client> client;
    std::vector<torrent_status> torrents;
    std::optional<error> trouble;
};

/// They are there, stopped (Ctrl-Z) or stuck.
unexpected<error> none_answers(const std::vector<std::string>& silent) {
    std::string processes;
    for (const auto& process : silent) processes += (processes.empty() ? "" : ", ") + process;
    return fail(errc::no_node,
                silent.size() == 1
                    ? "a share or get of yours runs and does not answer (process " + processes + ")"
                    : std::to_string(silent.size()) +
                          " shares or gets of yours run and none answers (processes " + processes + ")",
                "it may be stopped: 'fg' in its terminal, or kill -CONT, lets it go on");
}

}  // namespace

struct running_nodes::impl {
    net::loop loop;

    std::size_t waiting = 0;
    void ask(told& node);
    void heard(told& node, const result<json>& answer);
    void over() {
        if (--waiting == 0) loop.stop();
    }
};

running_nodes::running_nodes() : impl_(std::make_unique<impl>()) {}
running_nodes::~running_nodes() = default;

void running_nodes::impl::ask(told& node) {
    node.client->call("torrents", {{"from", node.torrents.size()}},
                      [this, &node](const result<json>& answer) { heard(node, answer); });
}

void running_nodes::impl::heard(told& node, const result<json>& answer) {
    if (!answer) {
        node.trouble = answer.error();
        return over();
    }
    const auto* list = answer->find("torrents");
    std::size_t more = 0;
    if (list != nullptr && list->elements() != nullptr)
        for (const auto& each : *list->elements())
            if (auto status = read_torrent_status(each)) {
                node.torrents.push_back(std::move(*status));
                ++more;
            }
    if (more == 0 || node.torrents.size() >= answer->find_natural("count").value_or(0)) return over();
    ask(node);
}

result<std::vector<remote_torrent>> running_nodes::torrents() {
    if (const auto fine = look_at_control_folder(control_folder()); !fine)
        return fail(errc::no_node, fine.error().message, "what runs cannot be asked until that is mended");
    std::vector<told> nodes;
    for (auto& socket : control_sockets(control_folders())) nodes.push_back({std::move(socket), {}, {}, {}});
    std::reverse(nodes.begin(), nodes.end());
    impl_->waiting = nodes.size();
    for (auto& node : nodes) {
        node.client = std::make_unique<control_client>(impl_->loop, node.socket);
        impl_->ask(node);
    }
    if (!nodes.empty()) impl_->loop.run();
    std::vector<remote_torrent> all;
    bool answered = false;
    silent_.clear();
    for (auto& node : nodes) {
        answered = answered || !node.trouble;
        if (node.trouble && !is_left(node.socket)) silent_.push_back(process_of(node.socket));
        for (auto& status : node.torrents) all.push_back({node.socket, std::move(status)});
    }
    if (!answered && !silent_.empty()) return none_answers(silent_);
    if (!answered)
        return fail(errc::no_node, "nothing is running: start a share or a get first",
                    "they run until they are stopped, or until a get is over");
    return all;
}

result<torrent_status> running_nodes::look(const remote_torrent& which) {
    const auto answer =
        call_and_wait(impl_->loop, which.socket, "torrents", {{"hash", to_hex(which.status.hash.span())}});
    if (!answer) return unexpected<error>(answer.error());
    const auto* list = answer->find("torrents");
    if (list == nullptr || list->elements() == nullptr || list->elements()->empty())
        return fail(errc::bad_data, "the running node tells of no torrent");
    return read_torrent_status(list->elements()->front());
}

result<json> running_nodes::tell(const remote_torrent& which, const std::string& method, json params) {
    params["hash"] = to_hex(which.status.hash.span());
    return call_and_wait(impl_->loop, which.socket, method, std::move(params));
}

result<std::vector<file_standing>> running_nodes::files(const remote_torrent& which) {
    std::vector<file_standing> all;
    for (;;) {
        const auto page = tell(which, "torrent_files", {{"from", all.size()}});
        if (!page) return unexpected<error>(page.error());
        const auto before = all.size();
        const auto count = read_files_page(*page, all);
        if (!count) return unexpected<error>(count.error());
        if (all.size() == before || all.size() >= *count) return all;
    }
}

result<piece_standing> running_nodes::pieces(const remote_torrent& which) {
    piece_standing all;
    for (;;) {
        const auto page = tell(which, "torrent_pieces", {{"from", all.pieces.size()}});
        if (!page) return unexpected<error>(page.error());
        const auto before = all.pieces.size();
        const auto count = read_pieces_page(*page, all);
        if (!count) return unexpected<error>(count.error());
        if (all.pieces.size() == before || all.pieces.size() >= *count) return all;
    }
}

result<deleted_files> running_nodes::remove_with_files(const remote_torrent& which) {
    const auto answer =
        call_and_wait(impl_->loop, which.socket, "torrent_remove",
                      {{"hash", to_hex(which.status.hash.span())}, {"delete", true}}, delete_time);
    if (!answer) return unexpected<error>(answer.error());
    return read_deleted(*answer);
}

result<void> running_nodes::move(const remote_torrent& which, const std::string& folder, bool finds) {
    return of_daemon(which, "torrent_move", {{"folder", folder}, {"find", finds}});
}

result<void> running_nodes::rename(const remote_torrent& which, const std::string& name) {
    return of_daemon(which, "torrent_rename", {{"path", which.status.name}, {"name", name}});
}

result<void> running_nodes::label(const remote_torrent& which, const std::vector<std::string>& labels) {
    return of_daemon(which, "torrent_label", {{"labels", json::array(labels.begin(), labels.end())}});
}

result<void> running_nodes::of_daemon(const remote_torrent& which, const std::string& method, json params) {
    params["hash"] = to_hex(which.status.hash.span());
    const auto answer = call_and_wait(impl_->loop, which.socket, method, std::move(params), move_time);
    if (answer) return {};
    if (answer.error().message.find(method) != std::string::npos)  // a method it has not
        return fail(errc::failure, "a share or get of its own keeps its files where they are, and no labels",
                    "the daemon's torrents can be moved, renamed and labelled");
    return unexpected<error>(answer.error());
}

void running_nodes::wait(duration time) { wait_on(impl_->loop, time); }

}  // namespace bt::app

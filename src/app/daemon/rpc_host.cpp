#include "app/daemon/rpc_host.hpp"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>

#include "app/files/state_record.hpp"
#include "base/limits.hpp"

namespace bt::app {
namespace {

/// No link on the way is followed, and nothing above the folder is reached.
result<bytes> read_beneath(storage::file_system& files, const std::string& folder, const std::string& path) {
    const auto says = [](const storage::os_error& why) {
        return fail(errc::storage, std::strerror(why.number), {}, why.number);
    };
    const auto from = files.open(folder, storage::open_for::listing);
    if (!from) return says(from.error());
    const auto file = files.open_beneath(from->get(), path, storage::open_for::reading);
    if (!file) return says(file.error());
    const auto facts = files.facts(file->get());
    if (!facts) return says(facts.error());
    if (facts->kind != storage::file_kind::regular || facts->size > limits::torrent_file_bytes)
        return fail(errc::bad_data, "it is no .torrent file");
    bytes content(static_cast<std::size_t>(facts->size));
    std::size_t have = 0;
    while (have < content.size()) {
        const iovec rest{content.data() + have, content.size() - have};
        const auto got = files.read(file->get(), {&rest, 1}, have);
        if (!got) return says(got.error());
        if (*got == 0) break;
        have += *got;
    }
    content.resize(have);
    return content;
}

}  // namespace

rpc_host::rpc_host(daemon& of) : daemon_(of) {
    const auto& options = daemon_.node().options();
    facts_.since = now();
    facts_.port = daemon_.node().port();
    facts_.peers = options.peers;
    facts_.at_once = options.at_once;
    facts_.dht = options.use_dht;
    facts_.lan = options.lan;
    facts_.down_limit = options.down_limit;
    facts_.up_limit = options.up_limit;
    facts_.download_folder = daemon_.download_folder();
    facts_.state_folder = state_folder();
}

std::int64_t rpc_host::now() const { return static_cast<std::int64_t>(daemon_.node().wall_clock()); }

rpc::node_facts rpc_host::facts() const { return facts_; }

std::vector<std::uint32_t> rpc_host::torrents() const {
    std::vector<std::uint32_t> numbers;
    for (const auto& [number, one] : daemon_.torrents()) numbers.push_back(number);
    return numbers;
}

std::optional<std::uint32_t> rpc_host::find(const info_hash& hash) const {
    const auto* one = daemon_.find(hash);
    return one == nullptr ? std::nullopt : std::optional(one->number);
}

std::optional<torrent_id> rpc_host::running(std::uint32_t number) const {
    const auto* one = daemon_.find(number);
    return one != nullptr && daemon_.node().find(one->hash) == one->running ? std::optional(one->running)
                                                                            : std::nullopt;
}

std::optional<rpc::torrent_view> rpc_host::view(std::uint32_t number, bool with_pieces) const {
    const auto id = running(number);
    if (!id) return std::nullopt;
    const auto& one = *daemon_.find(number);
    const auto& node = daemon_.node();
    rpc::torrent_view view;
    view.number = number;
    view.added = one.added;
    view.labels = one.labels;
    view.trouble = one.trouble;
    view.finished = one.finished;
    view.status = with_pieces ? node.status(*id) : node.brief_status(*id);
    view.torrent = node.torrent(*id);
    const auto check = node.last_check(*id);
    if (check.number > 0 && !check.over && check.bytes_total > 0)
        view.checked = static_cast<double>(check.bytes_done) / static_cast<double>(check.bytes_total);
    return view;
}

std::optional<saved_torrent> rpc_host::saved(std::uint32_t number) const {
    const auto id = running(number);
    return id ? std::optional(daemon_.node().saved(*id)) : std::nullopt;
}

result<rpc::host::added> rpc_host::add(saved_torrent what) {
    const auto took = daemon_.take(std::move(what));
    if (!took) return unexpected<error>(took.error());
    return added{took->number, took->duplicate};
}

result<bytes> rpc_host::read_torrent_file(const std::string& path) {
    const auto& folder = facts_.download_folder;
    const bool inside = path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
    if (!inside)
        return fail(errc::usage, "a .torrent file of this machine is read from its download folder only",
                    "give its content as metainfo");
    return read_beneath(files_, folder, path.substr(folder.size() + 1));
}

void rpc_host::set_paused(std::uint32_t number, bool paused) {
    if (const auto id = running(number)) daemon_.node().set_paused(*id, paused);
}

void rpc_host::run_now(std::uint32_t number) {
    if (const auto id = running(number)) daemon_.node().run_now(*id);
}

void rpc_host::reannounce(std::uint32_t number) {
    if (const auto id = running(number)) daemon_.node().reannounce(*id);
}

result<void> rpc_host::verify(std::uint32_t number) {
    const auto id = running(number);
    if (!id) return {};
    if (const auto begun = daemon_.node().recheck(*id); !begun) return unexpected<error>(begun.error());
    return {};
}

result<void> rpc_host::choose(std::uint32_t number, file_choice choice) {
    const auto id = running(number);
    if (!id) return {};
    if (const auto chosen = daemon_.node().choose(*id, std::move(choice)); !chosen)
        return unexpected<error>(chosen.error());
    return {};
}

void rpc_host::set_limits(std::uint32_t number, std::uint64_t down, std::uint64_t up) {
    if (const auto id = running(number)) daemon_.node().set_limits(*id, down, up);
}

void rpc_host::label(std::uint32_t number, std::vector<std::string> labels) {
    daemon_.label(number, std::move(labels));
}

result<void> rpc_host::remove(std::uint32_t number, bool with_data) {
    const auto* one = daemon_.find(number);
    if (one == nullptr) return {};
    if (with_data)
        return fail(errc::failure,
                    "this node does not delete data yet: the torrent and its files stay as they are");
    daemon_.remove(*one);
    return {};
}

void rpc_host::set_limits(std::uint64_t down, std::uint64_t up) { daemon_.node().set_limits(down, up); }

result<rpc::host::space> rpc_host::free_space(const std::string& folder) {
    struct statvfs facts {};
    if (::statvfs(folder.c_str(), &facts) != 0) return fail(errc::storage, std::strerror(errno), {}, errno);
    return space{std::uint64_t{facts.f_bavail} * facts.f_frsize,
                 std::uint64_t{facts.f_blocks} * facts.f_frsize};
}

void rpc_host::close() {
    daemon_.node().later([node = &daemon_.node()] { node->stop(); });
}

}  // namespace bt::app

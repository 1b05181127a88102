#include "app/daemon/rpc_host.hpp"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "app/dht/dht_json.hpp"
#include "app/files/files.hpp"
#include "app/files/state_record.hpp"
#include "app/sockets/listen_addresses.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "storage/file_system.hpp"
#include "torrent/file_names.hpp"

namespace bt::app {
namespace {

constexpr std::size_t history_seconds = 300;

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

rpc_host::rpc_host(daemon& of)
    : daemon_(of),
      places_{of.share_folders(), state_folder()},
      http_(of.node().loop(),
            outgoing_by(of.node().options().ipv4, of.node().options().ipv6, of.node().options().bind)),
      first_number_(static_cast<std::uint64_t>(of.node().wall_clock() * 1'000)),
      rates_(history_seconds, first_number_),
      hashings_(of.node().loop(), places_, [this](saved_torrent what) { return add(std::move(what)); }),
      uploads_(std::make_shared<storage::system_files>(), of.download_folder(),
               [&node = of.node()](auto job) { node.in_background(std::move(job)); }),
      upload_timer_(of.node().loop(), [this] { end_idle_uploads(); }),
      checkups_(of.node(), of.download_folder()) {
    const auto& options = daemon_.node().options();
    facts_.since = now();
    facts_.port = daemon_.node().port();
    facts_.peers = options.peers;
    facts_.all_peers = limits::all_connections;
    facts_.at_once = options.at_once;
    facts_.dht = options.use_dht;
    facts_.lan = options.lan;
    facts_.down_limit = options.down_limit;
    facts_.up_limit = options.up_limit;
    facts_.download_folder = daemon_.download_folder();
    facts_.state_folder = state_folder();
    open_record();
}

/// Without it nothing is kept; the list of torrents, which lies beside it, is what matters.
void rpc_host::open_record() {
    auto record = storage::state_file::open(facts_.state_folder + "/rpc", "rpc 1", files_,
                                            storage::if_foreign::set_aside);
    if (!record) return daemon_.warn(record.error());
    record_ = std::move(*record);
    const auto content = record_->load();
    if (!content) return daemon_.warn(content.error());
    if (*content) kept_ = as_text(**content);
}

void rpc_host::keep(const std::string& text) {
    if (text == kept_) return;
    kept_ = text;
    if (!record_) return;
    if (const auto saved = record_->save_soon(as_bytes(text)); !saved) return daemon_.warn(saved.error());
    daemon_.sync_soon([this, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) record_->was_synced();
    });
}

std::int64_t rpc_host::now() const { return static_cast<std::int64_t>(daemon_.node().wall_clock()); }

std::int64_t rpc_host::minute_of_week() const {
    const std::time_t unix_now = now();
    std::tm local{};
    ::localtime_r(&unix_now, &local);
    return (local.tm_wday * 24 + local.tm_hour) * 60 + local.tm_min;
}

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

std::optional<info_hash> rpc_host::hash_of(std::uint32_t number) const {
    const auto* one = daemon_.find(number);
    return one == nullptr ? std::nullopt : std::optional(one->hash);
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
    if (!one.finished) view.trouble = one.why;
    view.finished = one.finished;
    view.status = with_pieces ? node.status(*id) : node.brief_status(*id);
    view.torrent = node.torrent(*id);
    if (node.is_listed(*id) || node.options().guests == guest_view::all)
        if (const auto pages = node.guest_url(); !pages.empty())
            view.share_url = pages + to_hex(one.hash.span()) + "/";
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

result<void> rpc_host::may_put_into(const std::string& folder) const { return may_put_at(folder, places_); }

void rpc_host::read_torrent_file(const std::string& path, done_fn<bytes> done) {
    const auto& folder = facts_.download_folder;
    const bool inside = path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
    if (!inside)
        return done(fail(errc::usage, "a .torrent file of this machine is read from its download folder only",
                         "give its content as metainfo"));
    in_background([folder, below = path.substr(folder.size() + 1), done = std::move(done)] {
        storage::system_files files;
        auto content = std::make_shared<result<bytes>>(read_beneath(files, folder, below));
        return [content, done] { done(std::move(*content)); };
    });
}

void rpc_host::fetch(const std::string& url, done_fn<fetched> done) {
    http_.get(url, torrent_url_limits(), [done = std::move(done)](net::http_result got) {
        if (!got) return done(unexpected<error>(got.error()));
        if (got->link.empty() && got->status != 200)
            return done(fail(errc::network, "http error " + std::to_string(got->status)));
        done(fetched{std::move(got->body), std::move(got->link)});
    });
}

void rpc_host::in_background(std::function<std::function<void()>()> job) {
    daemon_.node().in_background(
        [job = std::move(job), alive = std::weak_ptr(alive_)]() -> std::function<void()> {
            return [then = job(), alive] {
                if (!alive.expired()) then();
            };
        });
}

void rpc_host::set_paused(std::uint32_t number, bool paused) {
    if (const auto id = running(number)) daemon_.node().set_paused(*id, paused);
}

void rpc_host::run_now(std::uint32_t number) {
    if (const auto id = running(number)) daemon_.node().run_now(*id);
}

std::vector<std::uint32_t> rpc_host::queue() const {
    std::vector<std::uint32_t> numbers;
    for (const auto id : daemon_.node().queue())
        if (const auto* one = daemon_.find(id)) numbers.push_back(one->number);
    return numbers;
}

void rpc_host::set_place(std::uint32_t number, std::size_t place) {
    if (const auto id = running(number)) daemon_.node().set_place(*id, place);
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

void rpc_host::choose(std::uint32_t number, file_choice choice, done_fn<void> done) {
    const auto id = running(number);
    if (!id) return done({});
    daemon_.node().choose(
        *id, std::move(choice),
        [done = std::move(done), alive = std::weak_ptr(alive_)](const result<void>& chosen) {
            if (!alive.expired()) done(chosen);
        });
}

std::vector<rpc::host::tracker> rpc_host::trackers(std::uint32_t number) const {
    std::vector<tracker> all;
    const auto id = running(number);
    if (!id) return all;
    const auto unix_now = now();
    const auto loop_now = daemon_.node().loop().now();
    const auto as_unix = [&](const std::optional<time_point>& at) {
        return at ? unix_now + std::chrono::duration_cast<std::chrono::seconds>(*at - loop_now).count() : 0;
    };
    for (auto& each : daemon_.node().trackers(*id)) {
        tracker one;
        one.asked = as_unix(each.asked);
        one.answered = as_unix(each.answered);
        one.next = as_unix(each.next);
        one.is = std::move(each);
        all.push_back(std::move(one));
    }
    return all;
}

void rpc_host::set_trackers(std::uint32_t number, torrent::tracker_tiers tiers) {
    if (const auto id = running(number)) daemon_.node().set_trackers(*id, std::move(tiers));
}

void rpc_host::set_limits(std::uint32_t number, std::uint64_t down, std::uint64_t up) {
    if (const auto id = running(number)) daemon_.node().set_limits(*id, down, up);
}

void rpc_host::label(std::uint32_t number, std::vector<std::string> labels) {
    daemon_.label(number, std::move(labels));
}

void rpc_host::move(std::uint32_t number, const std::string& folder, bool finds, done_fn<void> done) {
    if (const auto id = running(number)) {
        const auto status = daemon_.node().brief_status(*id);
        if (auto may = may_put_at(path_in(folder, status.name), places_); !may) return done(std::move(may));
        if (const auto may = may_put_at(path_in(status.folder, status.name), places_); !may)
            return done(fail(errc::usage, "clients move nothing from where it lies: " + may.error().message));
    }
    daemon_.move(number, folder, finds,
                 [done = std::move(done), alive = std::weak_ptr(alive_)](const result<void>& moved) {
                     if (!alive.expired()) done(moved);
                 });
}

void rpc_host::rename(std::uint32_t number, const std::string& path, const std::string& name,
                      done_fn<void> done) {
    if (const auto id = running(number); id && torrent::safe_element(name) == name) {
        const auto fresh = path.substr(0, path.rfind('/') + 1) + name;
        if (auto may = may_put_at(path_in(daemon_.node().brief_status(*id).folder, fresh), places_); !may)
            return done(unexpected<error>(error{errc::failure, may.error().message, {}}));
    }
    daemon_.rename(number, path, name,
                   [done = std::move(done), alive = std::weak_ptr(alive_)](const result<void>& renamed) {
                       if (!alive.expired()) done(renamed);
                   });
}

void rpc_host::remove(std::uint32_t number, bool with_data, done_fn<void> done) {
    const auto* one = daemon_.find(number);
    if (one == nullptr) return done({});
    if (!with_data) {
        return daemon_.remove(*one, [done = std::move(done), alive = std::weak_ptr(alive_)] {
            if (!alive.expired()) done({});
        });
    }
    if (const auto id = running(number)) {
        const auto status = daemon_.node().brief_status(*id);
        if (const auto may = may_put_at(path_in(status.folder, status.name), places_); !may)
            return done(fail(errc::usage, "clients delete nothing where it lies: " + may.error().message +
                                              "; it can be removed without its data"));
    }
    daemon_.remove_with_files(
        *one, [done = std::move(done), alive = std::weak_ptr(alive_)](const deleted_files& what) {
            if (alive.expired()) return;
            if (what.kept.empty()) return done({});
            const auto& first = what.kept.front();
            done(fail(errc::storage, "the torrent is removed, and " +
                                         std::to_string(what.kept.size() + what.more_kept) +
                                         " of its files stay: " + first.path + ": " + first.why));
        });
}

void rpc_host::set_limits(std::uint64_t down, std::uint64_t up) { daemon_.node().set_limits(down, up); }

void rpc_host::set_most_connections(std::size_t most) { daemon_.node().set_most_connections(most); }

void rpc_host::set_discovery(bool lan, bool dht) { daemon_.node().set_discovery(lan, dht); }

result<rpc::host::space> rpc_host::free_space(const std::string& folder) {
    struct statvfs facts {};
    if (::statvfs(folder.c_str(), &facts) != 0) return fail(errc::storage, std::strerror(errno), {}, errno);
    return space{std::uint64_t{facts.f_bavail} * facts.f_frsize,
                 std::uint64_t{facts.f_blocks} * facts.f_frsize};
}

json::object rpc_host::lan(std::uint64_t since) {
    if (!lan_) lan_.emplace(daemon_.node(), first_number_);
    return lan_->look(since);
}

json::object rpc_host::dht() {
    const auto stats = daemon_.node().dht_stats();
    json all = {{"state", dht_state_word(stats)}};
    if (stats) all.append(to_json(*stats));
    return *all.members();
}

void rpc_host::note_rates() { rates_.push(daemon_.node().total_rates()); }

json::object rpc_host::history(std::uint64_t since) {
    json::array down, up;
    rates_.after(since, [&](std::uint64_t, const auto& rate) {
        down.emplace_back(rate.down);
        up.emplace_back(rate.up);
    });
    return {{"last", rates_.last()},
            {"interval", 1},
            {"time", now()},
            {"rate_download", std::move(down)},
            {"rate_upload", std::move(up)}};
}

json::object rpc_host::log(std::uint64_t since) {
    json::array lines;
    const auto* log = daemon_.log();
    if (log == nullptr) return {{"last", since}, {"lines", std::move(lines)}};
    log->after(since, [&](std::uint64_t number, const log_line& line) {
        lines.push_back({{"id", number}, {"time", line.time}, {"level", line.level}, {"text", line.text}});
    });
    return {{"last", log->last()}, {"lines", std::move(lines)}};
}

result<std::uint32_t> rpc_host::hash(rpc::hashing_wish what) { return hashings_.begin(std::move(what)); }

result<std::uint32_t> rpc_host::upload_begin(const rpc::upload_wish& what) {
    auto number = uploads_.begin(daemon_.node().loop().now(), what);
    end_idle_uploads();
    return number;
}

void rpc_host::end_idle_uploads() {
    uploads_.tick(daemon_.node().loop().now());
    upload_timer_.arm(uploads_.next_deadline());
}

void rpc_host::upload_part(std::uint32_t number, const std::string& path, std::uint64_t offset, bytes data,
                           done_fn<void> done) {
    uploads_.part(daemon_.node().loop().now(), number, path, offset, std::move(data), std::move(done));
}

void rpc_host::upload_end(std::uint32_t number, done_fn<std::uint32_t> done) {
    uploads_.end(number, [this, done = std::move(done)](result<std::string> path) {
        if (!path) return done(unexpected<error>(path.error()));
        rpc::hashing_wish wish;
        wish.path = std::move(*path);
        done(hashings_.begin(std::move(wish)));
    });
}

void rpc_host::close() {
    daemon_.node().later([node = &daemon_.node()] { node->stop(); });
}

}  // namespace bt::app

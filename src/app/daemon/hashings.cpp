#include "app/daemon/hashings.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace bt::app {
namespace {

namespace fs = std::filesystem;
using state = rpc::hashing::state;

constexpr std::size_t most_waiting = 100, most_over = 100, most_files = 8;

bool is_over(const rpc::hashing& one) {
    return one.how == state::done || one.how == state::failed || one.how == state::stopped;
}

}  // namespace

hashings::hashings(net::loop& on, client_places from, take_fn take)
    : loop_(on), from_(std::move(from)), take_(std::move(take)) {}

hashings::~hashings() {
    progress_.cancel = true;
    if (thread_.joinable()) thread_.join();
}

result<std::uint32_t> hashings::begin(rpc::hashing_wish what) {
    auto path = path_to_share(what.path, from_);
    if (!path) return unexpected<error>(path.error());
    const auto waiting = std::count_if(all_.begin(), all_.end(),
                                       [](const one& each) { return each.standing.how == state::waiting; });
    if (static_cast<std::size_t>(waiting) >= most_waiting)
        return fail(errc::failure, std::to_string(waiting) + " wait for their turn already");
    one fresh;
    fresh.standing.number = ++last_;
    fresh.standing.path = *path;
    fresh.standing.name = what.name.empty() ? fs::path(*path).filename().string() : what.name;
    fresh.wish = std::move(what);
    fresh.wish.path = std::move(*path);
    all_.push_back(std::move(fresh));
    start_next();
    return last_;
}

void hashings::start_next() {
    if (running_ != 0) return;
    const auto next = std::find_if(all_.begin(), all_.end(),
                                   [](const one& each) { return each.standing.how == state::waiting; });
    if (next == all_.end()) return;
    if (thread_.joinable()) thread_.join();  // it has told its end
    running_ = next->standing.number;
    next->standing.how = state::hashing;
    progress_.done = progress_.total = 0;
    progress_.cancel = false;
    make_request wish;
    wish.paths = {next->wish.path};
    wish.name = next->wish.name;
    wish.piece_bytes = next->wish.piece_bytes;
    wish.is_private = next->wish.is_private;
    wish.trackers = next->wish.trackers;
    wish.comment = next->wish.comment;
    wish.source = next->wish.source;
    wish.exclude = left_out_of(next->wish.path, from_);
    wish.reuse = true;
    wish.cancel = &progress_.cancel;
    wish.progress = [this](std::uint64_t done, std::uint64_t total) {
        progress_.done = done;
        progress_.total = total;
    };
    thread_ = std::thread([this, wish = std::move(wish), number = running_, post = loop_.make_poster(),
                           alive = std::weak_ptr(alive_)] {
        auto made = std::make_shared<result<made_torrent>>(make(wish));
        post([this, number, made, alive] {
            if (!alive.expired()) over(number, std::move(*made));
        });
    });
}

void hashings::over(std::uint32_t number, result<made_torrent> made) {
    running_ = 0;
    if (auto* what = find(number); what != nullptr) {
        auto& s = what->standing;
        s.bytes_done = progress_.done;
        s.bytes_total = progress_.total;
        if (progress_.cancel) {
            s.how = state::stopped;
        } else if (!made) {
            s.how = state::failed;
            s.trouble = made.error().message;
        } else {
            share(*what, std::move(*made));
        }
    }
    forget_old();
    start_next();
}

void hashings::share(one& what, made_torrent made) {
    auto& s = what.standing;
    s.how = state::done;
    s.bytes_done = s.bytes_total = made.torrent.info.payload_bytes();
    s.hash = made.torrent.info.hash;
    s.skipped = std::move(made.skipped);
    if (!what.wish.shares) {
        s.file = std::move(made.file);
        return;
    }
    bt::session::share_request request{std::move(made.torrent), std::move(made.paths), 0, what.wish.unlisted,
                                       std::move(made.stamps)};
    bt::session::saved_torrent wanted{std::move(request)};
    wanted.paused = what.wish.paused;
    wanted.labels = what.wish.labels;
    const auto taken = take_(std::move(wanted));
    if (!taken) {
        s.how = state::failed;
        s.trouble = taken.error().message;
        return;
    }
    s.torrent = taken->number;
    s.duplicate = taken->duplicate;
}

void hashings::stop(std::uint32_t number) {
    auto* what = find(number);
    if (what == nullptr) return;
    if (what->standing.how == state::waiting) what->standing.how = state::stopped;
    if (number == running_) progress_.cancel = true;
}

std::vector<rpc::hashing> hashings::list() const {
    std::vector<rpc::hashing> list;
    for (const auto& each : all_) {
        list.push_back(each.standing);
        if (each.standing.number != running_) continue;
        list.back().bytes_done = progress_.done;
        list.back().bytes_total = progress_.total;
    }
    return list;
}

void hashings::forget_old() {
    std::size_t count = 0, files = 0;
    for (auto at = all_.rbegin(); at != all_.rend(); ++at) {
        if (!at->standing.file.empty() && ++files > most_files) at->standing.file = {};
        if (is_over(at->standing) && ++count > most_over) at->standing.number = 0;
    }
    std::erase_if(all_, [](const one& each) { return each.standing.number == 0; });
}

hashings::one* hashings::find(std::uint32_t number) {
    const auto found = std::find_if(all_.begin(), all_.end(),
                                    [=](const one& each) { return each.standing.number == number; });
    return found == all_.end() ? nullptr : &*found;
}

}  // namespace bt::app

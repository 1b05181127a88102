#include "app/watch/folder_watcher.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "app/watch/watched_entries.hpp"
#include "base/text.hpp"
#include "net/folder_watch.hpp"
#include "net/timer.hpp"
#include "storage/hash_files.hpp"

namespace bt::app {
namespace {

namespace fs = std::filesystem;

constexpr duration look_pause = 3s, news_pause = 200ms;
/// Of a folder that takes long to look at, this much of the time.
constexpr int share_of_time = 20;

struct seen_folder {
    std::optional<std::vector<watched_entry>> entries;  ///< none: it cannot be read
    std::string trouble;
    duration took{};
};

seen_folder see(const std::string& folder) {
    const auto began = std::chrono::steady_clock::now();
    seen_folder seen;
    std::error_code trouble;
    std::vector<watched_entry> all;
    for (fs::directory_iterator at(folder, trouble), end; !trouble && at != end; at.increment(trouble)) {
        const auto name = at->path().filename().string();
        if (!watched_entries::is_meant(name)) continue;
        // a link may lead to what whoever made it cannot read
        if (at->is_symlink(trouble)) continue;
        watched_entry entry{name, {}};
        // what cannot be shared has no files: it is tried when it is quiet, and then it is said why
        if (const auto tree = storage::walk({at->path().string()}, "", {}))
            for (const auto& file : tree->files) entry.files.emplace_back(file.path, file.stamp);
        all.push_back(std::move(entry));
    }
    if (trouble)
        seen.trouble = trouble.message();
    else
        seen.entries = std::move(all);
    seen.took = std::chrono::duration_cast<duration>(std::chrono::steady_clock::now() - began);
    return seen;
}

}  // namespace

struct folder_watcher::impl : std::enable_shared_from_this<impl> {
    impl(session& on, std::string path, make_request how, told whom)
        : node(&on),
          folder(std::move(path)),
          making(std::move(how)),
          who(std::move(whom)),
          timer(std::in_place, on.loop(), [this] { look(); }) {
        news.emplace(on.loop(), folder, [this] { hear(); });
    }

    void adopt();
    void hear();
    void look();
    void seen(seen_folder what);
    void change(const watch_change& what);
    void make_next();
    void made(const std::string& name, result<made_torrent> outcome);
    void end(const std::string& name);
    std::optional<std::string> entry_of(torrent_id id) const;
    void stop() {
        cancelled = true;
        timer.reset();
        news.reset();
        node = nullptr;
    }

    session* node;  // null: it is over
    const std::string folder;
    const make_request making;
    told who;
    std::optional<net::timer> timer;
    std::optional<net::folder_watch> news;
    std::atomic<bool> cancelled = false;  // what is being hashed
    watched_entries entries;
    std::deque<std::string> waiting;  // to be hashed
    std::optional<std::string> hashing;
    time_point rested{};  // no look before it
    bool hashing_is_stale = false, looking = false, said_trouble = false;
};

/// The entry of this folder that the files of a share make up.
std::optional<std::string> folder_watcher::impl::entry_of(torrent_id id) const {
    const auto saved = node->saved(id);
    const auto* share = std::get_if<share_request>(&saved.request);
    if (share == nullptr) return std::nullopt;
    std::optional<std::string> entry;
    for (const auto& path : share->paths) {
        if (path.empty()) continue;
        if (!path.starts_with(folder + "/")) return std::nullopt;
        const auto name =
            path.substr(folder.size() + 1, path.find('/', folder.size() + 1) - folder.size() - 1);
        if (entry && *entry != name) return std::nullopt;
        entry = name;
    }
    return entry;
}

/// What an earlier run shared of it.
void folder_watcher::impl::adopt() {
    for (const auto id : node->torrents()) {
        const auto name = entry_of(id);
        if (!name) continue;
        const auto saved = node->saved(id);
        const auto& share = std::get<share_request>(saved.request);
        watched_entry entry{*name, {}};
        for (std::size_t i = 0; i < share.paths.size(); ++i)
            if (!share.paths[i].empty())
                entry.files.emplace_back(share.paths[i],
                                         i < share.stamps.size() ? share.stamps[i] : torrent::file_stamp{});
        entries.begin(std::move(entry));
    }
}

/// News bring the next look forward and never put it off: a file that is written to makes them without end.
void folder_watcher::impl::hear() {
    const auto at = std::max(node->loop().now() + news_pause, rested);
    if (!looking && at < timer->deadline()) timer->arm(at);
}

void folder_watcher::impl::look() {
    if (std::exchange(looking, true)) return;
    node->in_background([self = shared_from_this()] {
        auto found = std::make_shared<seen_folder>(see(self->folder));
        return [self, found] {
            if (self->node != nullptr) self->seen(std::move(*found));
        };
    });
}

void folder_watcher::impl::seen(seen_folder what) {
    looking = false;
    if (what.entries) {
        said_trouble = false;
        for (const auto& each : entries.look(node->loop().now(), std::move(*what.entries))) change(each);
    } else if (!std::exchange(said_trouble, true)) {
        // what is shared stays so: a disk that is away for a moment is no wish
        who.warn("the folder '" + printable(folder) + "' cannot be read: " + what.trouble);
    }
    const auto now = node->loop().now();
    rested = now + what.took * share_of_time;
    timer->arm(std::max(now + look_pause, rested));
    make_next();
}

void folder_watcher::impl::change(const watch_change& what) {
    if (what.what == watch_change::kind::share) {
        waiting.push_back(what.name);
        return;
    }
    std::erase(waiting, what.name);
    if (hashing == what.name) hashing_is_stale = cancelled = true;
    end(what.name);
}

void folder_watcher::impl::end(const std::string& name) {
    for (const auto id : node->torrents())
        if (entry_of(id) == name) who.end(id);
}

void folder_watcher::impl::make_next() {
    if (hashing || waiting.empty()) return;
    hashing = std::move(waiting.front());
    waiting.pop_front();
    hashing_is_stale = cancelled = false;
    node->in_background([self = shared_from_this(), name = *hashing] {
        auto request = self->making;
        request.paths = {self->folder + "/" + name};
        request.cancel = &self->cancelled;
        auto outcome = std::make_shared<result<made_torrent>>(app::make(request));
        return [self, name, outcome] {
            if (self->node != nullptr) self->made(name, std::move(*outcome));
        };
    });
}

void folder_watcher::impl::made(const std::string& name, result<made_torrent> outcome) {
    hashing.reset();
    if (hashing_is_stale)
        ;  // it is looked at again when it is quiet
    else if (!outcome)
        who.warn("'" + printable(name) + "' of '" + printable(folder) +
                 "' is not shared: " + outcome.error().message);
    else
        who.share(std::move(*outcome));
    make_next();
}

folder_watcher::folder_watcher(session& node, std::string folder, make_request making, told who)
    : impl_(std::make_shared<impl>(node, std::move(folder), std::move(making), std::move(who))) {
    impl_->adopt();
    impl_->look();
}

folder_watcher::~folder_watcher() { impl_->stop(); }

void folder_watcher::end_all() {
    for (const auto id : impl_->node->torrents())
        if (impl_->entry_of(id)) impl_->who.end(id);
}

const std::string& folder_watcher::folder() const { return impl_->folder; }

result<std::string> watchable_folder(const std::string& path) {
    std::error_code trouble;
    const auto whole = fs::canonical(path, trouble);
    if (trouble) return fail(errc::not_found, "cannot watch '" + printable(path) + "': " + trouble.message());
    if (!fs::is_directory(whole, trouble))
        return fail(errc::usage, "cannot watch '" + printable(path) + "': it is no folder");
    return whole.string();
}

}  // namespace bt::app

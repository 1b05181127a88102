#include "cli/commands/hashing.hpp"

#include <mutex>

#include "base/text.hpp"
#include "cli/clock.hpp"

namespace bt::cli {

namespace {

// "Videos" for "Videos/", ".." stays.
std::string base_name(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    const auto slash = path.rfind('/');
    return slash == std::string::npos || path.size() == 1 ? path : path.substr(slash + 1);
}

}  // namespace

std::function<void(std::uint64_t, std::uint64_t)> paced_progress(std::string name, reporter& reports) {
    struct state {
        std::mutex lock;
        duration last{};
        bool ended = false;
    };
    auto s = std::make_shared<state>();
    return [s, name = std::move(name), &reports](std::uint64_t done, std::uint64_t total) {
        const std::lock_guard held(s->lock);
        const duration now = steady_now();
        if (s->ended || (done < total && now - s->last < 200ms)) return;
        s->last = now;
        s->ended = done >= total;
        reports.hashing(name, done, total);
    };
}

hashed hash_paths(app::make_request request, std::vector<std::string> paths, reporter& reports) {
    const std::string name = request.name.empty() ? base_name(paths.front()) : request.name;
    const cancel_on_signals cancel;
    request.paths = std::move(paths);
    request.cancel = cancel.flag();
    request.progress = paced_progress(printable(name), reports);
    auto made = app::make(request);
    return {std::move(made), cancel.number()};
}

}  // namespace bt::cli

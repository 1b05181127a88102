#include "app/descriptors.hpp"

#include <algorithm>
#include <string>

#include "net/loop.hpp"

namespace bt::app {
namespace {

constexpr std::size_t least_free = 56;  // of 64 a command that was started by a shell has that many
/// Requests, records, folders: what is open for a moment. With few descriptors a quarter of them.
constexpr std::size_t most_passing = 96;
constexpr std::size_t each_download = 2;
/// What downloads leave to files and peers.
constexpr std::size_t kept = 64;
constexpr std::size_t least_files = 4, most_files = 512;
constexpr std::size_t least_page = 4, most_page = 256;

}  // namespace

result<void> prepare_descriptors() {
    net::raise_descriptor_limit();
    const auto limit = net::descriptor_limit(), in_use = net::open_descriptors();
    if (limit >= in_use + least_free) return {};
    return fail(errc::failure,
                "only " + std::to_string(limit) + " files may be open at a time, and " +
                    std::to_string(in_use) + " are; " + std::to_string(least_free) + " more are needed",
                "raise the limit (ulimit -n)");
}

descriptor_plan::descriptor_plan(std::size_t limit, std::size_t in_use) {
    const auto all = limit - std::min(limit, in_use + page_connections(limit));
    free_ = all - std::min(most_passing, all / 4);
}

std::size_t descriptor_plan::page_connections(std::size_t limit) {
    return std::clamp(limit / 16, least_page, most_page);
}

std::size_t descriptor_plan::left(std::size_t downloads) const {
    return free_ - std::min(free_, downloads * each_download);
}

bool descriptor_plan::allows_downloads(std::size_t count) const {
    return left(count) >= std::min(kept, free_ / 2);
}

std::size_t descriptor_plan::files(std::size_t downloads) const {
    return std::clamp(left(downloads) / 4, least_files, most_files);
}

std::size_t descriptor_plan::peers(std::size_t downloads) const {
    return left(downloads) - std::min(left(downloads), files(downloads));
}

}  // namespace bt::app

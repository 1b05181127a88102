#include "cli/display/limit_text.hpp"

#include <fmt/format.h>

#include "cli/display/format.hpp"

namespace bt::cli {

std::string limits_note(const app::torrent_status& of, std::optional<std::uint64_t> down,
                        std::optional<std::uint64_t> up) {
    std::string note;
    const auto add = [&](const std::string& text) { note += (note.empty() ? "" : "; ") + text; };
    const auto compare = [&](std::optional<std::uint64_t> own, std::uint64_t all, const char* way) {
        if (own && all > 0 && (*own == 0 || *own > all))
            add(fmt::format("the process's limit of {} {} still applies", rate_text(all), way));
    };
    compare(down, of.node_down_limit, "down");
    compare(up, of.node_up_limit, "up");
    if ((down.value_or(0) > 0 || up.value_or(0) > 0) && !of.limits_near)
        add("it holds for peers beyond this network only; a process started with --limit-lan limits all");
    return note;
}

}  // namespace bt::cli

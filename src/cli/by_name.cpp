#include "cli/by_name.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/format.hpp"
#include "cli/help.hpp"
#include "torrent/magnet.hpp"

namespace bt::cli {
namespace {

/// A second share of the same name must have had its chance to be heard.
constexpr duration listen_time = 700ms;
constexpr duration look_time = 20ms;
constexpr std::size_t most_listed = 20;

std::string listed(const std::vector<app::shared_torrent>& all) {
    std::string text;
    for (std::size_t i = 0; i < all.size() && i < most_listed; ++i) {
        const auto& entry = all[i].entry;
        std::string hosts;
        for (const auto& host : entry.hosts) hosts += (hosts.empty() ? "" : ", ") + printable(host, 64);
        text += fmt::format("\n{}  {:>9}  {}{}", to_hex(entry.hash.span()), size_text(entry.total_size),
                            printable(entry.name, 200), hosts.empty() ? "" : "  by " + hosts);
    }
    if (all.size() > most_listed) text += fmt::format("\nand {} more", all.size() - most_listed);
    return text;
}

unexpected<error> unknown(const std::string& name, const app::neighbourhood& around) {
    const auto all = around.torrents();
    const auto shown = printable(name, 200);
    if (all.empty())
        return fail(
            errc::not_found, fmt::format("nobody on this network shares '{}'", shown),
            fmt::format("{} seen, nothing shared; a file would have to exist, a link begins with magnet:",
                        counted(around.nodes().size(), "node")));
    std::vector<app::shared_torrent> near;
    for (const auto& each : all)
        if (to_lower(each.entry.name).find(to_lower(name)) != std::string::npos) near.push_back(each);
    return fail(
        errc::not_found, fmt::format("nobody on this network shares '{}'", shown),
        near.empty() ? "'discover' lists what is shared" : "did you mean one of these?" + listed(near));
}

result<target> choose(const std::string& name, const app::neighbourhood& around) {
    const auto found = app::matching(around.torrents(), name);
    if (found.empty()) return unknown(name, around);
    if (found.size() > 1)
        return fail(errc::not_found, fmt::format("'{}' means several shares; name one by its hash:{}",
                                                 printable(name, 200), listed(found)));
    torrent::magnet link;
    link.hash = found.front().entry.hash;
    link.name = found.front().entry.name;
    link.peers = found.front().peers;
    if (link.peers.size() > limits::magnet_peers) link.peers.resize(limits::magnet_peers);
    return target(std::move(link));
}

}  // namespace

bool looks_like_name(const std::string& text) {
    return !text.empty() && text != "-" && text.find('/') == std::string::npos &&
           !text.ends_with(".torrent") && !torrent::looks_like_magnet(text);
}

std::vector<result<target>> find_by_name(const std::vector<std::string>& names,
                                         const app::look_options& where, duration patience) {
    auto around = app::neighbourhood::start(where);
    if (!around) return std::vector<result<target>>(names.size(), unexpected<error>(around.error()));
    auto& looking = **around;
    looking.every(look_time, [&] {
        const auto all = looking.torrents();
        const bool known = std::none_of(names.begin(), names.end(), [&](const std::string& name) {
            return app::matching(all, name).empty();
        });
        const bool settled = known && looking.listened() >= listen_time && looking.is_quiet();
        if (settled || looking.listened() >= patience) looking.stop();
    });
    looking.run();
    std::vector<result<target>> found;
    for (const auto& name : names) found.push_back(choose(name, looking));
    return found;
}

}  // namespace bt::cli

#include "cli/commands/find_share.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/arguments/help.hpp"
#include "cli/display/format.hpp"
#include "torrent/magnet.hpp"

namespace bt::cli {
namespace {

/// A second share of the same name must have had its chance to be heard.
constexpr duration listen_time = 700ms;
constexpr duration look_time = 20ms;
constexpr std::size_t most_listed = 20, most_hosts = 4, most_names = 4;

std::string listed_hosts(const app::name_claim& claim) {
    std::string hosts;
    for (std::size_t i = 0; i < claim.by.size() && i < most_hosts; ++i)
        hosts += (hosts.empty() ? "" : ", ") + app::to_text(claim.by[i]);
    if (claim.by.size() > most_hosts) hosts += fmt::format(" and {} more", claim.by.size() - most_hosts);
    return hosts;
}

/// A line each: the hash to choose it by, and which hosts say what of it.
std::string listed(const std::vector<app::shared_torrent>& all) {
    std::string text;
    for (std::size_t i = 0; i < all.size() && i < most_listed; ++i) {
        const auto& each = all[i];
        text += fmt::format("\n{}  {:>9}", to_hex(each.entry.hash.span()), size_text(each.entry.total_size));
        std::size_t said = 0;
        for (const auto& claim : each.names) {
            if (said == most_names) break;
            text += fmt::format("{}{}  by {}", said++ == 0 ? "  " : "; named ", printable(claim.name, 200),
                                listed_hosts(claim));
        }
    }
    if (all.size() > most_listed) text += fmt::format("\nand {} more", all.size() - most_listed);
    return text;
}

unexpected<error> unknown(const std::string& name, const app::lan_browser& around) {
    const auto all = around.torrents();
    auto why = fmt::format("nobody on this network shares '{}'", printable(name, 200));
    if (name.ends_with(torrent_ending)) why += ", and there is no such file here";
    if (all.empty())
        return fail(
            errc::not_found, std::move(why),
            fmt::format("{} seen, nothing shared; a file would have to exist, a link begins with magnet:",
                        counted(around.nodes().size(), "node")));
    const auto near = app::similar(all, name);
    return fail(
        errc::not_found, std::move(why),
        near.empty() ? "'discover' lists what is shared" : "did you mean one of these?" + listed(near));
}

result<named_target> choose(const std::string& name, const app::lan_browser& around) {
    const auto found = app::meant_by(around.torrents(), name);
    if (found.empty()) return unknown(name, around);
    if (found.size() > 1)
        return fail(errc::not_found, fmt::format("'{}' means several shares; name one by its hash:{}",
                                                 printable(name, 200), listed(found)));
    torrent::magnet link;
    link.hash = found.front().entry.hash;
    const auto* claim = app::best_name(found.front(), name);
    link.name = claim ? claim->name : found.front().entry.name;
    link.peers = found.front().peers;
    if (link.peers.size() > limits::magnet_peers) link.peers.resize(limits::magnet_peers);
    if (!claim) return named_target{std::move(link), {}};  // by its hash: that is what it is
    return named_target{std::move(link), {name, listed_hosts(*claim)}};
}

}  // namespace

bool looks_like_name(const std::string& text) {
    return !text.empty() && text != "-" && text.find('/') == std::string::npos &&
           !torrent::looks_like_magnet(text);
}

std::vector<result<named_target>> find_by_name(const std::vector<std::string>& names,
                                               const app::look_options& where, duration patience) {
    auto around = app::lan_browser::start(where);
    if (!around) return std::vector<result<named_target>>(names.size(), unexpected<error>(around.error()));
    auto& looking = **around;
    looking.every(look_time, [&] {
        const auto all = looking.torrents();
        const bool known = std::none_of(names.begin(), names.end(), [&](const std::string& name) {
            return app::meant_by(all, name).empty();
        });
        const bool settled = known && looking.listened() >= listen_time && looking.is_quiet();
        if (settled || looking.listened() >= patience) looking.stop();
    });
    looking.run();
    std::vector<result<named_target>> found;
    for (const auto& name : names) found.push_back(choose(name, looking));
    return found;
}

}  // namespace bt::cli

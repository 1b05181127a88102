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
/// A question that was lost is asked again after a second.
constexpr duration listen_to_all_time = 1'600ms;
constexpr duration share_look_time = 20ms;
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

unexpected<error> unknown(const std::string& name, const app::lan_browser& around,
                          const std::vector<app::shared_torrent>& all, const share_choice& choice) {
    if (!choice.from.empty()) {
        const auto host = printable(choice.from, 200);
        if (all.empty())
            return fail(errc::not_found, fmt::format("no host '{}' that shares anything was heard", host),
                        "'discover' lists what is shared, and by which hosts");
        return fail(errc::not_found,
                    fmt::format("{} shares nothing that fits '{}'", host, printable(name, 200)),
                    "it shares:" + listed(all));
    }
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

named_target target_of(const app::shared_torrent& share, const std::string& name) {
    torrent::magnet link;
    link.hash = share.entry.hash;
    const auto* claim = app::best_name(share, name);
    link.name = claim ? claim->name : share.entry.name;
    link.peers = share.peers;
    if (link.peers.size() > limits::magnet_peers) link.peers.resize(limits::magnet_peers);
    if (!claim) return {std::move(link), {}};  // by its hash: that is what it is
    return {std::move(link), {name, listed_hosts(*claim)}};
}

std::vector<app::shared_torrent> candidates(const app::lan_browser& around, const share_choice& choice) {
    auto all = around.torrents();
    return choice.from.empty() ? all : app::said_by(all, choice.from);
}

result<std::vector<named_target>> choose(const std::string& name, const app::lan_browser& around,
                                         const share_choice& choice, bool offered) {
    const auto all = candidates(around, choice);
    auto found = app::meant_by(all, name);
    if (found.empty()) return unknown(name, around, all, choice);
    const auto several = [&](std::string_view why, std::string_view way_out) {
        return fail(errc::not_found, fmt::format("'{}' means several shares{}; name one by its hash{}:{}",
                                                 printable(name, 200), why, way_out, listed(found)));
    };
    if (choice.newest && found.size() > 1) {
        auto newest = app::newest_of(found);
        if (newest.empty()) return several(", and of none it is known when it was created", "");
        if (newest.size() > 1) return several(" that are equally new", "");
        found = std::move(newest);
    }
    if (found.size() > 1 && !choice.all)
        return several("", offered ? ", or give --newest, --from HOST, or --all for all of them" : "");
    std::vector<named_target> targets;
    for (const auto& each : found) targets.push_back(target_of(each, name));
    return targets;
}

}  // namespace

bool looks_like_name(const std::string& text) {
    return !text.empty() && text != "-" && text.find('/') == std::string::npos &&
           !torrent::looks_like_magnet(text);
}

std::vector<result<std::vector<named_target>>> find_by_name(const std::vector<std::string>& names,
                                                            const app::look_options& where, duration patience,
                                                            const std::optional<share_choice>& given) {
    const auto choice = given.value_or(share_choice{});
    const bool offered = given && choice.from.empty();
    auto around = app::lan_browser::start(where);
    if (!around)
        return std::vector<result<std::vector<named_target>>>(names.size(),
                                                              unexpected<error>(around.error()));
    auto& looking = **around;
    // one that is there is enough for a name; for all of them, or the last, every node must have its say
    const auto enough = choice.all || choice.newest ? listen_to_all_time : listen_time;
    looking.every(share_look_time, [&] {
        const auto all = candidates(looking, choice);
        const bool known = std::none_of(names.begin(), names.end(), [&](const std::string& name) {
            return app::meant_by(all, name).empty();
        });
        const bool settled = known && looking.listened() >= enough && looking.is_quiet();
        if (settled || looking.listened() >= patience) looking.stop();
    });
    looking.run();
    std::vector<result<std::vector<named_target>>> found;
    for (const auto& name : names) found.push_back(choose(name, looking, choice, offered));
    return found;
}

}  // namespace bt::cli

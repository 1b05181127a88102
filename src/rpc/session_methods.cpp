// The methods about the session as a whole.
#include <algorithm>

#include "rpc/methods.hpp"

namespace bt::rpc {
namespace {

json counters(dialect how, std::uint64_t uploaded, std::uint64_t downloaded, std::size_t torrents,
              std::int64_t seconds) {
    const auto name = [&](std::string_view old_name) { return name_in(how, old_name); };
    return json::object{{name("downloadedBytes"), downloaded},
                        {name("filesAdded"), torrents},
                        {name("secondsActive"), seconds},
                        {name("sessionCount"), 1},
                        {name("uploadedBytes"), uploaded}};
}

}  // namespace

outcome session_get(context& in, const arguments& with) {
    const auto* fields = with.find("fields");
    const auto* wanted = fields == nullptr ? nullptr : fields->elements();
    outcome given;
    for (const auto& each : session_settings::all()) {
        auto name = with.name(each.name);
        if (wanted != nullptr &&
            std::none_of(wanted->begin(), wanted->end(), [&](const json& one) { return one.text() == name; }))
            continue;
        if (each.name == "download-dir-free-space") {
            const auto space = in.node.free_space(in.settings.text("download-dir"));
            given.value.emplace_back(std::move(name), space ? json(space->free) : json(-1));
            continue;
        }
        given.value.emplace_back(std::move(name), in.settings.get(each, with.how()));
    }
    return given;
}

void apply(host& node, const session_settings& before, const session_settings& now) {
    if (const auto rates = now.rates(); rates != before.rates()) node.set_limits(rates.down, rates.up);
    if (const auto most = now.integer("peer-limit-global"); most != before.integer("peer-limit-global"))
        node.set_most_connections(static_cast<std::size_t>(most));
    if (auto folder = now.text("download-dir"); folder != before.text("download-dir"))
        node.set_download_folder(folder);
    const bool lan = now.flag("lpd-enabled"), dht = now.flag("dht-enabled");
    if (lan != before.flag("lpd-enabled") || dht != before.flag("dht-enabled")) node.set_discovery(lan, dht);
}

void apply_bounds(host& node, const session_settings& settings, const wishes_by_hash& wishes,
                  std::uint32_t number) {
    const auto hash = node.hash_of(number);
    if (!hash) return;
    const auto found = wishes.find(*hash);
    const auto wish = found == wishes.end() ? torrent_wishes() : found->second;
    auto most = static_cast<std::size_t>(wish.peer_limit > 0 ? wish.peer_limit
                                                             : settings.integer("peer-limit-per-torrent"));
    if (most == node.facts().peers) most = 0;  // as it was started
    node.set_bounds(number, {most, wish.honors_session_limits});
}

void apply_bounds(host& node, const session_settings& settings, const wishes_by_hash& wishes) {
    for (const auto number : node.torrents()) apply_bounds(node, settings, wishes, number);
}

outcome session_set(context& in, const arguments& with) {
    const auto before = in.settings;
    auto done = in.settings.set(with);
    const auto folder = in.settings.text("download-dir");
    if (const auto may = in.node.may_put_into(folder); folder != before.text("download-dir") && !may) {
        in.settings = before;
        return outcome::fails(code::system, may.error().message);
    }
    apply(in.node, before, in.settings);
    if (in.settings.integer("peer-limit-per-torrent") != before.integer("peer-limit-per-torrent"))
        apply_bounds(in.node, in.settings, in.wishes);
    return done;
}

outcome session_stats(context& in, const arguments& with) {
    std::uint64_t rate_down = 0, rate_up = 0, down = 0, up = 0, down_ever = 0, up_ever = 0;
    std::size_t paused = 0;
    const auto numbers = in.node.torrents();
    for (const auto number : numbers) {
        const auto view = in.node.view(number, false);
        if (!view) continue;
        const auto& s = view->status;
        rate_down += s.rate_down;
        rate_up += s.rate_up;
        down += s.downloaded;
        up += s.uploaded;
        down_ever += s.downloaded_ever;
        up_ever += s.uploaded_ever;
        paused += s.state == session::torrent_state::paused ? 1 : 0;
    }
    const auto seconds = std::max<std::int64_t>(in.node.now() - in.node.facts().since, 0);
    return {
        {{with.name("activeTorrentCount"), numbers.size() - paused},
         {with.name("cumulative-stats"), counters(with.how(), up_ever, down_ever, numbers.size(), seconds)},
         {with.name("current-stats"), counters(with.how(), up, down, numbers.size(), seconds)},
         {with.name("downloadSpeed"), rate_down},
         {with.name("pausedTorrentCount"), paused},
         {with.name("torrentCount"), numbers.size()},
         {with.name("uploadSpeed"), rate_up}},
        "",
        0};
}

outcome session_close(context& in, const arguments&) {
    in.node.close();
    return {};
}

outcome free_space(context& in, const arguments& with) {
    const auto path = with.text("path");
    if (!path) return outcome::fails(code::invalid_params, "directory path argument is missing");
    if (!path->starts_with('/'))
        return outcome::fails(code::path_not_absolute, "directory path is not absolute");
    const auto space = in.node.free_space(std::string(*path));
    outcome given;
    given.value.emplace_back(with.name("path"), *path);
    given.value.emplace_back(with.name("size-bytes"), space ? json(space->free) : json(-1));
    given.value.emplace_back(with.name("total_size"), space ? json(space->total) : json(-1));
    if (!space) {
        given.error = space.error().message;
        given.code = code::system;
    }
    return given;
}

outcome group_get(context&, const arguments& with) { return {{{with.name("group"), json::array{}}}, "", 0}; }

outcome refuse_port_test(context&, const arguments&) {
    return outcome::fails(code::internal,
                          "whether the port is open is not known: this node asks no host outside for it");
}

outcome refuse_blocklist(context&, const arguments&) {
    return outcome::fails(code::internal, "this node has no blocklist");
}

outcome refuse_groups(context&, const arguments&) {
    return outcome::fails(code::internal, "this node has no bandwidth groups");
}

}  // namespace bt::rpc

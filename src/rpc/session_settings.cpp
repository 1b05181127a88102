#include "rpc/session_settings.hpp"

#include <algorithm>

#include "base/version.hpp"
#include "rpc/rates.hpp"
#include "rpc/server.hpp"

namespace bt::rpc {
namespace {

using enum setting_kind;
using enum setting_fate;

constexpr setting settings[] = {
    {"alt-speed-down", integer, honoured},
    {"alt-speed-enabled", flag, honoured},
    {"alt-speed-time-begin", integer, honoured},
    {"alt-speed-time-day", integer, honoured},
    {"alt-speed-time-enabled", flag, honoured},
    {"alt-speed-time-end", integer, honoured},
    {"alt-speed-up", integer, honoured},
    {"anti-brute-force-enabled", flag, fixed},
    {"anti-brute-force-threshold", integer, told},
    {"blocklist-enabled", flag, fixed},
    {"blocklist-size", integer, told},
    {"blocklist-url", text, kept},
    {"cache-size-mb", integer, kept},
    {"config-dir", text, told},
    {"default-trackers", text, kept},
    {"dht-enabled", flag, switched},
    {"download-dir", text, honoured},
    {"download-dir-free-space", integer, told},
    {"download-queue-enabled", flag, fixed},
    {"download-queue-size", integer, kept},
    {"encryption", text, fixed},
    {"idle-seeding-limit", integer, honoured},
    {"idle-seeding-limit-enabled", flag, honoured},
    {"incomplete-dir", text, kept},
    {"incomplete-dir-enabled", flag, fixed},
    {"lpd-enabled", flag, switched},
    {"peer-limit-global", integer, honoured},
    {"peer-limit-per-torrent", integer, honoured},
    {"peer-port", integer, fixed},
    {"peer-port-random-on-start", flag, kept},
    {"pex-enabled", flag, fixed},
    {"port-forwarding-enabled", flag, fixed},
    {"preferred_transports", value, told},
    {"queue-stalled-enabled", flag, kept},
    {"queue-stalled-minutes", integer, kept},
    {"rename-partial-files", flag, fixed},
    {"reqq", integer, told},
    {"rpc-version", integer, told},
    {"rpc-version-minimum", integer, told},
    {"rpc-version-semver", text, told},
    {"script-torrent-added-enabled", flag, ignored},
    {"script-torrent-added-filename", text, ignored},
    {"script-torrent-done-enabled", flag, ignored},
    {"script-torrent-done-filename", text, ignored},
    {"script-torrent-done-seeding-enabled", flag, ignored},
    {"script-torrent-done-seeding-filename", text, ignored},
    {"seed-queue-enabled", flag, fixed},
    {"seed-queue-size", integer, kept},
    {"seedRatioLimit", real, honoured},
    {"seedRatioLimited", flag, honoured},
    {"sequential_download", flag, kept},
    {"session-id", text, told},
    {"speed-limit-down", integer, honoured},
    {"speed-limit-down-enabled", flag, honoured},
    {"speed-limit-up", integer, honoured},
    {"speed-limit-up-enabled", flag, honoured},
    {"start-added-torrents", flag, honoured},
    {"tcp-enabled", flag, told},
    {"trash-original-torrent-files", flag, kept},
    {"units", value, told},
    {"utp-enabled", flag, fixed},
    {"version", text, told},
};

constexpr std::int64_t usual_limit = 100;  // kB/s: what stands there while a limit is off

json list_of(std::initializer_list<const char*> words) {
    json::array list;
    for (const auto* word : words) list.emplace_back(word);
    return list;
}

/// Over restarts.
bool is_kept(setting_fate fate) { return fate == honoured || fate == switched || fate == kept; }

json units(dialect how) {
    const auto name = [&](std::string_view old_name) { return name_in(how, old_name); };
    return json::object{
        {name("memory-bytes"), 1024}, {name("memory-units"), list_of({"KiB", "MiB", "GiB", "TiB"})},
        {name("size-bytes"), 1000},   {name("size-units"), list_of({"kB", "MB", "GB", "TB"})},
        {name("speed-bytes"), 1000},  {name("speed-units"), list_of({"kB/s", "MB/s", "GB/s", "TB/s"})}};
}

json empty_of(setting_kind kind) {
    switch (kind) {
        case flag:
            return false;
        case integer:
        case real:
            return 0;
        case text:
        case value:
            break;
    }
    return "";
}

/// The value as it is kept; nothing where it is of another type.
std::optional<json> read(const setting& which, const arguments& with) {
    switch (which.kind) {
        case flag:
            if (const auto on = with.flag(which.name)) return json(*on);
            break;
        case integer:
            if (const auto number = with.integer(which.name);
                number && *number >= 0 && *number <= largest_limit)
                return json(*number);
            break;
        case real:
            if (const auto number = with.find(which.name)->number(); number && *number >= 0)
                return json(*number);
            break;
        case text:
            if (const auto words = with.text(which.name)) return json(*words);
            break;
        case value:
            break;
    }
    return std::nullopt;
}

}  // namespace

std::span<const setting> session_settings::all() { return settings; }

session_settings::session_settings(const node_facts& facts) {
    for (const auto& each : settings) values_.emplace(each.name, empty_of(each.kind));
    const auto put = [this](std::string_view name, json value) {
        values_.find(name)->second = std::move(value);
    };
    for (const auto* name : {"alt-speed-down", "alt-speed-up"}) put(name, 50);
    put("alt-speed-time-begin", 540);
    put("alt-speed-time-end", 1020);
    put("alt-speed-time-day", 127);
    put("anti-brute-force-enabled", true);
    put("anti-brute-force-threshold", 10);
    put("blocklist-url", "http://www.example.com/blocklist");
    put("cache-size-mb", 4);
    put("config-dir", facts.state_folder);
    put("dht-enabled", facts.dht);
    put("download-dir", facts.download_folder);
    put("download-queue-enabled", facts.at_once > 0);
    put("download-queue-size", facts.at_once > 0 ? facts.at_once : 5);
    put("encryption", "tolerated");
    for (const auto* name : {"idle-seeding-limit", "queue-stalled-minutes"}) put(name, 30);
    put("incomplete-dir", facts.download_folder);
    put("lpd-enabled", facts.lan);
    put("peer-limit-global", facts.all_peers);
    put("peer-limit-per-torrent", facts.peers);
    put("peer-port", facts.port);
    put("reqq", 500);
    for (const auto* name : {"pex-enabled", "rename-partial-files", "start-added-torrents", "tcp-enabled"})
        put(name, true);
    put("rpc-version", 19);
    put("rpc-version-minimum", 14);
    put("rpc-version-semver", protocol_version);
    put("seed-queue-size", 10);
    put("seedRatioLimit", 2);
    put("speed-limit-down", facts.down_limit > 0 ? kilobytes(facts.down_limit) : usual_limit);
    put("speed-limit-down-enabled", facts.down_limit > 0);
    put("speed-limit-up", facts.up_limit > 0 ? kilobytes(facts.up_limit) : usual_limit);
    put("speed-limit-up-enabled", facts.up_limit > 0);
    put("preferred_transports", list_of({"tcp"}));
    put("version", "4.0.6 (" + std::string(program_name) + " " + std::string(program_version) + ")");
    at_start_ = values_;
}

json session_settings::changed() const {
    json::object all;
    for (const auto& each : settings) {
        const auto &before = at_start_.find(each.name)->second, &now = values_.find(each.name)->second;
        if (is_kept(each.fate) && before.dump() != now.dump())
            all.emplace_back(std::string(each.name), json::array{before, now});
    }
    return all;
}

void session_settings::take_changed(const json& from) {
    for (const auto& each : settings) {
        const auto* both = from.find(each.name);
        if (both == nullptr || both->elements() == nullptr || both->elements()->size() != 2) continue;
        if (!is_kept(each.fate)) continue;
        const auto &before = both->elements()->front(), &then = both->elements()->back();
        const auto now = values_.find(each.name);
        if (before.dump() != now->second.dump()) continue;
        const json wish = json::object{{std::string(each.name), then}};
        if (auto value = read(each, arguments(dialect::old, &wish))) now->second = std::move(*value);
    }
}

json session_settings::get(const setting& which, dialect how) const {
    if (which.name == "units") return units(how);
    const auto& value = values_.find(which.name)->second;
    if (which.name == "encryption" && how == dialect::json_rpc && value.text() == "tolerated")
        return "allowed";
    return value;
}

std::int64_t session_settings::integer(std::string_view old_name) const {
    return values_.find(old_name)->second.integer().value_or(0);
}

bool session_settings::flag(std::string_view old_name) const {
    return values_.find(old_name)->second.boolean().value_or(false);
}

double session_settings::real(std::string_view old_name) const {
    return values_.find(old_name)->second.number().value_or(0);
}

std::string session_settings::text(std::string_view old_name) const {
    return std::string(values_.find(old_name)->second.text().value_or(""));
}

outcome session_settings::set(const arguments& with) {
    std::vector<std::pair<std::string_view, json>> wished;
    for (const auto& each : settings) {
        if (with.find(each.name) == nullptr || each.fate == told || each.fate == ignored) continue;
        auto wish = read(each, with);
        const auto name = with.name(each.name);
        if (!wish)
            return outcome::fails(code::invalid_params, name + ": a value of another type was expected");
        const auto text = wish->text();
        if (each.name == "download-dir" && (!text || !text->starts_with('/')))
            return outcome::fails(code::path_not_absolute, "download directory path is not absolute");
        if (each.fate == fixed && wish->dump() != get(each, with.how()).dump())
            return outcome::fails(code::invalid_params, name + ": is fixed while the node runs");
        if (each.fate == switched && wish->boolean() == true &&
            !at_start_.find(each.name)->second.boolean().value_or(false))
            return outcome::fails(code::invalid_params, name + ": the node was started without it");
        if (each.fate != fixed) wished.emplace_back(each.name, std::move(*wish));
    }
    for (auto& [name, value] : wished) values_.find(name)->second = std::move(value);
    return {};
}

session_settings::limits session_settings::rates() const {
    const auto rate = [this](std::string_view name) {
        return static_cast<std::uint64_t>(integer(name)) * 1'000;
    };
    if (flag("alt-speed-enabled")) return {rate("alt-speed-down"), rate("alt-speed-up")};
    return {flag("speed-limit-down-enabled") ? rate("speed-limit-down") : 0,
            flag("speed-limit-up-enabled") ? rate("speed-limit-up") : 0};
}

}  // namespace bt::rpc

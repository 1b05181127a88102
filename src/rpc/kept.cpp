#include "rpc/kept.hpp"

#include "base/text.hpp"

namespace bt::rpc {
namespace {

constexpr std::size_t kept_depth = 8;

struct number_member {
    const char* name;
    std::int64_t torrent_wishes::*of;
};
constexpr number_member numbers[] = {{"bandwidth_priority", &torrent_wishes::bandwidth_priority},
                                     {"down_limit", &torrent_wishes::down_limit},
                                     {"peer_limit", &torrent_wishes::peer_limit},
                                     {"seed_idle_limit", &torrent_wishes::seed_idle_limit},
                                     {"seed_idle_mode", &torrent_wishes::seed_idle_mode},
                                     {"seed_ratio_mode", &torrent_wishes::seed_ratio_mode},
                                     {"up_limit", &torrent_wishes::up_limit}};

json write(const info_hash& hash, const torrent_wishes& wishes) {
    json::object all = {{"hash", to_hex(hash.span())}};
    for (const auto& each : numbers) all.emplace_back(each.name, wishes.*each.of);
    all.emplace_back("honors_session_limits", wishes.honors_session_limits);
    all.emplace_back("seed_ratio_limit", wishes.seed_ratio_limit);
    if (wishes.ended) all.emplace_back("ended", true);
    return all;
}

torrent_wishes read(const json& from) {
    torrent_wishes wishes;
    for (const auto& each : numbers)
        if (const auto* value = from.find(each.name); value != nullptr)
            wishes.*each.of = value->integer().value_or(wishes.*each.of);
    if (const auto* on = from.find("honors_session_limits"); on != nullptr)
        wishes.honors_session_limits = on->boolean().value_or(true);
    if (const auto* ended = from.find("ended"); ended != nullptr)
        wishes.ended = ended->boolean().value_or(false);
    if (const auto* ratio = from.find("seed_ratio_limit"); ratio != nullptr)
        wishes.seed_ratio_limit = ratio->number().value_or(wishes.seed_ratio_limit);
    return wishes;
}

std::optional<info_hash> read_hash(std::string_view digits) {
    const auto raw = digits.size() == 2 * info_hash::size ? from_hex(digits) : std::nullopt;
    return raw ? info_hash::from(*raw) : std::nullopt;
}

}  // namespace

std::string write_kept(const session_settings& settings, const wishes_by_hash& wishes,
                       const std::vector<info_hash>& order) {
    json::array torrents;  // an object has no room for many
    for (const auto& [hash, each] : wishes) torrents.push_back(write(hash, each));
    json::array hashes;
    for (const auto& each : order) hashes.emplace_back(to_hex(each.span()));
    return json{
        {"session", settings.changed()}, {"torrents", std::move(torrents)}, {"order", std::move(hashes)}}
        .dump();
}

std::vector<info_hash> read_kept(const std::string& text, session_settings& settings,
                                 wishes_by_hash& wishes) {
    std::vector<info_hash> order;
    const auto all = json::parse(text, kept_depth);
    if (!all) return order;
    if (const auto* session = all->find("session"); session != nullptr) settings.take_changed(*session);
    const auto* torrents = all->find("torrents");
    if (torrents != nullptr && torrents->elements() != nullptr)
        for (const auto& each : *torrents->elements())
            if (const auto hash = read_hash(each.find_text("hash").value_or(""))) wishes[*hash] = read(each);
    if (torrents != nullptr && torrents->members() != nullptr)  // as they were written before
        for (const auto& [digits, each] : *torrents->members())
            if (const auto hash = read_hash(digits)) wishes[*hash] = read(each);
    if (const auto* hashes = all->find("order"); hashes != nullptr && hashes->elements() != nullptr)
        for (const auto& each : *hashes->elements())
            if (const auto hash = read_hash(each.text().value_or(""))) order.push_back(*hash);
    return order;
}

}  // namespace bt::rpc

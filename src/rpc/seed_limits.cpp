#include "rpc/seed_limits.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace bt::rpc {
namespace {

constexpr std::int64_t as_session = 0, own = 1, unlimited = 2;  // modes

struct limits {
    std::optional<double> ratio;
    std::optional<std::int64_t> idle;  ///< seconds
};

limits limits_of(const torrent_wishes& wishes, const session_settings& settings) {
    limits all;
    if (wishes.seed_ratio_mode == own) all.ratio = wishes.seed_ratio_limit;
    if (wishes.seed_ratio_mode == as_session && settings.flag("seedRatioLimited"))
        all.ratio = settings.real("seedRatioLimit");
    if (wishes.seed_idle_mode == own) all.idle = wishes.seed_idle_limit * 60;
    if (wishes.seed_idle_mode == as_session && settings.flag("idle-seeding-limit-enabled"))
        all.idle = settings.integer("idle-seeding-limit") * 60;
    return all;
}

/// Empty: there is more to give.
std::string why_done(const limits& limit, const session::torrent_status& s, std::int64_t idle) {
    if (limit.ratio && ratio_of(s) >= *limit.ratio)
        return "stopped at its ratio limit " + decimal_text(*limit.ratio);
    if (!limit.idle || idle < *limit.idle) return "";
    const auto minutes = *limit.idle / 60;
    return "stopped at its idle limit: " + std::to_string(minutes) + (minutes == 1 ? " minute" : " minutes") +
           " without anything given";
}

bool has_limits(const session_settings& settings, const wishes_by_hash& wishes) {
    return settings.flag("seedRatioLimited") || settings.flag("idle-seeding-limit-enabled") ||
           std::any_of(wishes.begin(), wishes.end(), [](const auto& each) {
               const auto& wish = each.second;
               return wish.ended || wish.seed_ratio_mode == own || wish.seed_idle_mode == own;
           });
}

bool is_given(const torrent_view& view) {
    const auto& s = view.status;
    return view.torrent != nullptr && s.state == session::torrent_state::sharing && s.size > 0 &&
           s.have >= s.size;
}

}  // namespace

double ratio_of(const session::torrent_status& s) {
    const auto base = s.downloaded_ever > 0 ? s.downloaded_ever : s.have;
    return base == 0 ? -1 : static_cast<double>(s.uploaded_ever) / static_cast<double>(base);
}

bool seed_limits::look(host& node, const session_settings& settings, wishes_by_hash& wishes) {
    if (!has_limits(settings, wishes)) return false;
    bool changed = false;
    std::map<std::uint32_t, giving> still;
    for (const auto number : node.torrents()) {
        const auto hash = node.hash_of(number);
        if (!hash) continue;
        const auto wished = wishes.find(*hash);
        auto wish = wished == wishes.end() ? torrent_wishes{} : wished->second;
        const auto limit = limits_of(wish, settings);
        if (!limit.ratio && !limit.idle && !wish.ended) continue;
        const auto view = node.view(number, false);
        if (!view || !is_given(*view)) continue;
        giving one{view->status.uploaded_ever, node.now()};
        if (const auto before = giving_.find(number);
            before != giving_.end() && before->second.uploaded == one.uploaded)
            one = before->second;
        const auto why = why_done(limit, view->status, node.now() - one.since);
        if (wish.ended || !why.empty()) {
            changed = true;
            if (wish.ended && !why.empty()) wish.seed_ratio_mode = wish.seed_idle_mode = unlimited;
            if (!wish.ended) node.finish(number, why);
            wish.ended = !wish.ended;
            wishes[*hash] = wish;
        }
        still.emplace(number, one);
    }
    giving_ = std::move(still);
    return changed;
}

}  // namespace bt::rpc

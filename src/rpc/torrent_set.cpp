// torrent-set: what is wished of torrents that are there.
#include <algorithm>

#include "rpc/file_lists.hpp"
#include "rpc/methods.hpp"
#include "rpc/rates.hpp"
#include "rpc/tracker_lists.hpp"
#include "session/labels.hpp"

namespace bt::rpc {
namespace {

constexpr std::string_view refused[] = {"location", "group", "sequential_download"};

outcome wrong(const arguments& with, std::string_view name, std::string_view expected) {
    return outcome::fails(code::invalid_params,
                          with.name(name) + ": " + std::string(expected) + " was expected");
}

struct number_wish {
    std::string_view name;
    std::int64_t torrent_wishes::*to;
    std::int64_t from, until;
};
constexpr number_wish numbers[] = {{"bandwidthPriority", &torrent_wishes::bandwidth_priority, -1, 1},
                                   {"peer-limit", &torrent_wishes::peer_limit, 0, 1'000'000},
                                   {"seedIdleLimit", &torrent_wishes::seed_idle_limit, 0, 1'000'000'000},
                                   {"seedIdleMode", &torrent_wishes::seed_idle_mode, 0, 2},
                                   {"seedRatioMode", &torrent_wishes::seed_ratio_mode, 0, 2},
                                   {"downloadLimit", &torrent_wishes::down_limit, 0, largest_limit},
                                   {"uploadLimit", &torrent_wishes::up_limit, 0, largest_limit}};

}  // namespace

outcome read_torrent_wishes(const arguments& with, torrent_wishes& to) {
    for (const auto& each : numbers) {
        if (with.find(each.name) == nullptr) continue;
        const auto number = with.integer(each.name);
        if (!number || *number < each.from || *number > each.until)
            return wrong(with, each.name,
                         "a number from " + std::to_string(each.from) + " to " + std::to_string(each.until));
        to.*each.to = *number;
    }
    if (const auto* ratio = with.find("seedRatioLimit"); ratio != nullptr) {
        if (!ratio->number()) return wrong(with, "seedRatioLimit", "a number");
        to.seed_ratio_limit = *ratio->number();
    }
    if (with.find("honorsSessionLimits") != nullptr) {
        const auto on = with.flag("honorsSessionLimits");
        if (!on) return wrong(with, "honorsSessionLimits", "true or false");
        to.honors_session_limits = *on;
    }
    for (const auto* name : {"downloadLimited", "uploadLimited"})
        if (with.find(name) != nullptr && !with.flag(name)) return wrong(with, name, "true or false");
    return {};
}

result<std::vector<std::string>> read_labels(const json& list) {
    std::vector<std::string> labels;
    if (list.elements() == nullptr) return fail(errc::usage, "labels: a list of texts was expected");
    for (const auto& each : *list.elements()) {
        const auto label = each.text();
        if (!label) return fail(errc::usage, "labels: a list of texts was expected");
        if (auto added = session::add_label(labels, *label); !added) return unexpected<error>(added.error());
    }
    return labels;
}

namespace {

std::uint64_t limit_after(const arguments& with, std::string_view switch_name, std::uint64_t now,
                          std::string_view number_name, std::int64_t kilobytes) {
    const bool on = with.flag(switch_name).value_or(now > 0);
    if (!on) return 0;
    // a limit that was set more exactly, and is not meant, stays as it is
    if (now > 0 && with.find(number_name) == nullptr) return now;
    return static_cast<std::uint64_t>(std::max<std::int64_t>(kilobytes, 1)) * 1'000;
}

void set_limits(const context& in, const arguments& with, const torrent_view& view,
                const torrent_wishes& wishes) {
    const auto& s = view.status;
    const auto down = limit_after(with, "downloadLimited", s.down_limit, "downloadLimit", wishes.down_limit);
    const auto up = limit_after(with, "uploadLimited", s.up_limit, "uploadLimit", wishes.up_limit);
    if (down != s.down_limit || up != s.up_limit) in.node.set_limits(view.number, down, up);
}

using all_ptr = std::shared_ptr<all_of_them>;

/// The error of what is found out at once. What the disk has a say in is waited for by `all`.
outcome set_one(const context& in, const arguments& with, const torrent_view& view, const all_ptr& all) {
    auto wishes = in.wishes_of(view.status.hash);
    if (view.status.down_limit > 0)
        wishes.down_limit = static_cast<std::int64_t>((view.status.down_limit + 999) / 1'000);
    if (view.status.up_limit > 0)
        wishes.up_limit = static_cast<std::int64_t>((view.status.up_limit + 999) / 1'000);
    if (auto read = read_torrent_wishes(with, wishes); !read.error.empty()) return read;
    if (const auto* list = with.find("labels"); list != nullptr) {
        auto labels = read_labels(*list);
        if (!labels) return outcome::fails(code::invalid_params, labels.error().message);
        in.node.label(view.number, std::move(*labels));
    }
    if (chooses_files(with, empty_list::all)) {
        if (view.torrent == nullptr)
            return outcome::fails(code::file_index, "the files of the torrent are not known yet");
        auto choice = choice_of(with, view.torrent->info, view.status.files, empty_list::all);
        if (!choice) return outcome::fails(code::file_index, choice.error().message);
        ++all->open;
        in.node.choose(view.number, std::move(*choice), [all](const result<void>& chosen) {
            all->take(chosen ? outcome{} : outcome::fails(code::internal, chosen.error().message));
        });
    }
    if (auto tiers = trackers_after(in.node.trackers(view.number), with); !tiers)
        return outcome::fails(
            tiers.error().code == errc::not_found ? code::tracker_list : code::announce_list,
            tiers.error().message);
    else if (*tiers)
        in.node.set_trackers(view.number, std::move(**tiers));
    set_limits(in, with, view, wishes);
    in.wishes[view.status.hash] = wishes;
    apply_bounds(in.node, in.settings, in.wishes, view.number);
    if (const auto place = with.integer("queuePosition"); place && *place >= 0)
        in.node.set_place(view.number, static_cast<std::size_t>(*place));
    return {};
}

}  // namespace

void torrent_set(const context& in, const arguments& with, outcome_fn done) {
    for (const auto name : refused)
        if (with.find(name) != nullptr)
            return done(
                outcome::fails(code::invalid_params, with.name(name) + ": this node cannot change it"));
    const auto all = std::make_shared<all_of_them>(all_of_them{1, {}, std::move(done)});
    for (const auto number : meant(in, with)) {
        const auto view = in.node.view(number, false);
        if (!view) continue;
        ++all->open;
        all->take(set_one(in, with, *view, all));
    }
    all->take(outcome{});
}

}  // namespace bt::rpc

#include "app/lan/shared_names.hpp"

#include <algorithm>
#include <numeric>

#include "base/limits.hpp"
#include "base/name_key.hpp"
#include "base/text.hpp"
#include "torrent/short_target.hpp"

namespace bt::app {
namespace {

constexpr std::size_t longest_compared = 64;  // bytes: the distance costs their product

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = last;
        std::swap(last, row);
    }
    return last[b.size()];
}

/// One error in three letters at most, or every short name would be like every other.
bool is_typo(const std::string& name, const std::string& wanted) {
    if (wanted.size() > longest_compared || name.size() > longest_compared) return false;
    const auto errors = distance(name, wanted);
    return errors <= 2 && errors * 3 <= wanted.size();
}

/// "Videos" of "Videos.iso": a typing error is looked for in either.
std::string without_suffix(const std::string& name) { return name.substr(0, name.rfind('.')); }

bool is_similar(const std::string& name, const std::string& wanted) {
    return name.find(wanted) != std::string::npos || is_typo(name, wanted) ||
           is_typo(without_suffix(name), wanted);
}

}  // namespace

std::string to_text(const name_source& source) {
    if (source.host.empty() || source.host == source.address) return source.address;
    return printable(source.host, 64) + " (" + source.address + ")";
}

void note_name(shared_torrent& torrent, const std::string& name, const name_source& source) {
    const auto says = [&](const name_claim& claim) {
        return std::any_of(claim.by.begin(), claim.by.end(),
                           [&](const name_source& one) { return one.address == source.address; });
    };
    auto claim = std::find_if(torrent.names.begin(), torrent.names.end(),
                              [&](const name_claim& one) { return one.name == name; });
    if (claim == torrent.names.end()) {
        const auto own = std::count_if(torrent.names.begin(), torrent.names.end(), says);
        if (torrent.names.size() == limits::lan_names ||
            static_cast<std::size_t>(own) == limits::lan_names_per_address)
            return;
        claim = torrent.names.insert(claim, {name, {}});
    }
    if (!says(*claim)) claim->by.push_back(source);
}

void settle_name(shared_torrent& torrent) {
    std::stable_sort(torrent.names.begin(), torrent.names.end(),
                     [](const name_claim& a, const name_claim& b) { return a.by.size() > b.by.size(); });
    if (!torrent.names.empty()) torrent.entry.name = torrent.names.front().name;
}

const name_claim* best_name(const shared_torrent& torrent, const std::string& wanted) {
    const name_claim* best = nullptr;
    auto how = fit::none;
    for (const auto& claim : torrent.names)
        if (const auto fits = fit_of(claim.name, wanted); fits < how) best = &claim, how = fits;
    return best;
}

std::vector<shared_torrent> matching(const std::vector<shared_torrent>& all, const std::string& wanted) {
    std::vector<shared_torrent> found;
    auto how = fit::none;
    for (const auto& each : all) {
        const auto* name = best_name(each, wanted);
        if (name == nullptr) continue;
        const auto fits = fit_of(name->name, wanted);
        if (fits > how) continue;
        if (fits < how) found.clear();
        how = fits;
        found.push_back(each);
    }
    return found;
}

std::vector<shared_torrent> beginning_with(const std::vector<shared_torrent>& all,
                                           const std::string& digits) {
    std::vector<shared_torrent> found;
    if (!torrent::looks_like_beginning(digits)) return found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const shared_torrent& each) {
        return to_hex(each.entry.hash.span()).starts_with(to_lower(digits));
    });
    return found;
}

std::vector<shared_torrent> meant_by(const std::vector<shared_torrent>& all, const std::string& word) {
    auto found = matching(all, word);
    return found.empty() ? beginning_with(all, word) : found;
}

std::vector<shared_torrent> said_by(const std::vector<shared_torrent>& all, const std::string& host) {
    const auto is_it = [wanted = to_lower(host)](const name_source& source) {
        return to_lower(source.host) == wanted || to_lower(source.address) == wanted ||
               to_lower(source.address.substr(0, source.address.find('%'))) == wanted;
    };
    std::vector<shared_torrent> found;
    for (auto each : all) {
        for (auto& claim : each.names) std::erase_if(claim.by, [&](const auto& one) { return !is_it(one); });
        std::erase_if(each.names, [](const name_claim& claim) { return claim.by.empty(); });
        if (each.names.empty()) continue;
        settle_name(each);
        found.push_back(std::move(each));
    }
    return found;
}

std::vector<shared_torrent> newest_of(const std::vector<shared_torrent>& all) {
    std::vector<shared_torrent> found;
    for (const auto& each : all) {
        if (!each.entry.created) continue;
        if (!found.empty() && *each.entry.created < *found.front().entry.created) continue;
        if (!found.empty() && *each.entry.created > *found.front().entry.created) found.clear();
        found.push_back(each);
    }
    return found;
}

std::vector<shared_torrent> similar(const std::vector<shared_torrent>& all, const std::string& wanted) {
    const auto looked_for = to_lower(name_key(wanted));
    std::vector<shared_torrent> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const shared_torrent& each) {
        return std::any_of(each.names.begin(), each.names.end(), [&](const name_claim& claim) {
            return is_similar(to_lower(name_key(claim.name)), looked_for);
        });
    });
    return found;
}

}  // namespace bt::app

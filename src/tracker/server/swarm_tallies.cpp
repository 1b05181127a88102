#include "tracker/server/swarm_tallies.hpp"

#include <algorithm>
#include <cstring>

#include "base/client_id.hpp"

namespace bt::tracker {
namespace {

using tally = std::vector<std::pair<std::string, std::size_t>>;

void add_to(tally& all, std::string_view name, std::size_t peers) {
    const auto same =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == name; });
    if (same == all.end())
        all.emplace_back(name, peers);
    else
        same->second += peers;
}

void sort_by_peers(tally& all) {
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
}

}  // namespace

std::uint16_t client_tally::add(const peer_id& id) {
    std::uint64_t prefix;
    std::memcpy(&prefix, id.bytes.data(), sizeof prefix);
    std::uint16_t number = 0;
    if (const auto known = numbers_.find(prefix); known != numbers_.end()) {
        number = known->second;
    } else if (auto name = client_of(id); !name.empty() && numbers_.size() < kinds_max) {
        if (free_.empty()) {
            number = static_cast<std::uint16_t>(kinds_.size());
            kinds_.emplace_back();
        } else {
            number = free_.back();
            free_.pop_back();
        }
        kinds_[number] = {prefix, std::move(name), 0};
        numbers_.emplace(prefix, number);
    }
    BT_ASSERT(number < kinds_.size() && numbers_.size() <= kinds_max);
    ++kinds_[number].peers;
    return number;
}

void client_tally::remove(std::uint16_t number) {
    BT_ASSERT(number < kinds_.size() && kinds_[number].peers > 0);
    if (--kinds_[number].peers > 0 || number == 0) return;
    numbers_.erase(kinds_[number].prefix);
    free_.push_back(number);
}

tally client_tally::versions() const {
    tally all;
    for (const auto& one : kinds_)
        if (one.peers > 0) add_to(all, one.name.empty() ? "unknown" : one.name, one.peers);
    sort_by_peers(all);
    return all;
}

tally client_tally::names() const {
    tally all;
    for (const auto& [version, peers] : versions()) {
        const auto space = version.rfind(' ');
        const bool numbered = space != std::string::npos && space + 1 < version.size() &&
                              version[space + 1] >= '0' && version[space + 1] <= '9';
        add_to(all, std::string_view(version).substr(0, numbered ? space : version.size()), peers);
    }
    sort_by_peers(all);
    return all;
}

}  // namespace bt::tracker

#include "swarm/blame.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace bt::swarm {

namespace {

constexpr std::size_t gone_givers = 300;  // no longer connected, but still to be named
constexpr std::size_t kept_attempts = 4;  // of a suspect piece

template <class T>
void sort_unique(std::vector<T>& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
}

byte_view block_at(byte_view piece, std::size_t block) {
    const auto rest = piece.subspan(std::min(piece.size(), block * limits::block_bytes));
    return rest.first(std::min<std::size_t>(rest.size(), limits::block_bytes));
}

}  // namespace

void blame::met(const block_giver& who) { givers_.insert_or_assign(who.connection, who); }

void blame::left(connection_id connection) {
    if (!givers_.contains(connection)) return;
    gone_.push_back(connection);
    if (gone_.size() <= gone_givers) return;
    // one that is not under suspicion first, so that no suspect is forgotten for the many that come and go
    auto at =
        std::find_if(gone_.begin(), gone_.end(), [&](connection_id each) { return !is_on_parole(each); });
    if (at == gone_.end()) at = gone_.begin();
    givers_.erase(*at);
    gone_.erase(at);
    BT_ASSERT(gone_.size() <= gone_givers);
}

std::vector<block_giver> blame::failed(piece_index piece, byte_view data,
                                       std::span<const connection_id> from) {
    if (from.empty()) return {};
    BT_ASSERT((data.size() + limits::block_bytes - 1) / limits::block_bytes == from.size());
    if (std::all_of(from.begin(), from.end(), [&](connection_id each) { return each == from.front(); }))
        return known({from.front()});

    auto& wrong = suspects_[piece];
    if (wrong.records.empty()) wrong.order = next_order_++;
    if (wrong.records.size() <= (kept_attempts - 1) * from.size()) {
        for (std::uint32_t block = 0; block < from.size(); ++block)
            wrong.records.push_back({block, digest_(block_at(data, block)), from[block]});
        sort_unique(wrong.records);
        wrong.givers.insert(wrong.givers.end(), from.begin(), from.end());
        sort_unique(wrong.givers);
    }
    if (suspects_.size() > limits::suspect_pieces) forget_oldest_suspect();
    return {};
}

std::vector<block_giver> blame::passed(piece_index piece, byte_view data) {
    const auto node = suspects_.extract(piece);
    if (node.empty()) return {};
    std::vector<connection_id> liars;
    std::optional<std::uint32_t> block;
    std::uint64_t right = 0;
    for (const auto& record : node.mapped().records) {
        if (block != record.block) right = digest_(block_at(data, record.block));
        block = record.block;
        if (record.digest != right) liars.push_back(record.from);
    }
    sort_unique(liars);
    return known(std::move(liars));
}

bool blame::is_on_parole(connection_id connection) const {
    return std::any_of(suspects_.begin(), suspects_.end(), [&](const auto& each) {
        const auto& givers = each.second.givers;
        return std::binary_search(givers.begin(), givers.end(), connection);
    });
}

void blame::forget_oldest_suspect() {
    BT_ASSERT(!suspects_.empty());
    suspects_.erase(std::min_element(suspects_.begin(), suspects_.end(), [](const auto& a, const auto& b) {
        return a.second.order < b.second.order;
    }));
}

std::vector<block_giver> blame::known(std::vector<connection_id> liars) const {
    std::vector<block_giver> names;
    for (const auto liar : liars)
        if (const auto at = givers_.find(liar); at != givers_.end()) names.push_back(at->second);
    return names;
}

}  // namespace bt::swarm

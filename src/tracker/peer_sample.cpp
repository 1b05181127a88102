// Which peers an asker is told: neighbours first, then a random sample of all others he can reach.
#include <algorithm>
#include <numeric>

#include "tracker/peer_store.hpp"

namespace bt::tracker {
namespace {

/// The lists one asker may be told of, in a row.
template <std::size_t AddressBytes>
class candidates {
  public:
    using entry = swarm_entry<AddressBytes>;
    struct range {
        const std::vector<entry>* list;
        bool this_machine;
        std::size_t begin;
    };

    void add(const typename swarm_addresses<AddressBytes>::group& group, bool seeders) {
        const auto& list = group.lists[seeders];
        if (list.empty() || count_ == ranges_.size()) return;
        ranges_[count_++] = {&list, group.where.from == reach::host, size_};
        size_ += list.size();
    }
    std::size_t size() const { return size_; }
    const range& range_at(std::size_t position) const {
        auto at = count_ - 1;
        while (ranges_[at].begin > position) --at;
        return ranges_[at];
    }

  private:
    std::array<range, 2 * swarm_addresses<AddressBytes>::groups_max> ranges_;
    std::size_t count_ = 0, size_ = 0;
};

std::uint64_t below(rng& random, std::uint64_t bound) {
    // Lemire 2019 without the rejection: a bias of a millionth does no harm here, a division in the hot path
    // does
    return (random.next() >> 32) * bound >> 32;
}

template <std::size_t AddressBytes>
told_peer told(const swarm_entry<AddressBytes>& entry, bool this_machine, const asker& who) {
    told_peer one;
    std::copy(entry.compact.begin(), entry.compact.end(), one.compact.begin());
    // this machine is stored as its loopback (address_policy.hpp)
    if (this_machine && !who.loopback) std::ranges::copy(who.to.raw(), one.compact.begin());
    one.family = AddressBytes == 4 ? ip_family::v4 : ip_family::v6;
    one.peer = entry.peer;
    return one;
}

/// At most `want` of them, each at most once, each as likely as any other: one from each of as many parts of
/// about equal length as there are entries to take, all turned by a random offset.
template <std::size_t AddressBytes, class IsSelf>
void draw(const candidates<AddressBytes>& from, std::size_t want, std::size_t selves, rng& random,
          const asker& who, IsSelf is_self, std::vector<told_peer>& out) {
    const auto total = from.size();
    if (total == 0 || want == 0) return;
    const auto enough = out.size() + want;
    const auto parts = std::min(total, want + selves);
    const auto offset = below(random, total);
    for (std::size_t i = 0; i < parts && out.size() < enough; ++i) {
        const auto begin = i * total / parts, end = (i + 1) * total / parts;
        auto position = offset + begin + (end - begin > 1 ? below(random, end - begin) : 0);
        if (position >= total) position -= total;
        const auto& range = from.range_at(position);
        const auto& entry = (*range.list)[position - range.begin];
        if (!is_self(entry.peer)) out.push_back(told(entry, range.this_machine, who));
    }
}

}  // namespace

void peer_store::sample(const sample_question& asked, std::vector<told_peer>& out) {
    const auto& in = torrents_[asked.torrent];
    const auto selves = own(asked.torrent, asked.self);
    const auto is_self = [&](std::uint32_t peer) { return peer == asked.self_peer || selves.has(peer); };

    candidates<4> near4, far4;
    candidates<16> near6, far6;
    const auto collect = [&](const auto& addresses, auto& near, auto& far, ip_family family) {
        for (const auto& group : addresses.groups()) {
            if (group.empty() || !may_be_told(asked.who, group.where, family)) continue;
            auto& into = is_near(asked.who, group.where) ? near : far;
            into.add(group, false);
            if (!asked.seeder) into.add(group, true);
        }
    };
    const bool by_v4 = asked.who.from.is_v4();
    if (by_v4 || asked.other_family) collect(in.v4, near4, far4, ip_family::v4);
    if (!by_v4 || asked.other_family) collect(in.v6, near6, far6, ip_family::v6);

    const auto all4 = near4.size() + far4.size(), all6 = near6.size() + far6.size();
    // most peers have both families and should be told once: the other family gets what the asker's own
    // leaves, a quarter at least for those that have nothing else
    const auto other = by_v4 ? all6 : all4, same = by_v4 ? all4 : all6;
    const auto left = asked.want > same ? asked.want - same : 0;
    const auto for_other = std::min(other, std::max(asked.want / 4, left));
    const auto for_same = asked.want - for_other;

    const auto take = [&](const auto& near, const auto& far, std::size_t want) {
        const auto enough = out.size() + want;
        draw(near, want, selves.count + 1, random_, asked.who, is_self, out);
        draw(far, enough - out.size(), selves.count + 1, random_, asked.who, is_self, out);
    };
    take(near4, far4, by_v4 ? for_same : for_other);
    take(near6, far6, by_v4 ? for_other : for_same);
}

}  // namespace bt::tracker

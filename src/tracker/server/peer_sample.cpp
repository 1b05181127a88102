// Which peers an asker is told: neighbours first, then a random sample of all others it can reach.
#include <algorithm>
#include <cstring>

#include "tracker/server/peer_store.hpp"

namespace bt::tracker {
namespace {

/// The lists one asker may be told of, in a row.
template <std::size_t AddressBytes>
class candidates {
  public:
    using entry = swarm_entry<AddressBytes>;
    struct range {
        const entry* entries;
        bool this_machine;
        std::size_t begin, end;  // in the row
    };

    void add(const typename swarm_addresses<AddressBytes>::group& group, bool seeders) {
        const auto& list = group.lists[seeders];
        if (list.empty() || count_ == ranges_.size()) return;
        ranges_[count_++] = {list.data(), group.where.from == reach::host, size_, size_ + list.size()};
        size_ += list.size();
    }
    std::size_t size() const { return size_; }
    const range* first() const { return ranges_.data(); }

  private:
    std::array<range, 2 * swarm_addresses<AddressBytes>::groups_max> ranges_;
    std::size_t count_ = 0, size_ = 0;
};

/// One sequence for each answer (a linear congruence, Knuth's multiplier; its high half is good), begun by
/// the store's generator: it does nothing but choose which peers to tell.
class picks {
  public:
    explicit picks(std::uint64_t begin) : state_(begin) {}
    std::uint64_t below(std::uint64_t bound) {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        // Lemire 2019 without the rejection: a bias of a millionth does no harm here, a division in the hot
        // path does
        return (state_ >> 32) * bound >> 32;
    }

  private:
    std::uint64_t state_;
};

/// This machine is stored as its loopback, and told as the address the asker has reached
/// (address_policy.hpp).
template <std::size_t AddressBytes>
void write(const swarm_entry<AddressBytes>& entry, bool as_reached, bool crossed, const asker& who,
           told_peers& out) {
    constexpr std::size_t other = AddressBytes == 4 ? 16 : 4;
    auto* at = crossed ? out.add<other>(entry.peer) : out.add<AddressBytes>(entry.peer);
    const auto address = as_reached ? who.to.raw() : byte_view(entry.compact).first(AddressBytes);
    std::ranges::copy(byte_view(entry.compact).subspan(AddressBytes), std::ranges::copy(address, at).out);
}

/// At most `want` of them, each at most once, each as likely as any other: one from each of as many parts of
/// about equal length as there are entries to take, all turned by a random offset.
template <std::size_t AddressBytes, class IsSelf>
std::size_t draw(const candidates<AddressBytes>& from, std::size_t want, std::size_t selves, picks& random,
                 const asker& who, IsSelf is_self, told_peers& out, bool crossed = false) {
    BT_ASSERT(out.size() + want <= told_peers::most);
    const auto total = from.size();
    if (total == 0 || want == 0) return 0;
    const auto parts = std::min(total, want + selves);
    // in 32.32 bits: rounding may leave out the end of the row, but where that is, is random
    const auto part = (std::uint64_t{total} << 32) / parts;
    const auto offset = random.below(total);
    const auto* range = from.first();
    std::size_t taken = 0, begin = 0;
    std::uint64_t edge = 0;
    for (std::size_t i = 0; i < parts && taken < want; ++i) {
        edge += part;
        const auto end = static_cast<std::size_t>(edge >> 32);
        auto position = offset + begin + (end - begin > 1 ? random.below(end - begin) : 0);
        begin = end;
        if (position >= total) position -= total;
        if (position < range->begin) range = from.first();
        while (position >= range->end) ++range;
        BT_ASSERT(position >= range->begin);
        const auto& entry = range->entries[position - range->begin];
        if (is_self(entry.peer)) continue;
        ++taken;
        write(entry, range->this_machine && (crossed || !who.loopback), crossed, who, out);
    }
    return taken;
}

}  // namespace

void peer_store::sample(const sample_question& asked, told_peers& out) {
    const auto& in = torrents_[asked.torrent];
    BT_ASSERT(in.in_use);
    const auto& selves = asked.self;
    const auto want = std::min(asked.want, told_peers::most);
    const auto is_self = [&](std::uint32_t peer) { return peer == asked.self_peer || selves.has(peer); };
    out.clear();

    picks random(random_.next());
    const auto round = [&](bool leechers, bool seeders, std::size_t most) {
        candidates<4> near4, far4, crossed4;
        candidates<16> near6, far6, crossed6;
        const bool by_v4 = asked.who.from.is_v4();
        const auto collect = [&](const auto& addresses, auto& near, auto& far, auto& crossed,
                                 ip_family family) {
            const bool direct = asked.other_family || (family == ip_family::v4) == by_v4;
            for (const auto& group : addresses.groups()) {
                if (group.empty()) continue;
                const bool told = direct && may_be_told(asked.who, group.where, family);
                if (!told && !crosses(asked.who, group.where, family)) continue;
                auto& into = !told ? crossed : is_near(asked.who, group.where) ? near : far;
                if (leechers) into.add(group, false);
                if (seeders) into.add(group, true);
            }
        };
        collect(in.v4, near4, far4, crossed4, ip_family::v4);
        collect(in.v6, near6, far6, crossed6, ip_family::v6);

        const auto all4 = near4.size() + far4.size(), all6 = near6.size() + far6.size();
        // most peers have both families and should be told once: the other family gets what the asker's own
        // leaves, a quarter at least for those that have nothing else
        const auto other = by_v4 ? all6 : all4, same = by_v4 ? all4 : all6;
        const auto left = most > same ? most - same : 0;
        const auto for_other = std::min(other, std::max(most / 4, left));
        const auto for_same = most - for_other;
        const auto take = [&](const auto& near, const auto& far, std::size_t count) {
            const auto taken = draw(near, count, selves.count + 1, random, asked.who, is_self, out);
            draw(far, count - taken, selves.count + 1, random, asked.who, is_self, out);
        };
        take(near4, far4, by_v4 ? for_same : for_other);
        take(near6, far6, by_v4 ? for_other : for_same);
        // those that have an address of the asker's family are told by it
        const auto told_already = [&](std::uint32_t peer) {
            return is_self(peer) || peers_[peer].addresses[by_v4 ? 0 : 1].present();
        };
        const auto cross = [&](const auto& from) {
            draw(from, want - out.size(), from.size(), random, asked.who, told_already, out, true);
        };
        by_v4 ? cross(crossed6) : cross(crossed4);
    };
    round(true, !asked.seeder, want);
    if (asked.seeder && (asked.started || out.size() == 0) && out.size() < want)
        round(false, true, want - out.size());
}

}  // namespace bt::tracker

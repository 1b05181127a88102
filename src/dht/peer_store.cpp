#include "dht/peer_store.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "base/siphash.hpp"

namespace bt::dht {
namespace {

using minute = std::int64_t;  // since the clock's zero
constexpr minute kept_minutes = 30;

minute minute_of(time_point now) {
    return std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()).count();
}
/// The stamp of an entry is 16 bits of its minute: 45 days, of which none gets older than half an hour.
minute age_of(std::uint16_t stamp, minute now) {
    return static_cast<std::uint16_t>(static_cast<std::uint64_t>(now) - stamp);
}

/// 4 bytes address, 2 port, 2 stamp.
class packed_v4 {
  public:
    packed_v4(const endpoint& peer, std::uint16_t stamp) {
        for (const auto byte : peer.address.raw()) value_ = value_ << 8 | byte;
        value_ = value_ << 32 | static_cast<std::uint64_t>(peer.port) << 16 | stamp;
    }
    bool is_same_peer(const packed_v4& other) const { return (value_ ^ other.value_) >> 16 == 0; }
    std::uint16_t stamp() const { return static_cast<std::uint16_t>(value_); }
    endpoint peer() const {
        const auto octet = [&](int shift) { return static_cast<std::uint8_t>(value_ >> shift); };
        return {ip_address::v4(octet(56), octet(48), octet(40), octet(32)),
                static_cast<std::uint16_t>(value_ >> 16)};
    }

  private:
    std::uint64_t value_ = 0;
};
static_assert(sizeof(packed_v4) == 8);

/// 16 bytes address, 2 port, 2 stamp. The zone of a link-local address stands in its bytes 4 to 7, which are
/// zero in fe80::/64.
class packed_v6 {
  public:
    packed_v6(const endpoint& peer, std::uint16_t stamp) : port_(peer.port), stamp_(stamp) {
        const auto raw = peer.address.raw();
        std::copy(raw.begin(), raw.end(), address_.begin());
        for (std::size_t i = 0; i < 4; ++i)
            address_[4 + i] |= static_cast<std::uint8_t>(peer.address.zone() >> (24 - 8 * i));
    }
    bool is_same_peer(const packed_v6& other) const {
        return port_ == other.port_ && address_ == other.address_;
    }
    std::uint16_t stamp() const { return stamp_; }
    endpoint peer() const {
        const auto whole = *ip_address::from_bytes(address_);
        if (whole.scope() != address_scope::link_local) return {whole, port_};
        auto raw = address_;
        std::uint32_t zone = 0;
        for (std::size_t i = 4; i < 8; ++i) zone = zone << 8 | std::exchange(raw[i], std::uint8_t{0});
        return {*ip_address::from_bytes(raw, zone), port_};
    }

  private:
    std::array<std::uint8_t, 16> address_;
    std::uint16_t port_, stamp_;
};
static_assert(sizeof(packed_v6) == 20);

bool can_be_packed(const ip_address& address) {
    if (address.is_v4() || address.scope() != address_scope::link_local) return true;
    const auto between = address.raw().subspan(4, 4);
    return std::all_of(between.begin(), between.end(), [](auto byte) { return byte == 0; });
}

template <class Packed>
class family_peers {
  public:
    std::size_t size() const { return all_.size(); }
    std::size_t memory() const { return all_.capacity() * sizeof(Packed) + (all_.capacity() ? 16 : 0); }

    bool refresh(const Packed& one) {
        for (auto& known : all_)
            if (known.is_same_peer(one)) {
                known = one;
                return true;
            }
        return false;
    }
    void push(const Packed& one) {
        BT_ASSERT(all_.size() < limits::dht_peers_per_torrent);
        // by halves, and never beyond what a torrent may hold, which a vector's doubling would be
        if (all_.size() == all_.capacity())
            all_.reserve(std::min(std::max<std::size_t>(4, all_.size() + all_.size() / 2),
                                  limits::dht_peers_per_torrent));
        all_.push_back(one);
    }
    void replace(std::size_t at, const Packed& one) {
        BT_ASSERT(at < all_.size());
        all_[at] = one;
    }
    void remove(std::size_t at) {
        BT_ASSERT(at < all_.size());
        all_[at] = all_.back();
        all_.pop_back();
        give_back();
    }
    /// The greatest age of what stays.
    minute expire(minute now) {
        std::erase_if(all_, [now](const Packed& one) { return age_of(one.stamp(), now) > kept_minutes; });
        give_back();
        minute greatest = 0;
        for (const auto& one : all_) greatest = std::max(greatest, age_of(one.stamp(), now));
        return greatest;
    }
    /// The front of the list is shuffled as far as needed; its order means nothing.
    template <class May>
    void sample(minute now, std::size_t count, rng& random, May may_be_told, std::vector<endpoint>& out) {
        for (std::size_t i = 0; i < all_.size() && count > 0; ++i) {
            std::swap(all_[i], all_[i + random.below(all_.size() - i)]);
            if (age_of(all_[i].stamp(), now) > kept_minutes) continue;
            const auto peer = all_[i].peer();
            if (!may_be_told(peer.address)) continue;
            out.push_back(peer);
            --count;
        }
    }

    /// None twice, and none announced before `oldest`.
    bool is_sound(minute oldest) const {
        std::vector<endpoint> peers;
        for (const auto& one : all_) {
            if (age_of(one.stamp(), oldest) < 1 << 15 && one.stamp() != static_cast<std::uint16_t>(oldest))
                return false;
            peers.push_back(one.peer());
        }
        std::sort(peers.begin(), peers.end());
        return std::adjacent_find(peers.begin(), peers.end()) == peers.end();
    }

  private:
    void give_back() {
        if (all_.capacity() > 2 * all_.size() + 4) all_.shrink_to_fit();
    }

    std::vector<Packed> all_;
};

struct torrent {
    family_peers<packed_v4> v4;
    family_peers<packed_v6> v6;
    std::size_t announced = 0;  ///< peers it was full for and those it has: the sample is of so many
    minute oldest = 0;          ///< no peer is older
    ip_address first;           ///< the address that announced it first: it counts as its
    std::uint64_t begun = 0;    ///< a number that grows from torrent to torrent

    std::size_t size() const { return v4.size() + v6.size(); }
};

class keyed_hash {
  public:
    explicit keyed_hash(const siphash_key& key) : hash_(key) {}
    std::size_t operator()(const info_hash& hash) const { return hash_(hash.span()); }

  private:
    siphash13 hash_;
};

siphash_key random_key(rng& random) {
    siphash_key key;
    random.fill(key);
    return key;
}

}  // namespace

struct peer_store::impl {
    explicit impl(rng given) : random(given), torrents(0, keyed_hash(random_key(random))) {}

    /// Another peer for a full torrent: each of all that announced stays with the same probability.
    template <class Packed>
    void displace(torrent& full, family_peers<Packed>& own, const Packed& one) {
        ++full.announced;
        const auto place = random.below(full.announced);
        if (place >= full.size()) return;
        constexpr bool is_v4 = std::is_same_v<Packed, packed_v4>;
        // places are those of the IPv4 peers, then those of the IPv6 ones
        const bool victim_v4 = place < full.v4.size();
        const auto at = victim_v4 ? place : place - full.v4.size();
        if (victim_v4 == is_v4) return own.replace(at, one);
        victim_v4 ? full.v4.remove(at) : full.v6.remove(at);
        own.push(one);
    }
    template <class Packed>
    void add(torrent& to, family_peers<Packed>& own, const Packed& one) {
        if (own.refresh(one)) return;
        if (to.size() >= limits::dht_peers_per_torrent) return displace(to, own, one);
        to.announced = std::max(to.announced, to.size()) + 1;
        own.push(one);
        ++peers;
    }
    void expect(minute oldest) {
        deadline = std::min(deadline, time_point(std::chrono::minutes(oldest + kept_minutes + 1)));
    }

    bool has_place(const ip_address& by) const {
        const auto own = begun.find(by);
        const auto own_count = own == begun.end() ? 0 : own->second;
        if (own_count >= limits::dht_torrents_per_address) return false;
        return torrents.size() < limits::dht_torrents || greediest()->second >= own_count + 2;
    }
    std::unordered_map<ip_address, std::size_t>::const_iterator greediest() const {
        return std::max_element(begun.begin(), begun.end(),
                                [](const auto& a, const auto& b) { return a.second < b.second; });
    }
    using table = std::unordered_map<info_hash, torrent, keyed_hash>;
    table::iterator forget(table::iterator at) {
        const auto its = begun.find(at->second.first);
        BT_ASSERT(its != begun.end() && its->second > 0);
        if (--its->second == 0) begun.erase(its);
        return torrents.erase(at);
    }
    void evict_oldest_of(const ip_address& payer) {
        auto oldest = torrents.end();
        for (auto at = torrents.begin(); at != torrents.end(); ++at)
            if (at->second.first == payer &&
                (oldest == torrents.end() || at->second.begun < oldest->second.begun))
                oldest = at;
        BT_ASSERT(oldest != torrents.end() && peers >= oldest->second.size());
        peers -= oldest->second.size();
        forget(oldest);
    }

    rng random;
    std::uint64_t last_begun = 0;
    table torrents;
    std::size_t peers = 0;
    std::unordered_map<ip_address, std::size_t>
        begun;                    ///< torrents, by the address that announced them first
    time_point deadline = never;  ///< when the oldest may have to go
};

peer_store::peer_store(rng random) : impl_(std::make_unique<impl>(random)) {}
peer_store::~peer_store() = default;
peer_store::peer_store(peer_store&&) noexcept = default;
peer_store& peer_store::operator=(peer_store&&) noexcept = default;

bool peer_store::has_room(const info_hash& hash, const ip_address& by) const {
    return impl_->torrents.contains(hash) || impl_->has_place(by);
}

bool peer_store::add(time_point now, const info_hash& hash, const endpoint& peer) {
    if (!can_be_packed(peer.address)) return false;
    auto at = impl_->torrents.find(hash);
    const auto current = minute_of(now);
    if (at == impl_->torrents.end()) {
        if (!impl_->has_place(peer.address)) return false;
        if (impl_->torrents.size() >= limits::dht_torrents) {
            const auto payer = impl_->greediest()->first;
            impl_->evict_oldest_of(payer);
        }
        ++impl_->begun[peer.address];
        at = impl_->torrents.try_emplace(hash).first;
        at->second.first = peer.address;
        at->second.begun = ++impl_->last_begun;
        at->second.oldest = current;
    }
    const auto stamp = static_cast<std::uint16_t>(current);
    auto& to = at->second;
    if (peer.address.is_v4())
        impl_->add(to, to.v4, packed_v4(peer, stamp));
    else
        impl_->add(to, to.v6, packed_v6(peer, stamp));
    impl_->expect(to.oldest);
    return true;
}

void peer_store::sample(time_point now, const info_hash& hash, ip_family family, const ip_address& asker,
                        const address_rules& rules, std::size_t count, std::vector<endpoint>& out) {
    const auto at = impl_->torrents.find(hash);
    if (at == impl_->torrents.end()) return;
    const auto may = [&](const ip_address& about) { return rules.may_tell(asker, about); };
    if (family == ip_family::v4)
        at->second.v4.sample(minute_of(now), count, impl_->random, may, out);
    else
        at->second.v6.sample(minute_of(now), count, impl_->random, may, out);
}

void peer_store::tick(time_point now) {
    if (now < impl_->deadline) return;
    const auto current = minute_of(now);
    impl_->deadline = never;
    for (auto at = impl_->torrents.begin(); at != impl_->torrents.end();) {
        auto& one = at->second;
        if (current - one.oldest > kept_minutes) {
            const auto before = one.size();
            BT_ASSERT(before > 0 && impl_->peers >= before);
            one.oldest = current - std::max(one.v4.expire(current), one.v6.expire(current));
            impl_->peers -= before - one.size();
            one.announced = one.announced * one.size() / before;
            if (one.size() == 0) {
                at = impl_->forget(at);
                continue;
            }
        }
        impl_->expect(one.oldest);
        ++at;
    }
}

bool peer_store::is_sound() const {
    std::size_t peers = 0;
    std::unordered_map<ip_address, std::size_t> begun;
    for (const auto& [hash, one] : impl_->torrents) {
        peers += one.size();
        ++begun[one.first];
        if (one.size() == 0 || one.size() > limits::dht_peers_per_torrent) return false;
        if (one.begun > impl_->last_begun || begun[one.first] > limits::dht_torrents_per_address)
            return false;
        if (impl_->deadline > time_point(std::chrono::minutes(one.oldest + kept_minutes + 1))) return false;
        if (!one.v4.is_sound(one.oldest) || !one.v6.is_sound(one.oldest)) return false;
    }
    return peers == impl_->peers && begun == impl_->begun && impl_->torrents.size() <= limits::dht_torrents;
}

time_point peer_store::next_deadline() const { return impl_->deadline; }

std::size_t peer_store::torrents() const { return impl_->torrents.size(); }
std::size_t peer_store::peers() const { return impl_->peers; }

std::size_t peer_store::memory() const {
    using stored = std::pair<const info_hash, torrent>;
    constexpr std::size_t links = 2 * sizeof(void*) + 16;  // next, the hash, and what malloc keeps
    std::size_t total = sizeof(impl) + impl_->torrents.bucket_count() * sizeof(void*);
    total += impl_->begun.size() * (sizeof(std::pair<const ip_address, std::size_t>) + links);
    for (const auto& [hash, one] : impl_->torrents)
        total += sizeof(stored) + links + one.v4.memory() + one.v6.memory();
    return total;
}

}  // namespace bt::dht

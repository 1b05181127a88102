#include "sim/dht/settled_network.hpp"

#include <algorithm>

#include "dht/distance.hpp"
#include "dht/secure_id.hpp"

namespace bt::sim {
namespace {

std::uint32_t number_of(const ip_address& address) {
    const auto raw = address.raw();
    return static_cast<std::uint32_t>(raw[0] - 20) << 16 | static_cast<std::uint32_t>(raw[1]) << 8 | raw[2];
}

}  // namespace

settled_network::settled_network(dht_world& world, std::uint32_t size)
    : world_(world), random_(world.random().child()) {
    for (std::uint32_t i = 0; i < size; ++i) {
        ids_.push_back(
            dht::secure_id(public_address(i).address, static_cast<std::uint8_t>(random_.next()), random_));
        by_id_.push_back({ids_.back(), i});
    }
    std::sort(by_id_.begin(), by_id_.end());
    world.elsewhere = [this](const endpoint& from, const endpoint& to, byte_view datagram) {
        world_.after(30ms, [this, from, to, copy = bytes(datagram.begin(), datagram.end())] {
            answer(from, to, copy);
        });
    };
}

settled_network::host& settled_network::at(std::uint32_t number) {
    auto& place = hosts_[number];
    if (!place) {
        dht::secret secret;
        random_.fill(secret);
        place = std::make_unique<host>(ids_[number], secret, random_.child());
        fill(*place, ids_[number]);
    }
    return *place;
}

/// Those that share exactly `bits` leading bits with an id stand together in the order of ids.
void settled_network::fill(host& h, const node_id& id) {
    for (unsigned bits = 0; bits < dht::id_bits; ++bits) {
        auto low = id, high = id;
        for (unsigned bit = bits; bit < dht::id_bits; ++bit) {
            const auto mask = static_cast<std::uint8_t>(0x80u >> (bit % 8));
            const bool set = bit == bits && (id.bytes[bit / 8] & mask) == 0;
            auto &l = low.bytes[bit / 8], &u = high.bytes[bit / 8];
            l = static_cast<std::uint8_t>(set ? l | mask : l & ~mask);
            u = static_cast<std::uint8_t>(bit > bits || set ? u | mask : u & ~mask);
        }
        const auto begin = std::lower_bound(by_id_.begin(), by_id_.end(), known{low, 0});
        const auto end = std::upper_bound(begin, by_id_.end(), known{high, ~std::uint32_t{0}});
        const auto there = static_cast<std::uint64_t>(end - begin);
        const auto take = std::min<std::uint64_t>(there, dht::bucket_size);
        for (std::uint64_t i = 0; i < take; ++i) {
            const auto& one =
                *(begin + static_cast<std::ptrdiff_t>(there == take ? i : random_.below(there)));
            h.table.answered(world_.now(), {one.id, public_address(one.number)}, 50ms);
        }
        const auto own = std::lower_bound(by_id_.begin(), by_id_.end(), known{id, 0}) - by_id_.begin();
        const auto alone = [&](std::ptrdiff_t next) {
            return next < 0 || next >= static_cast<std::ptrdiff_t>(by_id_.size()) ||
                   dht::shared_bits(id, by_id_[static_cast<std::size_t>(next)].id) <= bits;
        };
        if (alone(own - 1) && alone(own + 1)) return;  // nobody is nearer
    }
}

void settled_network::answer(const endpoint& from, const endpoint& to, byte_view datagram) {
    if (number_of(to.address) >= ids_.size()) return;
    const auto message = dht::krpc::parse(datagram);
    const auto* query = message ? std::get_if<dht::krpc::query>(&*message) : nullptr;
    if (query == nullptr) return;
    auto& h = at(number_of(to.address));
    auto reply = h.answers.answer(world_.now(), from, to.address, datagram.size(), *query, h.rules,
                                  {&h.table, &h.none}, {});
    if (reply) world_.inject(to, from, std::move(*reply));
}

}  // namespace bt::sim

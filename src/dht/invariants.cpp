// What holds after every input. Tests ask for it; the program does not.
#include <algorithm>

#include "dht/distance.hpp"
#include "dht/node_impl.hpp"

namespace bt::dht {

// --- the table

bool routing_table::is_sound(const bucket& b, std::size_t index) const {
    if (b.live.size() > bucket_size || b.replacements.size() > bucket_size) return false;
    const auto fits = [&](const entry& e) {
        return e.who.id != own_ && index_of(e.who.id) == index && e.mark == mark_of(e.who.at);
    };
    const auto differ = [&](const std::vector<entry>& all) {
        for (std::size_t i = 0; i < all.size(); ++i)
            for (std::size_t k = 0; k < i; ++k)
                if (all[i].who.id == all[k].who.id ||
                    (realm_ == realm::world && same_subnet(all[i].who.at.address, all[k].who.at.address)))
                    return false;
        return true;
    };
    const auto is_entry = [&](const entry& e) {
        return fits(e) && e.last_answer != time_point{} && due_at(e) >= ask_at_;
    };
    const auto is_spare = [&](const entry& r) {
        return fits(r) && is_allowed(b, r) && (!is_useful(b, r) || again_at(r) >= ask_at_);
    };
    return std::all_of(b.live.begin(), b.live.end(), is_entry) && differ(b.live) &&
           std::all_of(b.replacements.begin(), b.replacements.end(), is_spare) && differ(b.replacements) &&
           (size_ == 0 || b.refresh_at >= refresh_at_);
}

bool routing_table::is_sound() const {
    if (buckets_.empty() || buckets_.size() > id_bits) return false;
    std::vector<endpoint> at;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        if (!is_sound(buckets_[i], i)) return false;
        for (const auto& e : buckets_[i].live) at.push_back(e.who.at);
    }
    std::sort(at.begin(), at.end());
    if (at.size() != size_ || std::adjacent_find(at.begin(), at.end()) != at.end()) return false;
    if (realm_ == realm::local) return true;
    // sorted, those of a subnet stand together
    for (std::size_t i = 0; i < at.size(); ++i) {
        if (i > 0 && at[i].address == at[i - 1].address) return false;
        if (i >= subnet_places && same_subnet(at[i].address, at[i - subnet_places].address)) return false;
    }
    return true;
}

// --- what was asked

bool lookup::is_sound() const {
    std::array<std::size_t, 5> at{};
    std::vector<record> namers(namers_.size());
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        const auto& c = candidates_[i];
        ++at[static_cast<std::size_t>(c.at)];
        if (c.id_known && c.node.id == plan_.own) return false;
        if (i > 0 && c.id_known && candidates_[i - 1].id_known &&
            closer(plan_.target, c.node.id, candidates_[i - 1].node.id))
            return false;
        if (i > 0 && !c.id_known && candidates_[i - 1].id_known) return false;
        for (std::size_t k = 0; k < i; ++k) {
            const auto& other = candidates_[k];
            if (c.node.at == other.node.at) return false;
            // beside one that has answered, no other of its place has or will be asked
            const auto counts = [](const candidate& one) {
                return one.id_known && (one.at == stage::answered || one.at == stage::fresh);
            };
            const bool answered = c.at == stage::answered || other.at == stage::answered;
            if (answered && counts(c) && counts(other) && same_place(c.node, other.node)) return false;
        }
        for (const auto by : c.named_by) {
            if (by == nobody) continue;
            if (by >= namers.size()) return false;
            if (c.at == stage::answered) ++namers[by].alive;
            if (c.at == stage::slow || c.at == stage::failed) ++namers[by].silent;
        }
    }
    const auto of = [&](stage which) { return at[static_cast<std::size_t>(which)]; };
    return candidates_.size() <= limits::dht_candidates && of(stage::asked) == on_their_way_ &&
           of(stage::slow) == slow_ && of(stage::answered) == answers_ && namers_.size() == answers_ &&
           candidates_.size() - of(stage::fresh) == asked_ &&
           std::equal(namers.begin(), namers.end(), namers_.begin(), [](const record& a, const record& b) {
               return a.alive == b.alive && a.silent == b.silent;
           });
}

bool query_book::is_sound() const {
    if (deadlines_.size() != open_.size() || by_endpoint_.size() != open_.size()) return false;
    return std::all_of(open_.begin(), open_.end(), [&](const auto& each) {
        const auto& [tid, one] = each;
        const auto end = one.query.sent + query_timeout;
        return one.query.tid == tid && (one.query.slow ? one.due == end : one.due <= end) &&
               deadlines_.contains({one.due, tid}) && by_endpoint_.contains({one.query.to, tid});
    });
}

// --- what is answered

bool tokens::is_sound() const {
    for (std::size_t i = 0; i < recent_.size(); ++i) {
        const auto& one = recent_[i];
        if (one.epoch == known{}.epoch) continue;
        if (static_cast<std::uint64_t>(one.epoch) % recent_.size() != i) return false;
        if (one.value != derived(one.epoch)) return false;
    }
    return true;
}

bool responder::is_sound() const {
    return tokens_.is_sound() && store_.is_sound() && floods_.is_sound() && local_floods_.is_sound() &&
           bytes_out_.is_sound() && proven_.size() <= limits::lan_nodes && !announced_;
}

// --- the node

/// A query of this owner is on its way, or held until its address may be asked again.
bool node::impl::is_awaited(std::uint64_t owner) const {
    return book.is_open(owner) || std::any_of(held.begin(), held.end(), [&](const auto& each) {
               return each.second.second.owner == owner;
           });
}

bool node::impl::is_sound(const side& s) const {
    const auto& own = families[s.family == ip_family::v4 ? 0 : 1];
    if (!own || s.table.own() != own->id || !s.table.is_sound() || !s.upkeep.is_sound()) return false;
    if (s.entering != 0) {
        const auto way = lookups.find(s.entering);
        if (way == lookups.end() || way->second.on != &s || way->second.owner != 0) return false;
    }
    // one that is pending keeps searches waiting: something must end that
    const auto is_asked = [&](const endpoint& at) {
        return book.is_open(at) || std::any_of(held.begin(), held.end(),
                                               [&](const auto& each) { return each.second.second.to == at; });
    };
    return s.named.size() <= limits::dht_contacts &&
           std::all_of(s.named_pending.begin(), s.named_pending.end(), is_asked);
}

bool node::impl::is_sound(search_id id, const seeking& s) const {
    const auto same = by_hash.find(s.wish.hash);
    if (same == by_hash.end() || std::count(same->second.begin(), same->second.end(), id) != 1) return false;
    if (s.told.size() > limits::dht_search_peers) return false;
    for (std::size_t which = 0; which < s.parts.size(); ++which) {
        const auto& part = s.parts[which];
        const auto announces = std::count_if(announcing.begin(), announcing.end(), [&](const auto& each) {
            return each.second == std::pair(id, which);
        });
        if (part.announcing != static_cast<std::size_t>(announces)) return false;
        if (part.lookup == 0) continue;
        const auto way = lookups.find(part.lookup);
        if (way == lookups.end() || way->second.owner != id || way->second.on != sides[which].get())
            return false;
    }
    return true;
}

bool node::impl::is_sound() const {
    std::size_t hashed = 0;
    for (const auto& [hash, ids] : by_hash) {
        hashed += ids.size();
        if (ids.empty()) return false;
    }
    const auto is_owner = [&](std::uint64_t owner) {
        return owner == 0 || lookups.contains(owner) || announcing.contains(owner) || pings.contains(owner);
    };
    return book.is_sound() && answers.is_sound() && hashed == searches.size() &&
           names.size() <= limits::torrent_nodes && queries[0].is_sound() && queries[1].is_sound() &&
           std::all_of(sides.begin(), sides.end(), [&](const auto& s) { return !s || is_sound(*s); }) &&
           std::all_of(lookups.begin(), lookups.end(),
                       [&](const auto& each) {
                           const auto& [number, one] = each;
                           return one.way.is_sound() && (one.owner == 0 || searches.contains(one.owner));
                       }) &&
           std::all_of(searches.begin(), searches.end(),
                       [&](const auto& each) { return is_sound(each.first, each.second); }) &&
           std::all_of(held.begin(), held.end(),
                       [&](const auto& each) { return is_owner(each.second.second.owner); }) &&
           std::all_of(announcing.begin(), announcing.end(),
                       [&](const auto& each) { return is_awaited(each.first); }) &&
           std::all_of(pings.begin(), pings.end(), [&](std::uint64_t ping) { return is_awaited(ping); });
}

bool node::is_sound() const { return impl_->is_sound(); }

}  // namespace bt::dht

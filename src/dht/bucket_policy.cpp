#include "dht/bucket_policy.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bt::dht {
namespace {

constexpr duration ask_pause = 5s;      // longer than a query takes
constexpr duration silent_pause = 60s;  // where no answer came, but none was blamed: all are silent

}  // namespace

time_point again_at(const entry& one) {
    return one.asked == time_point{} ? time_point::min()
                                     : one.asked + (one.waiting ? silent_pause : ask_pause);
}

time_point due_at(const entry& one) {
    // a bad one only if it has spoken since, which may mean that it is back
    if (is_bad(one)) return one.last_heard > one.asked ? one.asked + silent_pause : never;
    if (one.failures > 0) return again_at(one);
    return std::max(one.last_heard + questionable_after, again_at(one));
}

health health_of(const entry& one, time_point now) {
    if (is_bad(one)) return health::bad;
    const bool answered = one.last_answer != time_point{};
    return answered && now - one.last_heard < questionable_after ? health::good : health::questionable;
}

verdict place(std::span<const entry> bucket, const entry& newcomer, realm where) {
    BT_ASSERT(bucket.size() <= bucket_size);
    using what = verdict::what;
    const auto at = [&](auto found) { return static_cast<std::size_t>(found - bucket.begin()); };

    if (where == realm::world) {
        const auto neighbour = std::find_if(bucket.begin(), bucket.end(), [&](const entry& e) {
            return same_subnet(e.who.at.address, newcomer.who.at.address);
        });
        // even where there is room: two of a subnet never stand side by side
        if (neighbour != bucket.end())
            return is_bad(*neighbour) ? verdict{what::replace, at(neighbour)} : verdict{what::refuse};
    }
    if (bucket.size() < bucket_size) return {what::add};

    // of several bad ones the one that has been silent for longest
    auto victim = bucket.end();
    for (auto e = bucket.begin(); e != bucket.end(); ++e)
        if (is_bad(*e) && (victim == bucket.end() || e->last_heard < victim->last_heard)) victim = e;
    if (victim != bucket.end()) return {what::replace, at(victim)};

    if (where == realm::world && newcomer.secure) {
        // the one known for the shortest time: bucket order is the order of joining
        const auto insecure =
            std::find_if(bucket.rbegin(), bucket.rend(), [](const entry& e) { return !e.secure; });
        if (insecure != bucket.rend()) return {what::replace, at(std::prev(insecure.base()))};
    }
    return {what::wait};
}

}  // namespace bt::dht

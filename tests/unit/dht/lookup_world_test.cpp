// Lookups in a whole network of nodes with perfect tables, without any messages: who is asked answers out of
// its table after a while, or not at all, or lies.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "dht/distance.hpp"
#include "dht/lookup.hpp"
#include "dht/secure_id.hpp"

using namespace bt;
using namespace bt::dht;

namespace {

enum class manner {
    honest,
    silent,
    invents,  ///< names nodes next to the target that do not exist
    agreed,   ///< the same, but all liars name the same ones
    squats,   ///< names the true nearest, at addresses where nobody is
};

struct member {
    contact self;
    manner how = manner::honest;
    std::vector<std::size_t> table;  ///< members: 8 of each bucket
};

struct outcome {
    std::vector<contact> found;
    std::size_t asked = 0, most_on_their_way = 0;
    duration took{};
    unsigned hops = 0;
};

class network_of_nodes {
  public:
    network_of_nodes(std::size_t count, std::uint64_t seed) : random_(seed) {
        for (std::size_t i = 0; i < count; ++i) {
            const endpoint at{
                ip_address::v4(80, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i & 0xff), 1),
                6881};
            members_.push_back({{secure_id(at.address, 0, random_), at}, manner::honest, {}});
            by_endpoint_[at] = i;
        }
        for (auto& m : members_) fill(m);
    }
    /// So many of the members, at random, are no longer honest. Their places in the tables they keep.
    void corrupt(double part, manner how) {
        for (auto& m : members_) m.how = random_.chance(part) ? how : manner::honest;
    }

    rng& random() { return random_; }
    /// The `count` nearest that answer.
    std::vector<contact> nearest(const node_id& target, std::size_t count = 8) const {
        std::vector<contact> all;
        for (const auto& m : members_)
            if (m.how != manner::silent) all.push_back(m.self);
        return nearest_of(std::move(all), target, count);
    }

    /// A lookup that starts with 3 random honest nodes.
    outcome look(const lookup_plan& plan) {
        lookup way(plan);
        for (int seeds = 0; seeds < 3;) {
            const auto& m = members_[random_.below(members_.size())];
            if (m.how != manner::honest) continue;
            way.add(m.self);
            ++seeds;
        }
        return run(way, plan.target);
    }

  private:
    enum class event { answers, slow, failed };

    static std::vector<contact> nearest_of(std::vector<contact> all, const node_id& target,
                                           std::size_t count) {
        count = std::min(count, all.size());
        std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                          [&](const contact& a, const contact& b) { return closer(target, a.id, b.id); });
        all.resize(count);
        return all;
    }

    void fill(member& m) {
        std::map<unsigned, std::vector<std::size_t>> buckets;
        for (std::size_t i = 0; i < members_.size(); ++i)
            if (const auto shared = shared_bits(m.self.id, members_[i].self.id); shared < id_bits)
                buckets[shared].push_back(i);
        for (auto& [shared, bucket] : buckets) {
            for (std::size_t taken = 0; taken < std::min<std::size_t>(8, bucket.size()); ++taken) {
                std::swap(bucket[taken], bucket[taken + random_.below(bucket.size() - taken)]);
                m.table.push_back(bucket[taken]);
            }
        }
    }

    std::vector<contact> named_by(const member& m, const node_id& target) {
        std::vector<contact> named;
        if (m.how == manner::honest) {
            for (const auto i : m.table) named.push_back(members_[i].self);
            return nearest_of(std::move(named), target, 8);
        }
        rng own(m.self.at.address.raw()[2]), common(7);
        auto& source = m.how == manner::agreed ? common : own;
        const auto true_ones = nearest(target, 16);
        for (unsigned i = 0; i < 16; ++i) {
            const auto invented = [&] { return static_cast<std::uint8_t>(source.below(256)); };
            const endpoint nowhere{ip_address::v4(90, invented(), invented(), invented()), 6881};
            const auto id = m.how == manner::squats ? true_ones[i].id : random_at(target, 30 + i, source);
            named.push_back({id, nowhere});
        }
        return named;
    }

    outcome run(lookup& way, const node_id& target) {
        outcome got;
        std::multimap<time_point, std::pair<event, endpoint>> events;
        std::map<endpoint, bool> waiting;  // whether it is not slow yet
        time_point now{};
        for (;;) {
            while (const auto next = way.next()) {
                waiting[next->to] = true;
                const auto found = by_endpoint_.find(next->to);
                if (found != by_endpoint_.end() && members_[found->second].how != manner::silent) {
                    const auto later = now + 20ms + std::chrono::milliseconds(random_.below(80));
                    events.emplace(later, std::pair(event::answers, next->to));
                } else {
                    events.emplace(now + 250ms, std::pair(event::slow, next->to));
                    events.emplace(now + 4s, std::pair(event::failed, next->to));
                }
                const auto on =
                    std::count_if(waiting.begin(), waiting.end(), [](auto& w) { return w.second; });
                got.most_on_their_way = std::max(got.most_on_their_way, static_cast<std::size_t>(on));
            }
            if (way.is_over()) break;
            BOOST_REQUIRE_MESSAGE(!events.empty(), "neither over nor waiting for anything");
            const auto [when, what] = *events.begin();
            events.erase(events.begin());
            now = when;
            if (what.first == event::slow) {
                way.slow(what.second);
                waiting[what.second] = false;
                continue;
            }
            waiting.erase(what.second);
            if (what.first == event::failed) {
                way.failed(what.second);
                continue;
            }
            const auto& m = members_[by_endpoint_.at(what.second)];
            way.answered(what.second, m.self.id, named_by(m, target), "token");
        }
        for (const auto& holder : way.nearest()) got.found.push_back(holder.node);
        got.asked = way.asked();
        got.took = now.time_since_epoch();
        got.hops = way.hops();
        return got;
    }

    rng random_;
    std::vector<member> members_;
    std::unordered_map<endpoint, std::size_t> by_endpoint_;
};

std::size_t shared(const std::vector<contact>& a, const std::vector<contact>& b) {
    return static_cast<std::size_t>(std::count_if(
        a.begin(), a.end(), [&](auto& c) { return std::find(b.begin(), b.end(), c) != b.end(); }));
}

struct summary {
    std::size_t found = 0, fewest_found = 8, most_asked = 0, most_on_their_way = 0;
    duration time{}, longest{};
    unsigned most_hops = 0;
};
constexpr std::size_t lookups = 40;
summary look_around(network_of_nodes& net, lookup_plan plan = {}) {
    summary sum;
    for (std::size_t i = 0; i < lookups; ++i) {
        net.random().fill(plan.target.bytes);
        const auto got = net.look(plan);
        const auto right = shared(got.found, net.nearest(plan.target));
        sum.found += right;
        sum.fewest_found = std::min(sum.fewest_found, right);
        sum.most_asked = std::max(sum.most_asked, got.asked);
        sum.most_on_their_way = std::max(sum.most_on_their_way, got.most_on_their_way);
        sum.time += got.took;
        sum.longest = std::max(sum.longest, got.took);
        sum.most_hops = std::max(sum.most_hops, got.hops);
    }
    BOOST_TEST_MESSAGE("of the 8 nearest at least "
                       << sum.fewest_found << ", mean " << double(sum.found) / double(lookups)
                       << "; asked at most " << sum.most_asked << "; took at most " << seconds(sum.longest)
                       << " s, mean " << seconds(sum.time) / double(lookups) << " s");
    return sum;
}

/// One for all cases: its tables are the work.
network_of_nodes& thousand() {
    static network_of_nodes net(1'000, 1);
    return net;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lookups_in_a_world)

BOOST_AUTO_TEST_CASE(the_true_nearest_of_a_thousand_nodes_are_found) {
    auto& net = thousand();
    net.corrupt(0, manner::honest);
    const auto sum = look_around(net);
    BOOST_TEST(sum.fewest_found == 8u);
    BOOST_TEST(sum.most_asked <= 25u);
    BOOST_TEST(sum.most_on_their_way == 3u);
    BOOST_TEST((sum.most_hops >= 2 && sum.most_hops <= 5));
    BOOST_TEST((sum.longest < 1s));
}

BOOST_AUTO_TEST_CASE(more_questions_at_once_find_the_same_sooner) {
    auto& net = thousand();
    net.corrupt(0, manner::honest);
    lookup_plan plan;
    plan.where = realm::local;
    plan.alpha = 10;
    const auto wide = look_around(net, plan), narrow = look_around(net);
    BOOST_TEST(wide.fewest_found == 8u);
    BOOST_TEST(wide.most_on_their_way == 10u);
    BOOST_TEST((wide.time < narrow.time));
}

BOOST_AUTO_TEST_CASE(silent_nodes_cost_a_moment_and_few_of_the_nearest) {
    auto& net = thousand();
    net.corrupt(0.3, manner::silent);
    const auto sum = look_around(net);
    BOOST_TEST(sum.fewest_found >= 4u);  // who names 8 of which some are silent names no ninth
    BOOST_TEST(sum.found >= lookups * 7);
    BOOST_TEST(sum.most_asked <= 40u);
    BOOST_TEST(sum.most_on_their_way == 3u);
    BOOST_TEST((sum.longest <= 10s && sum.time < lookups * 1500ms));
}

BOOST_AUTO_TEST_CASE(liars_do_not_hold_a_lookup_up_and_do_not_hide_the_nearest) {
    struct row {
        manner how;
        std::size_t fewest_found, mean_found, most_asked;
    };
    const row table[] = {
        {manner::invents, 8, 8, 120}, {manner::agreed, 7, 7, 60}, {manner::squats, 1, 7, 120}};
    for (const auto& [how, fewest_found, mean_found, most_asked] : table) {
        BOOST_TEST_CONTEXT("manner " << static_cast<int>(how)) {
            auto& net = thousand();
            net.corrupt(0.3, how);
            const auto sum = look_around(net);
            BOOST_TEST(sum.fewest_found >= fewest_found);
            BOOST_TEST(sum.found >= lookups * mean_found);
            BOOST_TEST(sum.most_asked <= most_asked);
            BOOST_TEST(sum.most_on_their_way == 3u);
            BOOST_TEST((sum.longest <= 10s && sum.time < lookups * 3s));
        }
    }
}

BOOST_AUTO_TEST_CASE(in_a_world_of_few_all_are_found) {
    for (const std::size_t count : {1u, 2u, 8u}) {
        network_of_nodes net(count, count);
        lookup_plan plan;
        const auto got = net.look(plan);
        BOOST_TEST(got.found.size() == count);
        BOOST_TEST(got.asked == count);
    }
}

BOOST_AUTO_TEST_SUITE_END()

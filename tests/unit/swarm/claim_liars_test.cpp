// What neighbours that claim everything, and fetch or give nothing, cost at the worst: every mixture of when
// they claim, how often, how many they are, under how many names, and what they say to have.
#include <boost/test/unit_test.hpp>

#include "unit/base/tier.hpp"
#include "unit/swarm/town.hpp"

using namespace bt;
using namespace bt::swarm;
using namespace bt::swarm::test;

namespace {

constexpr duration block_time = 500ms;  // of the only source: 19 blocks take 9.5 s
constexpr duration most_lost = 2s;

struct lies {
    unsigned liars = 1;
    duration first = 0s;
    duration again = 1h;       ///< claim everything anew
    bool renamed = false;      ///< and come as somebody else before
    bool say_to_have = false;  ///< everything, besides
    bool smaller_id = false;   ///< than ours: of two who claim a piece they keep it
    bool leave_one = false;    ///< claim all but one piece, which is another one each time

    friend std::ostream& operator<<(std::ostream& to, const lies& it) {
        return to << it.liars << " liars from " << seconds(it.first) << " s, again after "
                  << seconds(it.again) << " s" << (it.renamed ? ", renamed" : "")
                  << (it.say_to_have ? ", say to have all" : "") << (it.smaller_id ? ", smaller id" : "")
                  << (it.leave_one ? ", leave one" : "");
    }
};

/// One source with everything and liars around us.
class besieged {
  public:
    besieged(const endpoint& source_at, const lies& what)
        : source_(t_.comes('s', source_at, all_pieces(), false)), what_(what) {
        for (unsigned i = 0; i < what.liars; ++i) liars_.push_back(&come(i));
        t_.unchokes(source_);
    }

    duration until_complete() {
        const auto began = t_.now;
        auto next_block = began + block_time, next_lie = began + what_.first;
        while (!t_.swarm.is_complete() && t_.now - began < 2min) {
            if (t_.now >= next_lie) {
                lie();
                next_lie = t_.now + what_.again;
            }
            t_.run(50ms);
            // what it was not asked for in time cannot be made up for
            if (t_.now >= next_block) next_block += give_one() ? block_time : 50ms;
        }
        return t_.now - began;
    }

  private:
    guest& come(unsigned number) {
        ++names_;
        const auto first = what_.smaller_id ? 1u : 't' + 1u;
        const auto name = static_cast<char>(first + names_ % 100u);
        auto& it = t_.comes(name == 's' ? 'r' : name, neighbour(10 + number), no_pieces(), false);
        if (what_.say_to_have)
            for (std::uint32_t piece = 0; piece < 10; ++piece) it.peer.have(t_.now, piece_index(piece));
        t_.settle();
        return it;
    }
    void lie() {
        ++round_;
        for (unsigned i = 0; i < liars_.size(); ++i) {
            if (what_.renamed && round_ > 1) {
                if (!liars_[i]->left) t_.leaves(*liars_[i]);
                liars_[i] = &come(i);
            }
            if (liars_[i]->left) continue;
            std::vector<std::uint32_t> pieces;
            for (std::uint32_t piece = 0; piece < 10; ++piece)
                if (!what_.leave_one || piece != round_ % 10) pieces.push_back(piece);
            if (round_ > 1) liars_[i]->peer.send_claim(t_.now, {true, pieces});  // released, and claimed anew
            liars_[i]->peer.send_claim(t_.now, {false, pieces});
            t_.settle();
        }
    }
    bool give_one() {
        const auto ranges = source_.peer.take_requests(limits::block_bytes);
        if (ranges.empty()) return false;
        source_.peer.send_blocks(t_.now, wire::test::framed(ranges), ranges);
        t_.settle();
        return true;
    }

    town t_{no_pieces()};
    guest& source_;
    const lies what_;
    std::vector<guest*> liars_;
    unsigned names_ = 0, round_ = 0;
};

duration alone(const endpoint& source_at) {
    lies none;
    none.liars = 0;
    return besieged(source_at, none).until_complete();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(what_liars_cost)

BOOST_AUTO_TEST_CASE(whatever_neighbours_claim_it_costs_less_than_two_seconds) {
    for (const auto& source_at : {neighbour(2), stranger(1)}) {
        const auto undisturbed = alone(source_at);
        BOOST_TEST_REQUIRE(undisturbed < 11s);
        duration worst{};
        lies by;
        unsigned kinds = 0;
        for (const unsigned liars : {1u, 12u})
            for (const duration first : {0ms, 300ms, 1000ms, 2000ms, 4000ms, 8000ms})
                for (const duration again : {3600'000ms, 250ms, 1000ms, 3000ms})
                    for (unsigned flags = 0; flags < 16; ++flags) {
                        if (!bt::test::long_tier() && ++kinds % 5 != 0) continue;  // a part of them
                        const lies what{liars,
                                        first,
                                        again,
                                        (flags & 1) != 0,
                                        (flags & 2) != 0,
                                        (flags & 4) != 0,
                                        (flags & 8) != 0};
                        const auto lost = besieged(source_at, what).until_complete() - undisturbed;
                        if (lost > worst) worst = lost, by = what;
                    }
        BOOST_TEST_MESSAGE("lost at most " << seconds(worst) << " s: " << by);
        BOOST_TEST(worst <= most_lost, "lost " << seconds(worst) << " s: " << by);
    }
}

BOOST_AUTO_TEST_SUITE_END()

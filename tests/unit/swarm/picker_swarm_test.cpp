// Random swarms in which everything goes wrong: whatever happens, the picker keeps its word, and the download
// ends.
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "picker_vocabulary.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

constexpr std::uint32_t count = 30;

class mess {
  public:
    explicit mess(std::uint64_t seed)
        : random_(seed),
          budget_((3 + random_.below(20)) * block),
          f_(*torrent::geometry::make(29 * 3 * block + 1'000, 3 * block), budget_, seed),
          wishes_(count, priority::normal) {
        f_.pick.set_sequential(random_.chance(0.3));
        for (int i = 0; i < 5; ++i) join(false);
    }

    /// Until all that is wanted is there; false: it never was.
    bool run() {
        for (int step = 0; step < 60'000; ++step) {
            if (f_.pick.is_complete() && step > 2'000) return true;
            // things calm down, as luck alone would not end a download
            act(peers_[random_.below(peers_.size())], step < 20'000);
        }
        return f_.pick.is_complete();
    }
    void check_end() {
        BOOST_TEST(f_.pick.started() == 0u);
        for (std::uint32_t i = 0; i < count; ++i)
            BOOST_TEST((f_.pick.have().has(piece_index(i)) || wishes_[i] == priority::skip));
    }

  private:
    void join(bool seed) {
        torrent::piece_set has(count, seed);
        for (std::uint32_t i = 0; i < count; ++i)
            if (random_.chance(0.5)) has.insert(piece_index(i));
        peers_.emplace_back(++last_id_, has);
        f_.pick.peers().add(has);
    }

    void act(peer& each, bool wild) {
        switch (random_.below(12)) {
            case 0:  // one that leaves; a seed comes instead
                if (!random_.chance(wild ? 0.1 : 0.005)) return;
                f_.leave(each);
                f_.pick.peers().remove(each.has);
                std::swap(each, peers_.back());
                peers_.pop_back();
                return join(true);
            case 1:
                if (each.owed.empty() || !random_.chance(wild ? 0.5 : 0.1)) return;
                if (random_.chance(0.5)) return f_.pick.overdue(each.owed[0]);
                if (random_.chance(0.5)) return f_.pick.late(each.owed.back());
                f_.pick.lost(each.owed.back());
                return each.owed.pop_back();
            case 2:
                return write(wild);
            case 3:
                return mood(each, wild);
            case 4:
                return wish(wild);
            case 5:
            case 6:
            case 7:
                return ask(each);
            default:
                return bring(each);
        }
    }

    void mood(peer& each, bool wild) {
        each.fast = random_.chance(0.5);
        each.alone = wild && random_.chance(0.2);
        each.except.reset();
        each.only.reset();
        if (random_.chance(wild ? 0.1 : 0.02)) f_.pick.disown(connection_id(each.id));
        if (!wild) return;
        if (random_.chance(0.3)) {
            each.except.emplace(count);
            for (std::uint32_t i = 0; i < count; ++i)
                if (random_.chance(0.4)) each.except->insert(piece_index(i));
        }
        if (random_.chance(0.1)) each.only = {piece_index(1), piece_index(17), piece_index(29)};
        if (const piece_index got(static_cast<std::uint32_t>(random_.below(count))); each.has.insert(got))
            f_.pick.peers().add(got);
    }

    void wish(bool wild) {
        if (!wild || !random_.chance(0.05)) return;
        for (auto& one : wishes_) one = static_cast<priority>(random_.below(4));
        f_.pick.set_priorities(wishes_);
        for (std::uint32_t i = 0; i < count; ++i)
            if (wishes_[i] == priority::skip) BOOST_REQUIRE(!f_.pick.is_started(piece_index(i)));
    }

    void write(bool wild) {
        if (at_disk_.empty()) return;
        const auto piece = *at_disk_.begin();
        at_disk_.erase(at_disk_.begin());
        if (!random_.chance(wild ? 0.5 : 0.1)) return f_.pick.verified(piece);
        const bool suspect = random_.chance(0.5);
        if (suspect) suspect_.insert(piece);
        f_.pick.failed(piece, suspect);
    }

    void ask(peer& each) {
        const auto room = 1 + random_.below(6);
        const auto before = each.owed;
        const auto got = f_.ask(each, room);
        BOOST_REQUIRE(got.size() <= room);
        std::set<block_range> asked(before.begin(), before.end());
        for (const auto& range : got) {
            BOOST_REQUIRE(asked.insert(range).second);  // never twice from one peer
            BOOST_REQUIRE(f_.shape.block_of(range).has_value());
            BOOST_REQUIRE(each.has.has(range.piece));
            BOOST_REQUIRE(wishes_[range.piece.value()] != priority::skip);
            BOOST_REQUIRE(!f_.pick.have().has(range.piece) && !at_disk_.contains(range.piece));
            if (each.except) BOOST_REQUIRE(!each.except->has(range.piece));
            if (each.only)
                BOOST_REQUIRE(std::find(each.only->begin(), each.only->end(), range.piece) !=
                              each.only->end());
        }
        std::size_t held = 0;
        for (std::uint32_t i = 0; i < count; ++i)
            if (f_.pick.is_started(piece_index(i))) held += f_.shape.piece_size(piece_index(i));
        BOOST_REQUIRE(held <= budget_);
    }

    void bring(peer& each) {
        if (each.owed.empty()) return;
        std::swap(each.owed[0], each.owed[random_.below(each.owed.size())]);
        const auto range = each.owed[0];
        const auto arrival = f_.bring(each);
        if (arrival.others_asked)
            for (auto& other : peers_) std::erase(other.owed, range);
        if (!arrival.piece_whole) return;
        const auto whole = f_.pick.take_piece(range.piece);
        BOOST_REQUIRE(whole.data.size() == f_.shape.piece_size(range.piece));
        const auto data = payload({range.piece, 0, f_.shape.piece_size(range.piece)});
        BOOST_REQUIRE(std::equal(data.begin(), data.end(), whole.data.data()));
        BOOST_REQUIRE(whole.from.size() == f_.shape.block_count(range.piece));
        if (suspect_.contains(range.piece))
            for (const auto from : whole.from) BOOST_REQUIRE(from == connection_id(each.id));
        at_disk_.insert(range.piece);
    }

    rng random_;
    std::size_t budget_;
    fetch f_;
    std::vector<peer> peers_;
    std::vector<priority> wishes_;
    std::set<piece_index> at_disk_, suspect_;
    std::uint64_t last_id_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(picker_swarm_test)

BOOST_AUTO_TEST_CASE(a_swarm_where_everything_goes_wrong_still_ends_complete) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            mess it(seed);
            BOOST_TEST(it.run());
            it.check_end();
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

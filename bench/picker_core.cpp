// What it costs to choose a block to ask for, as torrents and swarms grow. Only pick() is on the clock; what
// it chose arrives, and finished pieces are fetched again when there are many, so that the torrent is never
// complete. Torrents that differ in their number of pieces are compared, so all else is equal: as many blocks
// are on their way in a large one as in a small one, and the same share of it is finished at most.
//   bench/picker_core     one line for each: blocks in a piece, pieces, peers, kind, ns for a block, ns for a
//   call
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <deque>
#include <tuple>
#include <vector>

#include "base/limits.hpp"
#include "swarm/picker.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

constexpr std::size_t at_once = 4, in_flight_each = 8, measured = 100'000, warm = 20'000;
constexpr std::uint32_t small_piece = 64;  // of one block, so small that memory does not count
constexpr std::array piece_counts{1'000u, 10'000u, 100'000u, 1'000'000u, limits::pieces};

/// Of this thread's CPU: the machine may have other things to do.
double seconds_now() {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

torrent::piece_set random_half(std::uint32_t count, rng& random) {
    bytes raw((std::size_t{count} + 7) / 8);
    random.fill(raw);
    if (count % 8 != 0) raw.back() = static_cast<std::uint8_t>(raw.back() & 0xff00 >> count % 8);
    return *torrent::piece_set::from_wire(raw, count);
}

class swarm_of {
  public:
    swarm_of(std::uint32_t pieces, std::uint32_t blocks_each, std::size_t peers)
        : shape_(make_shape(pieces, blocks_each)),
          except_(random_half(pieces, random_)),
          pick_(shape_, first_pieces(pieces), random_.child(), 1024 * limits::MiB),
          block_(limits::block_bytes),
          most_in_flight_(std::min(in_flight_each * peers, std::size_t{piece_counts[0]} * blocks_each / 8)),
          most_done_(pieces / 8) {
        // with nothing offered a bitfield is counted in no time
        pick_.set_priorities(std::vector(pieces, priority::skip));
        for (std::size_t i = 0; i < peers; ++i) {
            const bool seed = i % 10 == 0;
            theirs_.push_back(seed ? torrent::piece_set(pieces, true) : random_half(pieces, random_));
            if (seed)
                pick_.peers().add_everywhere();
            else
                pick_.peers().add(theirs_.back());
        }
        pick_.set_priorities(std::vector(pieces, priority::normal));
    }

    struct cost {
        double block_ns, call_ns;
    };
    cost measure(bool with_except, bool sequential) {
        pick_.set_sequential(sequential);
        choose(warm, with_except);
        return choose(measured, with_except);
    }

  private:
    struct request {
        block_range range;
        connection_id from;
    };
    static torrent::geometry make_shape(std::uint32_t pieces, std::uint32_t blocks_each) {
        const auto size = blocks_each == 1 ? small_piece : blocks_each * limits::block_bytes;
        return *torrent::geometry::make(std::uint64_t{pieces} * size, size);
    }
    static torrent::piece_set first_pieces(std::uint32_t pieces) {
        torrent::piece_set have(pieces);
        for (std::uint32_t i = 0; i < 8; ++i) have.insert(piece_index(i));
        return have;
    }

    cost choose(std::size_t blocks, bool with_except) {
        double took = 0;
        std::size_t got = 0, calls = 0;
        std::vector<std::vector<block_range>> chosen(32);
        std::vector<std::size_t> who(chosen.size());
        while (got < blocks) {
            for (auto& one : who) one = random_.below(theirs_.size());
            const auto begin = seconds_now();
            for (std::size_t i = 0; i < who.size(); ++i) {
                asker it{connection_id(who[i]), theirs_[who[i]]};
                it.fast = who[i] % 3 == 0;
                it.except = with_except ? &except_ : nullptr;
                chosen[i] = pick_.pick(it, at_once, [](const block_range&) { return false; });
            }
            took += seconds_now() - begin;
            calls += who.size();
            for (std::size_t i = 0; i < who.size(); ++i)
                for (const auto& range : chosen[i]) {
                    flying_.push_back({range, connection_id(who[i])});
                    ++got;
                }
            while (flying_.size() > most_in_flight_) land();
        }
        return {took * 1e9 / static_cast<double>(got), took * 1e9 / static_cast<double>(calls)};
    }

    void land() {
        const auto [range, from] = flying_.front();
        flying_.pop_front();
        if (!pick_.arrived(range, byte_view(block_).first(range.length), from).piece_whole) return;
        pick_.take_piece(range.piece);
        done_.push_back(range.piece);
        if (done_.size() < most_done_) return;
        // all at once: of few that were touched just now, memory would not be seen
        for (const auto piece : done_) pick_.failed(piece);
        done_.clear();
    }

    rng random_{1};
    torrent::geometry shape_;
    torrent::piece_set except_;
    picker pick_;
    bytes block_;
    std::size_t most_in_flight_, most_done_;
    std::vector<torrent::piece_set> theirs_;
    std::deque<request> flying_;
    std::vector<piece_index> done_;
};

}  // namespace

int main() {
    for (const std::uint32_t blocks_each : {1u, 16u})
        for (const std::size_t peers : {1u, 50u, 500u})
            for (const std::uint32_t pieces : piece_counts) {
                swarm_of one(pieces, blocks_each, peers);
                for (const auto& [kind, with_except, sequential] : {std::tuple{"rarest", false, false},
                                                                    {"except", true, false},
                                                                    {"sequential", false, true}}) {
                    const auto [block_ns, call_ns] = one.measure(with_except, sequential);
                    std::printf("%u %u %zu %s %.0f %.0f\n", blocks_each, pieces, peers, kind, block_ns,
                                call_ns);
                    std::fflush(stdout);
                }
            }
    return 0;
}

#include "storage/lane_hasher.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

#include "base/limits.hpp"
#include "base/rng.hpp"

using namespace bt;
using namespace bt::storage;

namespace {

using sizes = std::vector<std::uint64_t>;

/// Pieces of these sizes through the lanes; a piece that reads false at some offset is dropped there.
struct hashed_pieces {
    std::vector<bytes> content;
    std::map<std::uint64_t, std::uint64_t> cut;  // by piece: what is not there
    std::map<std::uint64_t, sha1_digest> digests;
    std::size_t longest_read = 0;
    unsigned most_at_once = 0;

    explicit hashed_pieces(const sizes& all) {
        rng random(5);
        for (const auto size : all) random.fill(content.emplace_back(size));
    }
    void run(const hash_plan& plan) {
        lane_hasher lanes(plan);
        buffer scratch;
        std::uint64_t next = 0;
        for (;;) {
            while (!lanes.is_full() && next < content.size()) {
                lanes.add(next, content[next].size());
                ++next;
            }
            if (lanes.is_empty()) break;
            unsigned reads = 0;
            const auto ended = lanes.step(scratch, [&](std::uint64_t piece, std::uint64_t offset, auto into) {
                ++reads;
                longest_read = std::max(longest_read, into.size());
                std::copy_n(content[piece].begin() + static_cast<std::ptrdiff_t>(offset), into.size(),
                            into.begin());
                const auto at = cut.find(piece);
                return result<bool>(at == cut.end() || at->second >= offset + into.size());
            });
            most_at_once = std::max(most_at_once, reads);
            for (const auto& [piece, digest] : ended.value()) digests.emplace(piece, digest);
        }
    }
    bool is_right(std::uint64_t piece) const {
        return digests.contains(piece) && digests.at(piece) == crypto::sha1(content[piece]);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lanes_of_pieces)

BOOST_AUTO_TEST_CASE(pieces_of_any_size_have_their_digests_in_few_lanes_and_in_many) {
    const sizes all{1, 64, 1000, 4096, 4097, 10'000, 63, 8192, 1, 9999, 128, 5000, 12'345};
    for (const unsigned lanes : {1u, 2u, 5u, 16u}) {
        for (const std::size_t part : {1u, 63u, 64u, 1000u, 4096u, 65'536u}) {
            hashed_pieces pieces(all);
            pieces.run({1, lanes, part});
            for (std::uint64_t i = 0; i < all.size(); ++i) BOOST_TEST(pieces.is_right(i), i);
            BOOST_TEST(pieces.longest_read <= part);
            BOOST_TEST(pieces.most_at_once == std::min<std::size_t>(lanes, all.size()));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_piece_that_is_not_there_as_a_whole_does_not_disturb_the_others) {
    hashed_pieces pieces({5000, 5000, 5000, 5000, 5000, 5000});
    pieces.cut = {{0, 0}, {2, 3000}, {5, 4999}};
    pieces.run({1, 4, 1024});
    for (const std::uint64_t gone : {0u, 2u, 5u}) BOOST_TEST(!pieces.digests.contains(gone));
    for (const std::uint64_t there : {1u, 3u, 4u}) BOOST_TEST(pieces.is_right(there));
}

BOOST_AUTO_TEST_CASE(a_disk_that_fails_ends_the_step) {
    lane_hasher lanes({1, 2, 64});
    lanes.add(0, 100);
    buffer scratch;
    const auto ended =
        lanes.step(scratch, [](auto, auto, auto) -> result<bool> { return fail(errc::storage, "no"); });
    BOOST_TEST((ended.error().code == errc::storage));
}

BOOST_AUTO_TEST_CASE(plans_stay_within_their_memory_and_leave_no_core_without_pieces) {
    using limits::KiB;
    using limits::MiB;
    for (const std::uint64_t piece : {16 * KiB, 256 * KiB, MiB, 16 * MiB, 64 * MiB, 100 * KiB + 1}) {
        for (const unsigned cores : {1u, 2u, 8u, 64u, 1000u}) {
            for (const std::uint64_t pieces : {0u, 1u, 3u, 16u, 1000u}) {
                for (const bool spinning : {false, true}) {
                    const auto plan = plan_hashing(piece, pieces, cores, spinning);
                    BOOST_TEST_CONTEXT(piece << " bytes, " << pieces << " pieces, " << cores << " cores") {
                        BOOST_TEST(plan.workers * plan.lanes * plan.part_bytes <= 32 * MiB);
                        BOOST_TEST(plan.part_bytes >= std::min<std::uint64_t>(piece, 16 * KiB));
                        BOOST_TEST(plan.part_bytes <= piece);
                        BOOST_TEST(plan.lanes >= 1u);
                        BOOST_TEST(plan.lanes <= crypto::sha1_lanes());
                        BOOST_TEST(plan.workers == (spinning ? 1u : plan.workers));
                        BOOST_TEST(plan.workers <=
                                   std::max<std::uint64_t>(1, std::min<std::uint64_t>(cores, pieces)));
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_spinning_disk_is_read_piece_after_piece) {
    using limits::MiB;
    for (const std::uint64_t piece : {MiB, 2 * MiB, 8 * MiB})
        BOOST_TEST(plan_hashing(piece, 1000, 8, true).part_bytes == piece);  // whole pieces: no way back
    BOOST_TEST(plan_hashing(64 * MiB, 1000, 8, true).lanes == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

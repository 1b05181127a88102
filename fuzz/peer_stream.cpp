// F4: the bytes of one peer. However they are cut, the same things happen and the same is answered, and no
// more is held than the limits say. The first bytes choose how the torrent stands and how the stream is cut.
#include "fuzz/target.hpp"
#include "unit/wire/any_stream.hpp"

namespace bt::fuzz {
namespace {

using namespace wire;
using namespace wire::test;

void run(byte_view input) {
    const auto choice = take_byte(input);
    const bool metadata = choice % 4 != 0, generous = choice / 4 % 2 == 0, by_byte = choice / 8 % 16 == 0;
    rng luck(take_byte(input));
    auto cut_whole = parts_of(std::max<std::size_t>(input.size(), 1));
    auto cut_small = by_byte ? parts_of(1) : random_parts(luck, 200);
    if (generous) {
        cut_whole = behind_the_handshake(cut_whole);
        cut_small = behind_the_handshake(cut_small);
    }
    auto whole = peer::incoming(start_time, node('u')), cut = peer::incoming(start_time, node('u'));
    const auto expected = fed(whole, input, cut_whole, starts(whole, metadata, generous));
    BT_ASSERT(fed(cut, input, cut_small, starts(cut, metadata, generous)) == expected);
    BT_ASSERT(bytes_of(whole) == bytes_of(cut));
    // what has arrived, one block of room and the early pieces
    BT_ASSERT(whole.receive_memory() <= 2 * input.size() + 64 * 1024);
    BT_ASSERT(cut.receive_memory() <= 2 * input.size() + 64 * 1024);
}

std::vector<bytes> seeds() {
    rng luck(2026);
    std::vector<bytes> all;
    for (int i = 0; i < 2'000; ++i) {
        const auto choice = static_cast<std::uint8_t>(luck.next()),
                   cut = static_cast<std::uint8_t>(luck.next());
        all.push_back(with_choice(choice, with_choice(cut, any_stream(luck))));
    }
    return all;
}

constexpr std::string_view words[] = {std::string_view("\0\0\0\0", 4),
                                      std::string_view("\0\0\0\1\2", 5),
                                      std::string_view("\0\0\0\5\4\0\0\0\1", 9),
                                      std::string_view("\0\0\x40\0", 4),
                                      "\xff\xff\xff\xff",
                                      "\x14",
                                      "d1:md11:ut_metadatai3e6:ut_pexi1eee",
                                      "8:msg_typei0e5:piecei0e",
                                      "5:added6:aaaaaa"};

}  // namespace

const target peer_stream{"F4", "the stream of a peer", run, seeds, words};

}  // namespace bt::fuzz

// What the tests of the picker have in common: peers that are asked, and blocks written as "3.0 3.1", the
// first two of piece 3.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "swarm/picker.hpp"
#include "vocabulary.hpp"

namespace bt::swarm {

inline constexpr std::uint32_t block = limits::block_bytes;
inline constexpr std::size_t plenty = 1024 * limits::MiB;

inline torrent::geometry shape_of(std::uint32_t piece_count, std::uint32_t blocks_each) {
    return *torrent::geometry::make(std::uint64_t{piece_count} * blocks_each * block, blocks_each * block);
}

inline bool nothing(const block_range&) { return false; }

inline std::string text(const std::vector<block_range>& ranges) {
    std::ostringstream out;
    for (const auto& range : ranges)
        out << (out.tellp() > 0 ? " " : "") << range.piece.value() << '.' << range.offset / block;
    return out.str();
}

/// One letter for each piece: high, normal (also '#'), low, '.' skip.
inline std::vector<priority> wishes(std::string_view letters) {
    std::vector<priority> all;
    for (auto letter : letters)
        all.push_back(letter == 'h'   ? priority::high
                      : letter == 'l' ? priority::low
                      : letter == '.' ? priority::skip
                                      : priority::normal);
    return all;
}

/// What a peer sends for a range: bytes that say where they belong.
inline bytes payload(const block_range& range) {
    bytes data(range.length);
    for (std::uint32_t i = 0; i < range.length; ++i)
        data[i] = static_cast<std::uint8_t>(range.piece.value() * 31 + (range.offset + i) / 7);
    return data;
}

inline picker::arrival arrive(picker& p, const block_range& range, std::uint64_t from = 1) {
    return p.arrived(range, payload(range), connection_id(from));
}

/// One that is asked, and remembers what it owes.
struct peer {
    std::uint64_t id;
    torrent::piece_set has;
    bool fast = false, alone = false;
    std::optional<torrent::piece_set> except = {};
    std::optional<std::vector<piece_index>> only = {};
    std::vector<block_range> owed = {};

    peer(std::uint64_t number, std::string_view theirs) : id(number), has(pieces(theirs)) {}
    peer(std::uint64_t number, const torrent::piece_set& theirs) : id(number), has(theirs) {}
    bool owes(const block_range& range) const {
        return std::find(owed.begin(), owed.end(), range) != owed.end();
    }
    asker who() const {
        asker it{connection_id(id), has};
        it.fast = fast;
        it.alone = alone;
        it.except = except ? &*except : nullptr;
        it.only = only ? &*only : nullptr;
        return it;
    }
};
inline peer fast(std::uint64_t id, std::string_view theirs) {
    peer one(id, theirs);
    one.fast = true;
    return one;
}
inline peer on_parole(std::uint64_t id, std::string_view theirs) {
    peer one(id, theirs);
    one.alone = true;
    return one;
}

/// A picker, and how its peers are asked.
struct fetch {
    torrent::geometry shape;
    picker pick;
    explicit fetch(const torrent::geometry& g, std::size_t budget = plenty, std::uint64_t seed = 1)
        : fetch(g, torrent::piece_set(g.piece_count()), budget, seed) {}
    fetch(const torrent::geometry& g, const torrent::piece_set& have, std::size_t budget = plenty,
          std::uint64_t seed = 1)
        : shape(g), pick(g, have, rng(seed), budget) {}

    /// Of a slow peer that owes nothing.
    std::vector<block_range> ask(std::string_view theirs, std::size_t count) {
        const peer one(1, theirs);
        BOOST_REQUIRE(pick.is_sound());
        return pick.pick(one.who(), count, nothing);
    }
    std::vector<block_range> ask(peer& one, std::size_t count) {
        BOOST_REQUIRE(pick.is_sound());
        auto got = pick.pick(one.who(), count, [&](const block_range& range) { return one.owes(range); });
        one.owed.insert(one.owed.end(), got.begin(), got.end());
        return got;
    }
    block_range at(std::uint32_t piece, std::uint32_t number) const {
        return shape.block(piece_index(piece), block_index(number));
    }
    /// It brings the first blocks that it owes.
    picker::arrival bring(peer& one, std::size_t count = 1) {
        picker::arrival last;
        for (; count > 0; --count) {
            last = arrive(pick, one.owed.at(0), one.id);
            one.owed.erase(one.owed.begin());
        }
        return last;
    }
    void leave(peer& one) {
        for (const auto& range : one.owed) pick.lost(range);
        pick.disown(connection_id(one.id));
        one.owed.clear();
    }
    /// Takes the whole piece and says that it is right.
    void finish(const std::vector<block_range>& ranges) {
        for (const auto& range : ranges)
            if (arrive(pick, range).piece_whole) {
                pick.take_piece(range.piece);
                pick.verified(range.piece);
            }
    }
    /// All of it came from that peer and was wrong.
    void spoil(std::uint32_t piece, bool suspect) {
        const piece_index index(piece);
        for (std::uint32_t i = 0; i < shape.block_count(index); ++i) arrive(pick, at(piece, i));
        pick.take_piece(index);
        pick.failed(index, suspect);
    }
};

}  // namespace bt::swarm

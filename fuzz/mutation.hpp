// Inputs that are nearly right: changes of the kinds that have broken parsers.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/rng.hpp"

namespace bt::fuzz {

/// One of the seeds, or two in a row, after up to `most` changes: a byte, a word, a part left out or doubled,
/// a part of another seed, the end cut off, one byte many times (lists within lists).
inline bytes mutated(std::span<const bytes> seeds, std::span<const std::string_view> words, rng& random,
                     std::uint64_t most = 4) {
    const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random.below(bound)); };
    const auto any_seed = [&]() -> const bytes& { return seeds[below(seeds.size())]; };
    const auto at = [](auto& made, std::size_t place) {
        return made.begin() + static_cast<std::ptrdiff_t>(place);
    };
    auto made = any_seed();
    const auto insert = [&](std::size_t place, byte_view what) {
        const bytes copy(what.begin(), what.end());
        made.insert(at(made, place), copy.begin(), copy.end());
    };
    const auto part_of = [&](const bytes& from, std::size_t longest) {
        const auto begin = below(from.size() + 1);
        return byte_view(from).subspan(begin, below(std::min(from.size() - begin, longest) + 1));
    };
    for (auto changes = random.below(most + 1); changes > 0; --changes) {
        const auto place = below(made.size() + 1);
        switch (random.below(10)) {
            case 0:
                if (place < made.size()) made[place] = static_cast<std::uint8_t>(random.next());
                break;
            case 1:
                if (place < made.size())
                    made[place] = static_cast<std::uint8_t>(made[place] ^ 1u << random.below(8));
                break;
            case 2:
            case 3:
                if (!words.empty()) insert(place, as_bytes(words[below(words.size())]));
                break;
            case 4:
                made.erase(at(made, place),
                           at(made, place + below(std::min<std::size_t>(made.size() - place, 8) + 1)));
                break;
            case 5:
                insert(place, part_of(made, 40));
                break;
            case 6:
                insert(place, part_of(any_seed(), 200));
                break;
            case 7:
                if (random.chance(0.3)) made.resize(place);
                break;
            case 8:
                if (random.chance(0.2) && place < made.size())
                    made.insert(at(made, place), below(300), made[place]);
                break;
            default:
                if (random.chance(0.2)) insert(made.size(), any_seed());
        }
    }
    return made;
}

}  // namespace bt::fuzz

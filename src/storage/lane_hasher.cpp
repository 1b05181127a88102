#include "storage/lane_hasher.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace bt::storage {
namespace {

// Of all lanes together: it lies in the second cache, and what is read at a time is long enough for a disk.
constexpr std::size_t usual_step = limits::MiB, spinning_step = 8 * limits::MiB;
constexpr std::size_t most_bytes = 32 * limits::MiB;  // of all threads
constexpr std::size_t least_part = 16 * limits::KiB;

}  // namespace

hash_plan plan_hashing(std::uint64_t piece_bytes, std::uint64_t pieces, unsigned cores, bool spinning) {
    hash_plan plan{1, crypto::sha1_lanes(), 0};
    if (spinning) {
        plan.lanes =
            static_cast<unsigned>(std::clamp<std::uint64_t>(spinning_step / piece_bytes, 1, plan.lanes));
        plan.part_bytes = spinning_step / plan.lanes;
    } else {
        const auto most_workers = most_bytes / (plan.lanes * least_part);
        plan.workers = static_cast<unsigned>(
            std::clamp<std::uint64_t>(std::min<std::uint64_t>(cores, pieces), 1, most_workers));
        plan.part_bytes = std::min(usual_step, most_bytes / plan.workers) / plan.lanes;
    }
    const auto share = (pieces + plan.workers - 1) / plan.workers;  // that no thread is left without
    plan.lanes = static_cast<unsigned>(std::clamp<std::uint64_t>(share, 1, plan.lanes));
    if (piece_bytes < plan.part_bytes) plan.part_bytes = static_cast<std::size_t>(piece_bytes);
    return plan;
}

void lane_hasher::add(std::uint64_t piece, std::uint64_t size) {
    BT_ASSERT(!is_full() && size > 0);
    under_way_.push_back({piece, size});
}

std::vector<lane_hasher::outcome> lane_hasher::hash_parts() {
    std::vector<crypto::sha1_hasher::part> parts;
    parts.reserve(under_way_.size());
    for (auto& at : under_way_) parts.push_back({&at.hasher, at.part});
    crypto::sha1_hasher::update(parts);
    std::vector<outcome> ended;
    for (auto& at : under_way_)
        if ((at.done += at.part.size()) == at.size) ended.push_back({at.piece, at.hasher.finish()});
    std::erase_if(under_way_, [](const lane& at) { return at.done == at.size; });
    return ended;
}

}  // namespace bt::storage

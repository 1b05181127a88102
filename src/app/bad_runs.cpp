#include "app/bad_runs.hpp"

namespace bt::app {

std::vector<bad_run> bad_runs(const torrent::info& info, const torrent::piece_set& bad) {
    std::vector<bad_run> runs;
    std::size_t file = 0;
    bad.for_each([&](piece_index piece) {
        if (!runs.empty() && runs.back().last + 1 == piece.value()) {
            runs.back().last = piece.value();
            return;
        }
        const auto begin = info.shape.piece_begin(piece);
        while (file + 1 < info.files.size() && info.files[file].begin + info.files[file].size <= begin)
            ++file;
        runs.push_back({piece.value(), piece.value(), info.files[file].path});
    });
    return runs;
}

}  // namespace bt::app

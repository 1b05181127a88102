#include "app/bad_runs.hpp"

#include "base/text.hpp"

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

std::string in_file(const torrent::info& info, piece_index piece) {
    if (!info.multi_file) return "";
    torrent::piece_set one(info.shape.piece_count());
    one.insert(piece);
    return " (file '" + printable(bad_runs(info, one).front().file) + "')";
}

}  // namespace bt::app

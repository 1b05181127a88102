#include "session/bad_runs.hpp"

#include <optional>

#include "base/text.hpp"

namespace bt::session {

void for_each_bad_run(const torrent::info& info, const torrent::piece_set& bad,
                      const std::function<void(const bad_run&)>& f) {
    std::optional<bad_run> run;
    std::size_t file = 0;  // the first that may reach into the run
    const auto end_run = [&] {
        const auto begin = info.shape.piece_begin(piece_index(run->first));
        const auto end =
            info.shape.piece_begin(piece_index(run->last)) + info.shape.piece_size(piece_index(run->last));
        while (file + 1 < info.files.size() && info.files[file].begin + info.files[file].size <= begin)
            ++file;
        for (auto i = file; i < info.files.size() && info.files[i].begin < end; ++i) {
            if (info.files[i].padding || info.files[i].size == 0) continue;
            if (run->files.size() < bad_run::most_named)
                run->files.push_back(info.files[i].path);
            else
                ++run->more_files;
        }
        f(*run);
    };
    bad.for_each([&](piece_index piece) {
        if (run && run->last + 1 == piece.value()) {
            run->last = piece.value();
            return;
        }
        if (run) end_run();
        run = bad_run{piece.value(), piece.value(), {}};
    });
    if (run) end_run();
}

std::vector<bad_run> bad_runs(const torrent::info& info, const torrent::piece_set& bad) {
    std::vector<bad_run> runs;
    for_each_bad_run(info, bad, [&](const bad_run& run) { runs.push_back(run); });
    return runs;
}

void drop_told(const torrent::info& info, const torrent::piece_set& bad,
               std::vector<torrent::misfit>& files) {
    const std::uint64_t piece_bytes = info.shape.piece_bytes();
    std::erase_if(files, [&](const torrent::misfit& each) {
        const auto& file = info.files[each.file.value()];
        for (auto at = file.begin / piece_bytes; at * piece_bytes < file.begin + file.size; ++at)
            if (bad.has(piece_index(static_cast<std::uint32_t>(at)))) return true;
        return false;
    });
}

bad_file as_bad_file(const torrent::info& info, const torrent::misfit& file) {
    const auto& entry = info.files[file.file.value()];
    return {entry.path, file.size, entry.size};
}

std::string bad_file_text(const bad_file& file) {
    const auto name = "'" + printable(file.file, 16'384) + "'";
    if (!file.size) return name + " is missing";
    return name + " has " + std::to_string(*file.size) + " bytes instead of " + std::to_string(file.expected);
}

std::string bad_run_text(const bad_run& run) {
    auto text = std::to_string(run.first);
    if (run.last != run.first) text += "-" + std::to_string(run.last);
    for (std::size_t i = 0; i < run.files.size(); ++i)
        text += (i == 0 ? " in " : ", ") + printable(run.files[i], 16'384);
    return run.more_files == 0 ? text : text + " and " + std::to_string(run.more_files) + " more";
}

std::string in_file(const torrent::info& info, piece_index piece) {
    if (!info.multi_file) return "";
    torrent::piece_set one(info.shape.piece_count());
    one.insert(piece);
    return " (file '" + printable(bad_runs(info, one).front().files.front()) + "')";
}

}  // namespace bt::session

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/commands/hashing.hpp"
#include "cli/display/format.hpp"
#include "cli/json/json.hpp"

namespace bt::cli {

namespace {

result<void> write_out(const create_options& options, const std::string& path, const bytes& file) {
    if (options.output != "-") return app::write_file(path, file, false);
    if (write_all(STDOUT_FILENO, as_text(file))) return {};
    return fail(errc::failure, fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

}  // namespace

ending create(const general_options& general, create_options options) {
    output out(general);
    output progress(beside_document(general));
    auto reports = make_reporter(progress);
    auto hashed = hash_paths(options.make, {options.path}, *reports);
    reports.reset();
    if (hashed.signal != 0) return {exit_code::done, hashed.signal};
    if (!hashed.made) return out.fails(hashed.made.error());

    const auto& made = *hashed.made;
    const auto& info = made.torrent.info;
    for (const auto& left_out : made.skipped) out.warning(printable(left_out));
    const std::string path = options.output.empty() ? info.name + ".torrent" : options.output;
    if (auto written = write_out(options, path, made.file); !written) return out.fails(written.error());

    const auto pieces = info.shape.piece_count();
    out.note(fmt::format("Created {}  {}…  {} {} of {}", path == "-" ? "torrent" : printable(path),
                         short_hash(info.hash), pieces, pieces == 1 ? "piece" : "pieces",
                         piece_size_text(info.shape.piece_bytes())));
    if (general.json)
        out.result([&](json_writer& to) { write_create(to, made, path); });
    else if (options.output != "-")
        out.result(magnet_link(made.torrent));
    return {out.lost_or_done()};
}

}  // namespace bt::cli

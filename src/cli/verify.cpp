#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/hashing.hpp"
#include "cli/json.hpp"

namespace bt::cli {

namespace {

void print_bad(const app::bad_run& run, output& out) {
    const std::string file = printable(run.file, 16'384);
    if (!out.out().is_terminal)
        out.result(fmt::format("bad\t{}\t{}\t{}", run.first, run.last, file));
    else if (run.first == run.last)
        out.result(fmt::format("bad  {}  in {}", run.first, file));
    else
        out.result(fmt::format("bad  {}-{}  from {}", run.first, run.last, file));
}

}  // namespace

ending verify(const general_options& general, verify_options options) {
    output out(general);
    auto fails = [&](const error& why) {
        out.error(why);
        return ending{exit_code_of(why.code)};
    };
    auto torrent = app::read_torrent(options.torrent);
    if (!torrent) return fails(torrent.error());

    general_options quiet_json = general;
    quiet_json.json = false;
    quiet_json.quiet = general.quiet || general.json;
    output progress(quiet_json);
    auto reports = make_reporter(progress);
    auto report =
        app::verify(*torrent, options.folder, paced_progress(printable(torrent->info.name), *reports));
    reports.reset();
    if (!report) return fails(report.error());

    if (general.json) {
        out.result(verify_json(*torrent, *report));
    } else {
        for (const auto& run : report->bad) print_bad(run, out);
        out.result(
            fmt::format("{} of {} pieces good", report->good.count(), torrent->info.shape.piece_count()));
    }
    if (out.result_lost()) return {exit_code::failure};
    return {report->bad.empty() ? exit_code::done : exit_code::bad_data};
}

}  // namespace bt::cli

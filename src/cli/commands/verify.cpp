// `verify`: files on disk against a torrent file, or those of a torrent that runs.
#include <fmt/format.h>
#include <sys/stat.h>

#include "app/control/torrent_json.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/commands/hashing.hpp"
#include "cli/commands/running_torrents.hpp"
#include "cli/json/json.hpp"

namespace bt::cli {

namespace {

std::string bad_line(const app::bad_run& run, const output& out) {
    if (out.out().is_terminal) return "bad  " + session::bad_run_text(run);
    auto line = fmt::format("bad\t{}\t{}", run.first, run.last);
    for (const auto& file : run.files) line += "\t" + printable(file, 16'384);
    return run.more_files == 0 ? line : line + fmt::format("\tand {} more", run.more_files);
}

std::string bad_line(const app::bad_file& bad, const output& out) {
    if (out.out().is_terminal) return "bad  " + session::bad_file_text(bad);
    return fmt::format("bad\t-\t-\t{}", printable(bad.file, 16'384));
}

constexpr duration ask_time = 100ms;

/// What looks like the path of a file is never taken for a torrent that runs.
bool means_file(const verify_options& options) {
    const auto& text = options.torrent;
    return options.only_file || text == "-" || text.find('/') != std::string::npos ||
           text.ends_with(".torrent");
}

bool is_there(const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0;
}

/// Until the node is through with it.
result<app::check_standing> follow(app::running_nodes& nodes, const app::remote_torrent& which,
                                   reporter& reports) {
    const auto name = shown_name(which.status);
    json params = json::object{};
    for (;;) {
        const auto answer = nodes.tell(which, "torrent_verify", params);
        if (!answer) return unexpected<error>(answer.error());
        auto standing = app::read_check(*answer);
        if (!standing || standing->over) return standing;
        params["check"] = standing->number;
        reports.hashing(name, standing->bytes_done, standing->bytes_total);
        nodes.wait(ask_time);
    }
}

/// `no_file`: why the word means no file.
ending verify_running(const general_options& general, const std::string& word, const std::string& no_file) {
    output out(general);
    app::running_nodes nodes;
    const auto chosen = running_torrents(nodes, out, {word});
    if (!chosen) {
        auto why = chosen.error();  // a file may have been meant as well
        why.message = fmt::format("{}, and {}", no_file, why.message);
        return out.fails(why);
    }
    ending end;
    json list = json::array{};
    for (const auto& each : *chosen) {
        output progress(beside_document(general));
        auto reports = make_reporter(progress);
        const auto report = follow(nodes, each, *reports);
        reports.reset();
        if (!report) {
            out.error(report.error(), &each.status.hash);
            end.code = worse(end.code, exit_code_of(report.error().code));
            continue;
        }
        if (!report->bad.empty() || !report->bad_files.empty())
            end.code = worse(end.code, exit_code::bad_data);
        if (general.json) {
            list.push_back(running_verify_json(each.status, *report));
            continue;
        }
        for (const auto& run : report->bad) out.result(bad_line(run, out));
        for (const auto& file : report->bad_files) out.result(bad_line(file, out));
        const auto of = chosen->size() > 1 ? " of " + torrent_label(*chosen, each) : std::string();
        out.result(fmt::format("{} of {} pieces{} good", report->pieces_good, report->pieces_wanted, of));
    }
    if (general.json) out.result(json{{"schema", 1}, {"torrents", std::move(list)}}.dump());
    if (out.result_lost()) return {exit_code::failure};
    return end;
}

}  // namespace

ending verify(const general_options& general, verify_options options) {
    const bool certain = means_file(options);
    if (!certain && !is_there(options.torrent))
        return verify_running(general, options.torrent,
                              fmt::format("there is no file '{}'", printable(options.torrent)));
    output out(general);
    auto torrent = app::read_torrent(options.torrent);
    if (!torrent && certain) return out.fails(torrent.error());
    if (!torrent) return verify_running(general, options.torrent, torrent.error().message);

    output progress(beside_document(general));
    auto reports = make_reporter(progress);
    auto report =
        app::verify(*torrent, options.folder, paced_progress(printable(torrent->info.name), *reports));
    reports.reset();
    if (!report) return out.fails(report.error());

    if (general.json) {
        out.result([&](json_writer& to) { write_verify(to, *torrent, *report); });
    } else {
        result_block lines(out);
        session::for_each_bad_run(torrent->info, report->bad,
                                  [&](const app::bad_run& run) { lines.line(bad_line(run, out)); });
        for (const auto& file : report->misfits)
            lines.line(bad_line(session::as_bad_file(torrent->info, file), out));
        lines.line(
            fmt::format("{} of {} pieces good", report->good.count(), torrent->info.shape.piece_count()));
    }
    if (out.result_lost()) return {exit_code::failure};
    const bool good = report->bad.count() == 0 && report->misfits.empty();
    return {good ? exit_code::done : exit_code::bad_data};
}

}  // namespace bt::cli

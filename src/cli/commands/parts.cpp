// `files` and `pieces`: what of a running torrent is there.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"
#include "base/name_key.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/commands/running_torrents.hpp"
#include "cli/display/bar.hpp"
#include "cli/display/format.hpp"
#include "cli/display/frame.hpp"
#include "cli/display/output.hpp"
#include "cli/display/table.hpp"

namespace bt::cli {
namespace {

/// One torrent: of several processes that have it the first that fetches, else the first.
result<app::remote_torrent> one_of(app::running_nodes& nodes, output& out, const std::string& word) {
    auto all = running_torrents(nodes, out, {word}, true);
    if (!all) return unexpected<error>(all.error());
    const auto fetching =
        std::find_if(all->begin(), all->end(), [](const auto& each) { return !each.status.shared; });
    return fetching == all->end() ? all->front() : *fetching;
}

void print_files(output& out, const std::vector<app::file_standing>& files) {
    table lines({{"#", true}, {"DONE", true}, {"PRIO"}, {"SIZE", true}, {"NAME", false, true, true}});
    std::size_t number = 0;
    for (const auto& each : files) {
        const auto index = std::to_string(++number);
        lines.row({index, fmt::format("{}%", percent(each.have, each.size)), each.priority,
                   size_text(each.size), printable(name_key(each.name), 4'096)},
                  {index, std::to_string(each.have), std::to_string(each.size), each.priority,
                   printable(each.name, 16'384)});
    }
    lines.print(out);
}

std::string files_document(const app::torrent_status& of, const std::vector<app::file_standing>& files) {
    json list = json::array{};
    for (const auto& each : files)
        list.push_back(json{{"name", each.name},
                            {"length", each.size},
                            {"bytes_completed", each.have},
                            {"priority", each.priority}});
    return json{
        {"schema", 1}, {"hash_string", to_hex(of.hash.span())}, {"name", of.name}, {"files", std::move(list)}}
        .dump();
}

std::size_t count_of(const app::piece_standing& of, app::piece_state state) {
    return static_cast<std::size_t>(std::count(of.pieces.begin(), of.pieces.end(), state));
}

/// The numbers of those in this state, the first few.
std::string numbers_of(const app::piece_standing& of, app::piece_state state) {
    constexpr std::size_t most = 8;
    std::string text;
    std::size_t count = 0;
    for (std::size_t i = 0; i < of.pieces.size(); ++i)
        if (of.pieces[i] == state && ++count <= most) text += fmt::format(" {}", i);
    if (count > most) text += fmt::format(" (+{})", grouped(count - most));
    return text;
}

/// Rows of cells, each with the number of its first piece. As many cells as there are pieces, or as fit in
/// `most_rows`.
void print_map(output& out, const app::piece_standing& of) {
    constexpr std::size_t most_cells = 64, most_rows = 16;
    const auto total = of.pieces.size();
    const auto digits = std::to_string(total).size();
    const auto columns = std::max<std::size_t>(size_of(1).columns, digits + 12);
    const auto width = std::min(most_cells, columns - digits - 3);
    if (total == 0) return;
    const auto cells = bar_cells(of.pieces, std::min(total, width * most_rows));
    const look how{columns, 24, out.out().color, out.out().ascii};
    for (std::size_t at = 0; at < cells.size(); at += width) {
        const std::vector<bar_cell> row(
            cells.begin() + static_cast<std::ptrdiff_t>(at),
            cells.begin() + static_cast<std::ptrdiff_t>(std::min(cells.size(), at + width)));
        styled_line line;
        line.add(pad_left(std::to_string(at * total / cells.size()), digits + 1) + " ", role::dim);
        line.bar(row, how.ascii);
        out.result_lines(line.render(how) + '\n');
    }
    const auto least = total / cells.size();
    if (least * cells.size() < total)
        out.result(fmt::format("One cell is {} or {} pieces.", least, least + 1));
    else if (least > 1)
        out.result(fmt::format("One cell is {} pieces.", least));
}

void print_pieces(output& out, const app::torrent_status& s, const app::piece_standing& of) {
    using enum app::piece_state;
    const auto columns = size_of(1).columns;
    out.result(fit_text(shown_name(s), columns, out.out().ascii));
    const auto facts =
        fmt::format("{} of {} pieces, {} each, availability {:.1f}", grouped(count_of(of, have)),
                    grouped(of.pieces.size()), piece_size_text(of.piece_bytes), s.availability);
    for (const auto& line : fold_text(facts, columns, out.out().ascii)) out.result(line);
    print_map(out, of);
    const std::pair<const char*, app::piece_state> rows[] = {
        {"Being fetched:", active}, {"Failed their check:", failed}, {"Nobody has:", unavailable}};
    for (const auto& [label, state] : rows)
        if (const auto numbers = numbers_of(of, state); !numbers.empty())
            for (const auto& line : fold_text(label + numbers, columns, out.out().ascii)) out.result(line);
    if (const auto count = count_of(of, unwanted); count > 0)
        out.result(fmt::format("Not wanted: {}", counted(count, "piece")));
}

/// Runs of one state: [state, how many].
std::string pieces_document(const app::torrent_status& s, const app::piece_standing& of) {
    json runs = json::array{};
    for (std::size_t i = 0; i < of.pieces.size();) {
        auto end = i;
        while (end < of.pieces.size() && of.pieces[end] == of.pieces[i]) ++end;
        runs.push_back(json{{"state", app::to_string(of.pieces[i])}, {"count", end - i}});
        i = end;
    }
    return json{{"schema", 1},
                {"hash_string", to_hex(s.hash.span())},
                {"name", s.name},
                {"piece_count", of.pieces.size()},
                {"piece_size", of.piece_bytes},
                {"availability", s.availability},
                {"pieces", std::move(runs)}}
        .dump();
}

}  // namespace

ending files(const general_options& general, files_options options) {
    output out(general);
    app::running_nodes nodes;
    const auto one = one_of(nodes, out, options.torrent);
    if (!one) return out.fails(one.error());
    const auto all = nodes.files(*one);
    if (!all) return out.fails(all.error());
    general.json ? out.result(files_document(one->status, *all)) : print_files(out, *all);
    return {out.lost_or_done()};
}

ending pieces(const general_options& general, pieces_options options) {
    output out(general);
    app::running_nodes nodes;
    const auto one = one_of(nodes, out, options.torrent);
    if (!one) return out.fails(one.error());
    const auto all = nodes.pieces(*one);
    if (!all) return out.fails(all.error());
    if (general.json) {
        out.result(pieces_document(one->status, *all));
    } else if (out.out().is_terminal) {
        print_pieces(out, one->status, *all);
    } else {
        result_block lines(out);
        for (std::size_t i = 0; i < all->pieces.size(); ++i)
            lines.line(fmt::format("{}\t{}", i, app::to_string(all->pieces[i])));
    }
    return {out.lost_or_done()};
}

}  // namespace bt::cli

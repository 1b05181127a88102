// `config`: what every option is without a line, and from where.
#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/display/format.hpp"
#include "cli/display/output.hpp"
#include "cli/display/table.hpp"

namespace bt::cli {
namespace {

std::string origin(const config_row& row) {
    return row.where.empty() ? row.source : printable(row.where, 4'096);
}

json document(const config_options& options) {
    json list = json::array{};
    for (const auto& row : options.rows) {
        json words = json::array{}, commands = json::array{};
        for (const auto& word : row.words) words.push_back(word);
        for (const auto& command : row.commands) commands.push_back(command);
        list.push_back({{"key", row.key},
                        {"value", std::move(words)},
                        {"source", row.source},
                        {"where", row.where},
                        {"commands", std::move(commands)}});
    }
    return {{"schema", 1}, {"file", options.file}, {"settings", std::move(list)}};
}

}  // namespace

ending config(const general_options& general, config_options options) {
    output out(general);
    if (general.json) {
        out.result(document(options).dump());
        return {out.lost_or_done()};
    }
    out.note(options.file.empty() ? "no configuration file"
                                  : fmt::format("configuration file {}", printable(options.file, 4'096)));
    table lines({{"KEY"}, {"VALUE", false, true}, {"FROM", false, true, true}, {"COMMANDS", false, true}});
    for (const auto& row : options.rows) {
        const auto value = row.words.empty() ? "-" : joined(row.words, " ");
        lines.row({row.key, value, origin(row), joined(row.commands, ", ")},
                  {row.key, value, origin(row), joined(row.commands, ",")});
    }
    lines.print(out);
    return {out.lost_or_done()};
}

}  // namespace bt::cli

// `doctor`: why others are not seen, a line each, and what to do.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "app/doctor/doctor.hpp"
#include "cli/clock.hpp"
#include "cli/commands.hpp"
#include "cli/display/format.hpp"
#include "cli/display/output.hpp"
#include "cli/interrupt.hpp"
#include "cli/json/lan_json.hpp"

namespace bt::cli {
namespace {

void print(output& out, const std::vector<app::finding>& all) {
    const bool person = out.out().is_terminal;
    const auto dash = out.out().ascii ? "--" : "—";
    for (const auto& each : all) {
        const auto how = std::string(to_string(each.how));
        if (!person) {
            out.result(
                fmt::format("{}\t{}\t{}\t{}\t{}", how, each.check, each.what, each.advice, each.command));
            continue;
        }
        out.result(fmt::format("{}{}{}", pad_right(how, 6), each.what,
                               each.advice.empty() ? "" : fmt::format("  {} {}", dash, each.advice)));
        // alone on its line, whole, to be copied
        if (!each.command.empty()) out.result("      " + each.command);
    }
}

}  // namespace

ending doctor(const general_options& general, doctor_command_options options) {
    output out(general);
    app::doctor looking(std::move(options.look));
    int signal = 0;
    for (int number : {SIGINT, SIGTERM})
        looking.on_signal(number, [&, number] {
            if (is_first(signal, number)) looking.stop();
        });
    looking.on_waiting([&](duration longest) {
        out.note(fmt::format("Nobody answers yet; listening for {}, as long as a node may be silent.",
                             duration_text(longest)));
    });
    looking.run();
    if (signal != 0) return {exit_code::failure, signal};
    const auto all = looking.findings();
    if (general.json)
        out.result(doctor_json(all));
    else
        print(out, all);
    const bool fails = std::any_of(all.begin(), all.end(),
                                   [](const app::finding& each) { return each.how == app::grade::fail; });
    return {fails ? exit_code::failure : out.lost_or_done()};
}

}  // namespace bt::cli

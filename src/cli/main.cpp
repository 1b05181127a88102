// The program: read the line, run the command, end as the shell expects.
#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <new>

#include "app/descriptors.hpp"
#include "base/version.hpp"
#include "cli/arguments/parse_line.hpp"
#include "cli/display/output.hpp"
#include "cli/interrupt.hpp"
#include "cli/standard_streams.hpp"

namespace {

using namespace bt::cli;
namespace app = bt::app;

std::string called_by(const char* argument) {
    std::string name = argument != nullptr ? argument : "";
    if (name.ends_with("scripts/run")) return name;  // there is no program of that name in PATH
    if (auto slash = name.rfind('/'); slash != name.npos) name.erase(0, slash + 1);
    return name.empty() ? std::string(bt::program_name) : name;
}

ending run(command_line line) {
    const general_options& general = line.general;
    if (const auto enough = app::prepare_descriptors(); !enough) return output(general).fails(enough.error());
    struct runner {
        const general_options& g;
        ending operator()(share_options& o) const { return share(g, std::move(o)); }
        ending operator()(get_options& o) const { return get(g, std::move(o)); }
        ending operator()(create_options& o) const { return create(g, std::move(o)); }
        ending operator()(show_options& o) const { return show(g, std::move(o)); }
        ending operator()(verify_options& o) const { return verify(g, std::move(o)); }
        ending operator()(discover_options& o) const { return discover(g, std::move(o)); }
        ending operator()(who_options& o) const { return who(g, std::move(o)); }
        ending operator()(dht_command_options& o) const { return dht(g, std::move(o)); }
        ending operator()(doctor_command_options& o) const { return doctor(g, std::move(o)); }
        ending operator()(status_options& o) const { return status(g, std::move(o)); }
        ending operator()(torrents_options& o) const { return control(g, std::move(o)); }
        ending operator()(files_options& o) const { return files(g, std::move(o)); }
        ending operator()(pieces_options& o) const { return pieces(g, std::move(o)); }
        ending operator()(speeds_options& o) const { return speeds(g, o); }
        ending operator()(remove_options& o) const { return remove(g, std::move(o)); }
        ending operator()(move_options& o) const { return move(g, std::move(o)); }
        ending operator()(set_options& o) const { return set(g, std::move(o)); }
        ending operator()(daemon_options& o) const { return daemon(g, std::move(o)); }
        ending operator()(open_options& o) const { return open(g, o); }
        ending operator()(tracker_options& o) const { return tracker(g, std::move(o)); }
        ending operator()(completion_options& o) const { return completion(g, std::move(o)); }
        ending operator()(shell_options& o) const { return shell(g, std::move(o)); }
        ending operator()(config_options& o) const { return config(g, std::move(o)); }
    };
    return std::visit(runner{general}, line.command);
}

exit_code print(std::string_view text) {
    return write_all(STDOUT_FILENO, text) ? exit_code::done : exit_code::failure;
}

exit_code refuse(const std::string& program, const usage_error& why) {
    general_options general;
    general.program = program;
    general.json = why.json;
    output out(general);
    out.error({bt::errc::usage, why.reason, {}});
    out.note(fmt::format("Try '{}'.", why.try_this));
    return exit_code::usage;
}

ending answer(const std::string& program, parsed_line line) {
    if (auto* text = std::get_if<just_text>(&line)) return {print(text->text)};
    if (auto* why = std::get_if<usage_error>(&line)) return {refuse(program, *why)};
    if (auto* none = std::get_if<no_command>(&line)) {
        // A user at a terminal wants to look around; a script made a mistake.
        if (::isatty(STDOUT_FILENO) == 1) return {print(none->help)};
        write_all(STDERR_FILENO, none->help);
        return {exit_code::usage};
    }
    return run(std::move(std::get<command_line>(line)));
}

/// Pieces and blocks come and go all the time, and so would the memory of each: a page fault and a cleared
/// page for each 4 KiB. So much of what is free stays with us.
void keep_freed_memory() {
#ifdef __GLIBC__
    ::mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most that it takes
    ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

/// On whichever thread. What is on the disk is as after a kill, and the next run goes on from there.
void end_without_memory() {
    restore_terminal();
    write_all(STDERR_FILENO, "error: out of memory\n");
    ::_exit(static_cast<int>(exit_code::failure));
}

}  // namespace

int main(int argc, char** argv) {
    hold_standard_streams();
    keep_freed_memory();
    std::setlocale(LC_CTYPE, "");  // for the width and set of characters; numbers stay as they are
    ::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of write(), not the end of a download
    ::signal(SIGXFSZ, SIG_IGN);  // and so is a file that may not grow (ulimit -f)
    end_on_signals();
    std::set_new_handler(end_without_memory);
    std::atexit([] { restore_terminal(); });

    const std::string program = called_by(argc > 0 ? argv[0] : nullptr);
    const auto end = answer(program, parse_line(program, {argv + std::min(argc, 1), argv + argc},
                                                process_environment(), read_text));
    if (end.signal != 0) end_by(end.signal);
    return static_cast<int>(end.code);
}

// `shell`: a prompt for the other commands, each run by this program itself, beside a daemon that holds the
// torrents.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "app/daemon/daemon_remote.hpp"
#include "app/files/state_record.hpp"
#include "base/text.hpp"
#include "cli/arguments/completion.hpp"
#include "cli/arguments/shell_words.hpp"
#include "cli/child.hpp"
#include "cli/commands.hpp"
#include "cli/commands/running_torrents.hpp"
#include "cli/display/format.hpp"
#include "cli/display/output.hpp"
#include "cli/line_editor.hpp"

namespace bt::cli {
namespace {

constexpr duration start_time = 10s, shell_look_time = 50ms;

constexpr std::string_view own_words =
    "start            go online: run the daemon that holds what is shared and fetched\n"
    "update           list what is shared on this network\n"
    "request NAME     fetch it in the background; also a link, a hash, a .torrent file\n"
    "share PATH       have the daemon share it\n"
    "status, peers, pause, resume, remove and every other command as on the command line\n"
    "close            end the daemon if 'start' began it, and leave\n";

std::string history_file() {
    const auto folder = app::state_folder();
    return folder.empty() ? "" : folder + "/shell_history";
}

class prompt {
  public:
    prompt(const general_options& general, std::vector<std::string> passed_on)
        : out_(general),
          passed_on_(std::move(passed_on)),
          at_terminal_(::isatty(STDIN_FILENO) == 1),
          editor_(at_terminal_, history_file(), complete_line) {}

    ending run() {
        int code = at_terminal_ ? start() : 0;
        while (!closed_ && (at_terminal_ || code == 0)) {
            if (at_terminal_) show_bar();
            const auto line = editor_.line(at_terminal_ ? out_.general().program + "> " : "");
            if (!line) break;
            code = obey(*line);
        }
        const int at_end = close();
        return {static_cast<exit_code>(at_terminal_ || code == 0 ? at_end : code)};
    }

  private:
    int obey(const std::string& line) {
        auto words = shell_words(line);
        if (!words) return static_cast<int>(out_.fails(words.error()).code);
        if (words->empty()) return 0;
        const auto word = words->front();
        if (word == "close" || word == "quit" || word == "exit") return closed_ = true, 0;
        if (word == "start") return start();
        if (word == "help" && words->size() == 1) return out_.result_lines(own_words), 0;
        if (word == "shell") return refuse("this is one already");
        if (word == "update") look_with_daemon(*words);
        // a script waits for what it asked for, a person does not
        const bool hands_over = word == "share" || (word == "request" && at_terminal_);
        if (hands_over) {
            if (const int code = start(); code != 0) return code;
            words->insert(words->begin() + 1, "--daemon");
        }
        return call(*words);
    }

    /// Where what it holds is shared, and looks for others.
    static void look_with_daemon(std::vector<std::string>& words) {
        words.front() = "discover";
        const auto daemon = app::daemon_remote().find();
        const bool chosen = std::any_of(words.begin(), words.end(), [](const std::string& word) {
            return word.starts_with("--network") || word.starts_with("--lan-port");
        });
        if (!daemon || chosen) return;
        words.insert(words.begin() + 1, {"--lan-port", std::to_string(daemon->lan_port)});
        if (!daemon->network.empty()) words.insert(words.begin() + 1, {"--network", daemon->network});
    }

    int refuse(std::string why) {
        return static_cast<int>(out_.fails({errc::usage, std::move(why), {}}).code);
    }

    pid_t begin(const std::vector<std::string>& words, child_way how) {
        auto line = passed_on_;  // before the words: these may hold "--"
        line.insert(line.end(), words.begin(), words.end());
        return start_child(out_.general().program, line, how);
    }

    int call(const std::vector<std::string>& words) {
        const auto child = begin(words, {false, at_terminal_});
        return child < 0 ? failed() : await_child(child);
    }

    int failed() {
        const auto why = errno;
        return static_cast<int>(
            out_.fails({errc::failure, fmt::format("cannot start a process: {}", std::strerror(why)), {}})
                .code);
    }

    /// Goes on with the daemon of this user, or begins one that ends with this shell.
    int start() {
        if (app::daemon_runs_here()) return 0;
        daemon_ = begin({"daemon"}, {true, false});
        if (daemon_ < 0) return failed();
        app::running_nodes nodes;
        for (duration waited{}; waited < start_time; waited += shell_look_time) {
            app::daemon_remote remote;
            if (remote.find()) return 0;
            if (child_ended(daemon_)) return daemon_ = 0, refuse_start();
            nodes.wait(shell_look_time);
        }
        return refuse_start();
    }

    int refuse_start() {
        return static_cast<int>(
            out_.fails({errc::no_node, "no daemon could be started: no torrent is held", "'daemon' says why"})
                .code);
    }

    /// What it held goes on with the next one: the daemon keeps its list.
    int close() {
        if (daemon_ <= 0) {
            if (at_terminal_ && app::daemon_runs_here())
                out_.note(fmt::format(
                    "The daemon goes on with what it shares and fetches: '{} daemon stop' ends it.",
                    out_.general().program));
            return 0;
        }
        ::kill(daemon_, SIGTERM);
        const int code = await_child(daemon_);
        const auto resting = app::torrents_at_rest();
        if (at_terminal_ && resting > 0)
            out_.note(fmt::format("No longer shared or fetched: {}, until the next 'start'.",
                                  counted(resting, "torrent")));
        return code;
    }

    void show_bar() {
        app::running_nodes nodes;
        const auto all = nodes.torrents();
        std::uint64_t down = 0, up = 0;
        std::size_t fetched = 0, given = 0;
        if (all)
            for (const auto& [socket, status] : *all) {
                down += status.rate_down, up += status.rate_up;
                ++(status.pieces_have < status.piece_count || status.piece_count == 0 ? fetched : given);
            }
        out_.note(fmt::format("[{} down {} | {} up {}]", fetched, rate_text(down), given, rate_text(up)));
    }

    static line_editor::answer complete_line(const std::string& line) {
        auto words = shell_words(line);
        if (!words) return {};
        if (line.empty() || line.back() == ' ') words->emplace_back();
        const auto found = complete(*words);
        line_editor::answer answer{{}, found.files || found.folders};
        const auto add = [&](const std::string& word) {
            if (word.starts_with(words->back())) answer.words.push_back(shell_quoted(word));
        };
        if (words->size() == 1)
            for (const auto* word : {"start", "update", "close", "help"}) add(word);
        for (const auto& word : found.words) add(word.text);
        if (!found.torrents) return answer;
        app::running_nodes nodes;
        const auto all = nodes.torrents();
        if (all)
            for (const auto& each : *all) add(shown_name(each.status));
        return answer;
    }

    output out_;
    std::vector<std::string> passed_on_;
    bool at_terminal_, closed_ = false;
    line_editor editor_;
    pid_t daemon_ = 0;
};

}  // namespace

ending shell(const general_options& general, shell_options options) {
    return prompt(general, std::move(options.passed_on)).run();
}

}  // namespace bt::cli

// `open`: the page of the daemon in a browser; the daemon is started where none runs.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>

#include "app/daemon/daemon_remote.hpp"
#include "base/text.hpp"
#include "cli/child.hpp"
#include "cli/clock.hpp"
#include "cli/commands.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {
namespace {

constexpr duration start_time = 15s;
constexpr int look_every = 100;  // milliseconds

/// Waits until it answers.
result<app::daemon_standing> start_daemon(output& out, app::daemon_remote& remote) {
    const auto child = start_child(out.general().program, {"daemon"}, {false, false, true});
    if (child < 0) return fail(errc::failure, "no process could be started for the daemon");
    const auto since = steady_now();
    while (steady_now() - since < start_time) {
        ::poll(nullptr, 0, look_every);
        if (auto found = remote.find()) {
            out.note(fmt::format("Started a daemon, process {}. '{} daemon stop' ends it.", found->process,
                                 out.general().program));
            return found;
        }
        if (child_ended(child)) break;
    }
    return fail(errc::failure, "the daemon could not be started",
                fmt::format("'{} daemon' says why", out.general().program));
}

/// Where there is a desktop. A terminal alone has the address to click on.
bool show(const std::string& url) {
    const bool has_desktop = std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr;
    if (!has_desktop) return false;
    const auto child = ::fork();
    if (child != 0) return child > 0;
    ::setsid();
    ::execlp("xdg-open", "xdg-open", url.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
}

}  // namespace

ending open(const general_options& general, const open_options& options) {
    output out(general);
    app::daemon_remote remote;
    auto found = remote.find();
    if (!found && found.error().code == errc::no_node) found = start_daemon(out, remote);
    if (!found) return out.fails(found.error());
    if (found->page.empty())
        return out.fails({errc::no_node, "the daemon that runs has no control port, so no page",
                          "start it without '--rpc-bind off'"});
    out.result(general.json ? json{{"schema", 1}, {"url", found->page}, {"process", found->process}}.dump()
                            : found->page);
    if (!options.only_prints) show(found->page);
    return {out.lost_or_done()};
}

}  // namespace bt::cli

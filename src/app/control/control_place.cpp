#include "app/control/control_place.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <tuple>

#include "base/text.hpp"
#include "base/version.hpp"

namespace bt::app {
namespace {

constexpr std::string_view ending = ".sock";

/// What the kernel says of the process behind a socket. The number in its name does not: containers that
/// share a folder count their processes each for itself.
struct listener {
    bool is_gone = false;
    pid_t process = 0;  ///< 0: of another container, or its queue is full
};
listener listener_at(const std::string& path) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    if (path.size() >= sizeof at.sun_path) return {};
    std::memcpy(at.sun_path, path.c_str(), path.size() + 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return {};
    listener found;
    found.is_gone =
        ::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 && errno == ECONNREFUSED;
    ucred user{};
    socklen_t length = sizeof user;
    if (!found.is_gone && ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &length) == 0)
        found.process = std::max<pid_t>(user.pid, 0);
    ::close(fd);
    return found;
}
bool is_deserted(const std::string& path) { return listener_at(path).is_gone; }

/// Of a process without a login: of cron, of sudo, of a service.
std::string shared_folder() {
    return std::string("/tmp") + "/" + std::string(program_name) + "-" + std::to_string(::geteuid());
}

/// One that begins right now listens in a moment.
bool is_running(std::uint64_t process) {
    return ::kill(static_cast<pid_t>(process), 0) == 0 || errno != ESRCH;
}

/// Where the variable points in a login.
std::string login_folder() {
    return "/run/user/" + std::to_string(::geteuid()) + "/" + std::string(program_name);
}

using found_socket = std::tuple<std::int64_t, std::int64_t, std::string>;  // since when, and where

void look_into(const std::string& folder, std::vector<found_socket>& found) {
    struct stat facts {};
    if (::lstat(folder.c_str(), &facts) != 0 || !claim_control_folder(folder)) return;
    std::error_code failed;
    for (const auto& each : std::filesystem::directory_iterator(folder, failed)) {
        const auto path = each.path().string();
        const auto name = each.path().filename().string();
        if (!name.ends_with(ending)) continue;
        const auto process = parse_number(std::string_view(name).substr(0, name.size() - ending.size()));
        if (!process || *process == 0 || *process > INT32_MAX) continue;
        if (::lstat(path.c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode)) continue;
        if (!is_running(*process) && is_deserted(path)) {
            ::unlink(path.c_str());
            continue;
        }
        found.emplace_back(facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec, path);
    }
}

}  // namespace

std::string control_folder() {
    const std::string name(program_name);
    struct stat facts {};
    // after `su` the variable may name the folder of another user
    if (const char* folder = std::getenv("XDG_RUNTIME_DIR");
        folder != nullptr && *folder == '/' && ::stat(folder, &facts) == 0 && facts.st_uid == ::geteuid())
        return folder + ("/" + name);
    return shared_folder();
}

std::vector<std::string> control_folders() {
    const auto own = control_folder(), login = login_folder(), shared = shared_folder();
    if (own == login) return {login, shared};
    if (own == shared) return {shared, login};
    return {own};
}

result<void> look_at_control_folder(const std::string& folder) {
    const auto refuse = [&](const std::string& why) {
        return fail(errc::storage, "the folder " + folder + " for the control socket: " + why);
    };
    struct stat facts {};
    if (::lstat(folder.c_str(), &facts) != 0) {
        if (errno == ENOENT) return {};
        return refuse(std::generic_category().message(errno));
    }
    if (!S_ISDIR(facts.st_mode)) return refuse("it is no folder");
    if (facts.st_uid != ::geteuid()) return refuse("it belongs to somebody else");
    if ((facts.st_mode & 077) != 0) return refuse("others can enter it");
    return {};
}

result<void> claim_control_folder(const std::string& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(errc::storage, "the folder " + folder +
                                       " for the control socket: " + std::generic_category().message(errno));
    return look_at_control_folder(folder);
}

result<std::string> own_control_socket(const std::string& folder) {
    if (const auto claimed = claim_control_folder(folder); !claimed)
        return unexpected<error>(claimed.error());
    auto path = folder + "/" + std::to_string(::getpid()) + std::string(ending);
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) != 0) return path;
    if (!S_ISSOCK(facts.st_mode) || !is_deserted(path))
        return fail(errc::storage, "something else is at the control socket " + path);
    ::unlink(path.c_str());
    return path;
}

std::vector<std::string> control_sockets(const std::vector<std::string>& folders) {
    std::vector<found_socket> found;
    for (const auto& folder : folders) look_into(folder, found);
    std::sort(found.rbegin(), found.rend());
    std::vector<std::string> paths;
    for (auto& [seconds, part, path] : found) paths.push_back(std::move(path));
    return paths;
}

std::string process_of(const std::string& socket) {
    const auto file = socket.substr(socket.rfind('/') + 1);
    return file.substr(0, file.find('.'));
}

bool is_left(const std::string& socket) {
    struct stat facts {};
    return (::lstat(socket.c_str(), &facts) != 0 && errno == ENOENT) || is_deserted(socket);
}

char state_of_process(std::uint64_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');  // a name may have any
    return name_end != line.npos && name_end + 2 < line.size() ? line[name_end + 2] : '\0';
}

bool is_stopped(const std::string& socket) {
    const auto process = listener_at(socket).process;
    const auto state = process > 0 ? state_of_process(static_cast<std::uint64_t>(process)) : '\0';
    return state == 'T' || state == 't';
}

}  // namespace bt::app

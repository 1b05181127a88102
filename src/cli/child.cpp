#include "cli/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace bt::cli {
namespace {

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

/// In the child, before the program: only what may be called there.
void settle(pid_t parent, child_way how) {
    if (how.stays) {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent) ::_exit(1);  // it ended before that
    }
    if (how.outlives) ::setsid();
    if (how.takes_keys && !how.outlives) return;
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, STDIN_FILENO);
    if (!how.outlives) return;
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(nothing, STDERR_FILENO);
}

}  // namespace

pid_t start_child(const std::string& program, const std::vector<std::string>& words, child_way how) {
    std::vector<char*> line{const_cast<char*>(program.c_str())};
    for (const auto& word : words) line.push_back(const_cast<char*>(word.c_str()));
    line.push_back(nullptr);
    const auto parent = ::getpid();
    const auto child = ::fork();
    if (child != 0) return child;
    settle(parent, how);
    ::signal(SIGPIPE, SIG_DFL);
    ::execv("/proc/self/exe", line.data());
    ::_exit(127);
}

int await_child(pid_t child) {
    struct sigaction ignored {
    }, before{};
    ignored.sa_handler = SIG_IGN;
    ::sigaction(SIGINT, &ignored, &before);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    ::sigaction(SIGINT, &before, nullptr);
    return code_of(status);
}

bool child_ended(pid_t child) { return ::waitpid(child, nullptr, WNOHANG) != 0; }

}  // namespace bt::cli

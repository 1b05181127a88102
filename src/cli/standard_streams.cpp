#include "cli/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace bt::cli {

void hold_standard_streams() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
        // Open in the wrong direction. The lowest free number is this one: those below it are taken by now.
        // Without a /dev the folder that is always there serves, it can be neither read nor written.
        if (::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) == -1) (void)::open("/", O_RDONLY);
    }
}

}  // namespace bt::cli

#include "cli/exit_code.hpp"

namespace bt::cli {

exit_code exit_code_of(errc code) {
    switch (code) {
        case errc::failure:
            return exit_code::failure;
        case errc::usage:
            return exit_code::usage;
        case errc::not_found:
            return exit_code::not_found;
        case errc::bad_data:
            return exit_code::bad_data;
        case errc::storage:
        case errc::occupied:
            return exit_code::storage;
        case errc::network:
            return exit_code::network;
        case errc::unfinished:
            return exit_code::unfinished;
        case errc::no_node:
            return exit_code::no_node;
    }
    return exit_code::failure;
}

const char* name_of(errc code) {
    switch (code) {
        case errc::failure:
            return "failure";
        case errc::usage:
            return "usage";
        case errc::not_found:
            return "not_found";
        case errc::bad_data:
            return "bad_data";
        case errc::storage:
        case errc::occupied:
            return "storage";
        case errc::network:
            return "network";
        case errc::unfinished:
            return "unfinished";
        case errc::no_node:
            return "no_node";
    }
    return "failure";
}

namespace {
// What needs a person most comes last: a full disk before a torrent that only needs more time.
int severity(exit_code code) {
    switch (code) {
        case exit_code::done:
            return 0;
        case exit_code::unfinished:
            return 1;
        case exit_code::not_found:
            return 2;
        case exit_code::no_node:
            return 3;
        case exit_code::failure:
            return 4;
        case exit_code::usage:
            return 5;
        case exit_code::network:
            return 6;
        case exit_code::bad_data:
            return 7;
        case exit_code::storage:
            return 8;
    }
    return 4;
}
}  // namespace

exit_code worse(exit_code a, exit_code b) { return severity(b) > severity(a) ? b : a; }

}  // namespace bt::cli

// While a loop runs, no line for a person or a pipe may wait for its reader: a pager, a stopped terminal, a
// program that does something else would stop what everybody else is given.
//
// What a standard stream does not take at once is kept here and goes out when it takes more. Of standard
// error, what is beyond the bound is left out, and how many lines that were is said. Standard output is the
// result: a line of it that cannot be kept is a result that is lost.
#pragma once

#include <optional>
#include <string_view>

namespace bt::cli {

/// From construction to destruction write_all() does not wait. At the end the result is waited for, as long
/// as it takes (a second signal ends that), and standard error for a moment.
class unread_output {
  public:
    unread_output();
    ~unread_output();
    unread_output(const unread_output&) = delete;
    unread_output& operator=(const unread_output&) = delete;

    /// What is kept goes out as far as it is taken. To be called now and then.
    void flush();
};

/// Nothing where no unread_output lives, or the stream is a file: then it is to be written as usual. False:
/// it is lost, and errno says why.
std::optional<bool> write_or_keep(int fd, std::string_view text);

}  // namespace bt::cli

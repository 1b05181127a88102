// What may stand next on a line that is being written, out of the command table; and the scripts with which
// shells ask for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bt::cli {

struct completions {
    struct word {
        std::string text, about;
    };
    std::vector<word> words;
    bool files = false, folders = false;  ///< the shell knows them
    bool torrents = false;                ///< those that run
};

/// `words`: all behind the program's name; the last one is being written and may be empty.
completions complete(std::vector<std::string> words);

/// For bash, zsh or fish; empty for another one. `program` is the name it is called by.
std::string completion_script(std::string_view shell, std::string_view program);

}  // namespace bt::cli

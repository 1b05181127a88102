#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "cli/arguments/parse_line.hpp"

namespace bt::cli {

result<std::string> read_text(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
    if (file.is_open() && !file.bad() && errno == 0) return text.str();
    const auto why = errno;
    return fail(why == ENOENT || why == ENOTDIR ? errc::not_found : errc::storage,
                fmt::format("cannot read {}: {}", printable(path, 4'096), std::strerror(why)), {}, why);
}

}  // namespace bt::cli

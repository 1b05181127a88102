// A line at the prompt of `shell`, cut into words as a shell does: '…' as it stands, "…" and \ for single
// characters, # begins a comment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bt::cli {

/// errc::usage: a quote is not closed.
result<std::vector<std::string>> shell_words(std::string_view line);

/// The word as it must be typed.
std::string shell_quoted(std::string_view word);

}  // namespace bt::cli

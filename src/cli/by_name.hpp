// `get NAME`: from the name of a share on this network to its magnet link.
#pragma once

#include <string>
#include <vector>

#include "app/neighbourhood.hpp"
#include "base/result.hpp"
#include "cli/target.hpp"

namespace bt::cli {

/// True for what can only be a name: no link, no hash, no path.
bool looks_like_name(const std::string& text);

/// Listens for all of them at once until each is known and everybody who was heard has answered, at most
/// `patience`. An answer for each name, in their order: errc::not_found names the candidates where several
/// fit, and what is near where none does.
std::vector<result<target>> find_by_name(const std::vector<std::string>& names,
                                         const app::look_options& where, duration patience);

}  // namespace bt::cli

// Why a finished download goes on running, and how to stop it, in words.
#pragma once

#include <string>

#include "app/session.hpp"

namespace bt::cli {

/// Empty where it does not go on.
std::string why_it_still_runs(const app::seed_rule& rule);

}  // namespace bt::cli

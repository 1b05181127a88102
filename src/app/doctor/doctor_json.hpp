// Findings as programs read them: docs/schema/doctor.json.
#pragma once

#include <vector>

#include "app/doctor/findings.hpp"
#include "base/json.hpp"

namespace bt::app {

json findings_json(const std::vector<finding>& findings);

}  // namespace bt::app

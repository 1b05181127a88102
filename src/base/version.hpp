// The one place the project's outward name and version live. Values come from meson.build.
#pragma once

#include <string_view>

#include "btnode_config.hpp"

namespace bt {

inline constexpr std::string_view program_name = BT_NAME;
inline constexpr std::string_view program_version = BT_VERSION;
inline constexpr std::string_view client_string = BT_NAME "/" BT_VERSION;
/// BEP 20, Azureus style.
inline constexpr std::string_view peer_id_prefix = "-nb0100-";

}  // namespace bt

// Against DNS rebinding: a web page of a stranger may make a browser ask this machine, but only under a name
// of the stranger's own.
#pragma once

#include <string_view>

namespace bt::tracker {

/// A Host header that can only mean a machine of this network: an IP literal, a name without dots, localhost,
/// or one that ends in .local, .lan, .home.arpa or .internal; with or without a port. An absent (empty) one
/// is refused.
bool is_local_host_name(std::string_view host);

}  // namespace bt::tracker

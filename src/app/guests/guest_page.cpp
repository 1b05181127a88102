#include "app/guests/guest_page.hpp"

#include "base/text.hpp"

namespace bt::app {

std::string guest_page(const session& of, const info_hash& hash) {
    const auto pages = of.guest_url();
    const auto id = of.find(hash);
    const bool is_seen = id && (of.options().guests == guest_view::all || of.is_listed(*id));
    return pages.empty() || !is_seen ? "" : pages + to_hex(hash.span()).substr(0, 8);
}

}  // namespace bt::app

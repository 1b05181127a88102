#include "app/guests/guest_page.hpp"

#include "base/text.hpp"

namespace bt::app {
namespace {

/// Where browsers see what is here; empty where they do not see this one.
std::string pages_with(const session& of, const info_hash& hash) {
    const auto id = of.find(hash);
    const bool is_seen = id && (of.options().guests == guest_view::all || of.is_listed(*id));
    return is_seen ? of.guest_url() : "";
}

}  // namespace

std::string guest_page(const session& of, const info_hash& hash) {
    const auto pages = pages_with(of, hash);
    return pages.empty() ? "" : pages + to_hex(hash.span()).substr(0, 8);
}

std::string guest_web_seed(const session& of, const info_hash& hash) {
    const auto pages = pages_with(of, hash);
    return pages.empty() ? "" : pages + to_hex(hash.span()) + "/";
}

}  // namespace bt::app

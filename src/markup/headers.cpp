#include "markup/headers.hpp"

namespace bt::markup {

std::string_view page_headers() {
    return "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
           "data:; "
           "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n"
           "X-Content-Type-Options: nosniff\r\n"
           "X-Frame-Options: DENY\r\n"
           "Referrer-Policy: no-referrer\r\n"
           "Cache-Control: no-store\r\n";
}

}  // namespace bt::markup

// The files of the node's page (web/node), as they were when the program was built.
#pragma once

#include <span>
#include <string_view>

namespace bt::app {

struct page_asset {
    std::string_view path;  ///< "index.html"
    std::string_view type, tag;
    std::string_view gzip;
};
std::span<const page_asset> page_assets();

}  // namespace bt::app

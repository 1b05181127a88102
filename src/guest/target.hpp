// Where the URLs of the shares' pages lead:
//
//     /s/                      what this node shares
//     /s/HASH/                 the page of one share
//     /s/HASH/NAME             its file, or
//     /s/HASH/NAME/SUB/FILE    one of its files: as BEP 19 puts a torrent below the URL /s/HASH/
//     /s/HASH.zip .tar         all of it in one file
//     /s/HASH.torrent
//     /s/9f3c0d5a              a beginning of its hash, 4 digits or more, to be typed
#pragma once

#include <string>
#include <string_view>

#include "base/ids.hpp"

namespace bt::guest {

struct target {
    enum class kind { none, list, beginning, page, page_without_slash, file, zip, tar, torrent };

    kind what = kind::none;
    info_hash hash{};
    std::string path;  ///< of a file, below HASH: as it is in the torrent; or the digits of a beginning
};

/// `target`: of a request; a query behind it counts for nothing.
target parse_target(std::string_view target);

}  // namespace bt::guest

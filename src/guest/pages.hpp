// The shares' pages: for a browser of the network that has no program of ours. HTML that needs no JavaScript.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "torrent/metainfo.hpp"

namespace bt::guest {

/// One share in the list.
struct share_row {
    info_hash hash{};
    std::string name;
    std::uint64_t size = 0, have = 0;  ///< bytes
    std::size_t files = 0;
};
/// `host`: the machine's name.
std::string list_page(const std::vector<share_row>& shares, std::string_view host);

struct share_view {
    const torrent::info& info;
    std::uint64_t have = 0;    ///< bytes of it that are here
    std::vector<bool> here;    ///< per file: it can be had, now or when it has come; empty: all can
    bool is_fetching = false;  ///< what is not here comes
    std::string_view host;     ///< the machine's name
    std::string_view address;  ///< of the page, as a browser reaches it: "http://192.168.1.5:6980/s/HASH/"
    bool is_paused = false;
};
std::string share_page(const share_view& share);

/// In a few words what is wrong and what to do, as a page.
std::string message_page(int status, std::string_view what, std::string_view todo);

}  // namespace bt::guest
